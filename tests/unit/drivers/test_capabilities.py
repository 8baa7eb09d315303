"""Every flag of the door has its words, and each port is told either that it can or that it cannot."""

from drivers.base import Capability, PortInfo, PortKind
from drivers.capabilities import WORDS, can, cannot


def test_every_capability_has_words() -> None:
    assert {flag for flag, _, _, _ in WORDS} == set(Capability)


def test_a_port_can_or_cannot_what_its_kind_could() -> None:
    for kind in PortKind:
        possible = sum(kind in kinds for _, kinds, _, _ in WORDS)
        nothing = PortInfo(0, kind, Capability.NONE)
        everything = PortInfo(0, kind, ~Capability.NONE)
        assert len(cannot(nothing)) == possible
        assert can(nothing) == ()
        assert cannot(everything) == ()
        assert len(can(everything)) == len(WORDS)


def test_a_trunk_is_not_blamed_for_not_ringing_telephones() -> None:
    assert not any("ring" in words for words in cannot(PortInfo(0, PortKind.FXO, Capability.NONE)))
