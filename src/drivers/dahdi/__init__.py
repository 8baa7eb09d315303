"""Boards of the DAHDI kernel interface: analogue FXO and FXS cards, time slots of E1 with CAS. Linux only."""
