"""The exchange's digit receivers."""

import numpy as np

from dsp.tones import Generator, keys
from simulator.digit_receivers import GROUP, DigitReceivers


def test_each_line_that_holds_a_receiver_is_heard_with_its_own_digits() -> None:
    """More lines than a group has."""
    receivers = DigitReceivers()
    ports = [*range(10, 11 + GROUP)]
    for port in ports:
        receivers.seize(port)
    senders = [Generator(keys(f"{port % 10}#")) for port in ports]
    found = [hit for _ in range(20) for hit in receivers.hear(np.stack([sender.pull() for sender in senders]))]
    for port in ports:
        assert [digit for line, digit in found if line == port] == [str(port % 10), "#"]


def test_a_receiver_that_changes_hands_forgets_the_line_before() -> None:
    receivers = DigitReceivers()
    receivers.seize(3)
    receivers.hear(Generator(keys("5", on_ms=20)).pull().reshape(1, -1))
    receivers.release(3)
    receivers.seize(4)
    sender = Generator(keys("8"))
    found = [hit for _ in range(8) for hit in receivers.hear(sender.pull().reshape(1, -1))]
    assert found == [(4, "8")]


def test_lines_keep_their_receiver_and_are_listed_as_they_came() -> None:
    receivers = DigitReceivers()
    for port in (5, 2, 5):
        receivers.seize(port)
    receivers.release(7)
    assert receivers.ports.tolist() == [5, 2]
