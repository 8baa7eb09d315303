"""A port with a telephone on it: what it takes a loop for."""

import pytest

from drivers.base import RATE_HZ, Hook, HookChanged, HookFlash, LineFault, LineOk, PulseDigit, Signal
from simulator.extension_line import (
    Contact,
    Empty,
    Idle,
    Measuring,
    Moving,
    OffHook,
    Open,
    PortEvent,
    PortState,
    Pulsing,
    Ringing,
    Steady,
    Tripping,
    deadline,
    rings,
    settle,
    step,
    touched,
)
from simulator.extension_model import ExtensionModel

PLAIN = ExtensionModel()
TESTS = ExtensionModel(line_test_ms=200, pulses=False, ring_trip_ms=0)
MS = RATE_HZ // 1000
STATES: list[PortState] = [
    Idle(),
    Ringing(burst=True, until=108_000),
    Ringing(burst=False, until=132_000),
    Tripping(100_800, 108_000),
    OffHook(),
    Open(99_000, 0, 103_800),
    Open(99_900, 3, 104_700),
    Pulsing(3, 101_200),
    Pulsing(11, 101_200),
    Measuring(101_600),
    Empty(108_000),
]


def lived(
    *events: tuple[PortEvent, int], model: ExtensionModel = PLAIN, state: PortState | None = None
) -> list[Signal]:
    """The facts of these events, each at its millisecond; timers run out in between."""
    now: PortState = state or Idle()
    told: list[Signal] = []
    for event, ms in events:
        while (due := deadline(now)) is not None and due <= ms * MS:
            now, facts = step(now, PortEvent.EXPIRED, due, 9, model)
            told += facts
        now, facts = step(now, event, ms * MS, 9, model)
        told += facts
    return told


@pytest.mark.parametrize("model", [PLAIN, TESTS], ids=["plain", "tests its wire"])
@pytest.mark.parametrize("event", list(PortEvent), ids=str)
@pytest.mark.parametrize("state", STATES, ids=lambda s: type(s).__name__)
def test_every_state_meets_every_event(state: PortState, event: PortEvent, model: ExtensionModel) -> None:
    """Facts carry port and time; a deadline lies ahead; only a port on hook begins to ring."""
    new, facts = step(state, event, 100_000, 9, model)
    assert all(fact.port == 9 and fact.at == 100_000 for fact in facts)
    if new is not state:
        assert (due := deadline(new)) is None or due > 100_000
    if event is PortEvent.RING:
        assert rings(new) == (isinstance(state, Idle) or rings(state))


def test_a_telephone_rings_one_second_and_rests_four() -> None:
    ringing, _ = step(Idle(), PortEvent.RING, 0, 9, PLAIN)
    assert (rings(ringing), deadline(ringing)) == (True, RATE_HZ)
    resting, _ = step(ringing, PortEvent.EXPIRED, RATE_HZ, 9, PLAIN)
    assert (rings(resting), deadline(resting)) == (False, 5 * RATE_HZ)
    assert rings(step(resting, PortEvent.EXPIRED, 5 * RATE_HZ, 9, PLAIN)[0])


def test_a_handset_lifted_in_a_burst_is_noticed_a_little_later() -> None:
    """Ring trip; in the pause it is noticed at once."""
    assert lived((PortEvent.RING, 0), (PortEvent.CLOSED, 500), (PortEvent.RING, 700)) == [
        HookChanged(9, 600 * MS, Hook.OFF)
    ]
    assert lived((PortEvent.RING, 0), (PortEvent.CLOSED, 1500)) == [HookChanged(9, 1500 * MS, Hook.OFF)]


def test_a_handset_that_falls_back_within_the_ring_trip_goes_on_ringing() -> None:
    assert lived((PortEvent.RING, 0), (PortEvent.CLOSED, 500), (PortEvent.OPENED, 550), (PortEvent.RING, 900)) == []


@pytest.mark.parametrize("length_ms", [90, 300, 599])
def test_an_opening_in_the_window_is_a_flash(length_ms: int) -> None:
    told = lived((PortEvent.CLOSED, 0), (PortEvent.OPENED, 1000), (PortEvent.CLOSED, 1000 + length_ms))
    assert told[1:] == [HookFlash(9, (1000 + length_ms) * MS, length_ms)]


def test_a_longer_opening_is_a_replaced_handset() -> None:
    told = lived((PortEvent.CLOSED, 0), (PortEvent.OPENED, 1000), (PortEvent.CLOSED, 1600))
    assert told[1:] == [HookChanged(9, 1600 * MS, Hook.ON), HookChanged(9, 1600 * MS, Hook.OFF)]


def test_the_window_can_be_set() -> None:
    """R16: some telephones flash for a second, some hospitals want 100 ms to hang up."""
    slow = ExtensionModel(flash_min_ms=300, flash_max_ms=1250)
    told = lived((PortEvent.CLOSED, 0), (PortEvent.OPENED, 1000), (PortEvent.CLOSED, 2000), model=slow)
    assert told[1:] == [HookFlash(9, 2000 * MS, 1000)]
    with pytest.raises(ValueError, match="flash_max_ms"):
        ExtensionModel(flash_min_ms=500, flash_max_ms=400)


def disc(breaks: int, at_ms: int = 1000) -> list[tuple[PortEvent, int]]:
    return [(event, at_ms + n * 100 + extra) for n in range(breaks) for event, extra in OPEN_AND_SHUT]


OPEN_AND_SHUT = ((PortEvent.OPENED, 0), (PortEvent.CLOSED, 66))


@pytest.mark.parametrize(("breaks", "digit"), [(1, "1"), (7, "7"), (10, "0")])
def test_breaks_of_a_disc_are_a_digit(breaks: int, digit: str) -> None:
    last_closed = 1000 + (breaks - 1) * 100 + 66
    told = lived((PortEvent.CLOSED, 0), *disc(breaks), (PortEvent.RING, 9000))
    assert told[1:] == [PulseDigit(9, (last_closed + 150) * MS, digit)]


def test_eleven_breaks_are_no_digit() -> None:
    assert lived((PortEvent.CLOSED, 0), *disc(11), (PortEvent.RING, 9000))[1:] == []


def test_a_port_may_be_deaf_to_discs() -> None:
    """R16, an off switch: a bad wire must not dial."""
    deaf = ExtensionModel(pulses=False)
    assert lived((PortEvent.CLOSED, 0), *disc(3), (PortEvent.RING, 9000), model=deaf)[1:] == []


def test_a_handset_replaced_in_the_middle_of_a_digit_is_replaced() -> None:
    told = lived((PortEvent.CLOSED, 0), *disc(3), (PortEvent.OPENED, 1310), (PortEvent.RING, 3000))
    assert told[1:] == [HookChanged(9, 1910 * MS, Hook.ON)]


def test_a_port_that_tests_its_wire_tells_an_unplugged_telephone_and_its_return() -> None:
    testing, _ = step(Open(0, 0, 4800), PortEvent.EXPIRED, 4800, 9, TESTS)
    assert deadline(testing) == 4800 + 200 * MS
    empty, (fault,) = step(testing, PortEvent.NOTHING_THERE, 6400, 9, TESTS)
    assert isinstance(fault, LineFault)
    assert "unplugged" in fault.reason
    again, facts = step(empty, PortEvent.NOTHING_THERE, 14_400, 9, TESTS)
    assert facts == ()
    assert step(again, PortEvent.EXPIRED, 22_400, 9, TESTS) == (Idle(), (LineOk(9, 22_400),))
    assert step(testing, PortEvent.EXPIRED, 6400, 9, TESTS) == (Idle(), (HookChanged(9, 6400, Hook.ON),))


# --- contacts -----------------------------------------------------------------------------------------------------


def test_contacts_that_chatter_close_once() -> None:
    contact: Contact = Steady(closed=False)
    for at, closed in ((0, True), (10, False), (20, True), (40, False), (50, True)):
        contact = touched(contact, at, PLAIN, closed=closed)
    assert contact == Moving(closed=True, until=50 + 12 * MS)
    assert settle(contact) == (Steady(closed=True), PortEvent.CLOSED)


def test_contacts_that_only_rattle_do_nothing() -> None:
    contact = touched(touched(Steady(closed=True), 0, PLAIN, closed=False), 30, PLAIN, closed=True)
    assert contact == Steady(closed=True)
