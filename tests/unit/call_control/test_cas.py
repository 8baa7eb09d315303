"""Line signals as codes: the same bits mean different things in different phases, and both ends agree."""

import itertools

import pytest

from cti_core.call_control import cas
from cti_core.call_control.cas import Begun, Direction, LineSignal, LoopSign, Phase

F, B = Direction.FORWARD, Direction.BACKWARD

CALL = [
    (F, "0011", LineSignal.SEIZE, Phase.SEIZED),
    (B, "1111", LineSignal.SEIZURE_ACKNOWLEDGED, Phase.REGISTERS),
    (B, "0111", LineSignal.ANSWER, Phase.ANSWERED),
    (B, "1111", LineSignal.CLEAR_BACK, Phase.CLEARED_BACK),
    (B, "0111", LineSignal.ANSWER, Phase.ANSWERED),
    (F, "1011", LineSignal.CLEAR_FORWARD, Phase.CLEARING),
    (B, "1011", LineSignal.RELEASE_GUARD, Phase.IDLE),
    (B, "1111", LineSignal.BLOCKED, Phase.BLOCKED),
    (B, "1011", LineSignal.UNBLOCKED, Phase.IDLE),
]


def test_a_call_and_a_block_read_as_they_were_seen_on_a_trunk() -> None:
    """Bits of a call between two ends of openr2's China variant; answered again after the called party hung up."""
    phase = Phase.IDLE
    for direction, bits, signal, then in CALL:
        heard = cas.decode(direction, cas.bits(bits), phase)
        assert heard == cas.Heard(signal, then)
        phase = then


def test_a_seizure_of_a_blocked_trunk_has_no_meaning() -> None:
    assert cas.decode(F, cas.bits("0011"), Phase.BLOCKED) is None


@pytest.mark.parametrize("phase", [Phase.REGISTERS, Phase.ANSWERED, Phase.CLEARED_BACK])
def test_the_called_end_can_give_the_trunk_up(phase: Phase) -> None:
    assert cas.decode(B, cas.bits("0011"), phase) == cas.Heard(LineSignal.FORCED_RELEASE, phase)


def test_no_code_has_two_meanings_in_one_phase() -> None:
    keys = [(row.direction, row.abcd, phase) for row in cas.DIGITAL for phase in row.phases]
    assert len(keys) == len(set(keys))


def test_a_signal_has_one_code_in_a_direction_and_reads_back() -> None:
    codes: dict[tuple[Direction, LineSignal], str] = {}
    for row in cas.DIGITAL:
        assert codes.setdefault((row.direction, row.signal), row.abcd) == row.abcd
        code = cas.encode(row.direction, row.signal)
        for phase in row.phases:
            heard = cas.decode(row.direction, code, phase)
            assert heard is not None
            assert heard.signal is row.signal


def test_unused_bits_are_1() -> None:
    """c and d carry nothing but the operator's signals; d never does."""
    operator = {row.abcd for row in cas.DIGITAL if row.signal is LineSignal.OPERATOR}
    for abcd in {row.abcd for row in cas.DIGITAL} - operator:
        assert cas.bits(abcd) & cas.UNUSED == cas.UNUSED
    assert all(row.abcd.endswith("1") for row in cas.DIGITAL)


def test_every_code_in_every_phase_is_read_or_refused() -> None:
    for direction, phase, abcd in itertools.product(Direction, Phase, range(16)):
        heard = cas.decode(direction, cas.Abcd(abcd), phase)
        assert heard is None or cas.means_anything(direction, cas.Abcd(abcd))


def test_what_stands_in_no_table_is_known_as_such() -> None:
    assert not cas.means_anything(B, cas.bits("0000"))
    assert cas.means_anything(B, cas.bits("1111"))


def test_codes_are_four_bits_as_drivers_carry_them() -> None:
    assert cas.bits("1011") == 0b1011
    assert cas.text_of(cas.bits("0011")) == "0011"
    for wrong in ("", "101", "10111", "10a1", "١٠١١"):
        with pytest.raises(ValueError, match="four bits"):
            cas.bits(wrong)


def test_a_direction_has_its_own_signals_only() -> None:
    with pytest.raises(KeyError):
        cas.encode(F, LineSignal.ANSWER)
    with pytest.raises(KeyError):
        cas.encode(B, LineSignal.SEIZE)


def test_a_loop_says_the_same_in_its_own_way() -> None:
    """Ringing seizes us, our closed loop answers; outgoing, the closed loop seizes and the reversal answers."""
    assert cas.LOOP[Begun.INCOMING, F, LoopSign.RINGING] is LineSignal.SEIZE
    assert cas.LOOP[Begun.INCOMING, B, LoopSign.LOOP_CLOSED] is LineSignal.ANSWER
    assert cas.LOOP[Begun.OUTGOING, F, LoopSign.LOOP_CLOSED] is LineSignal.SEIZE
    assert cas.LOOP[Begun.OUTGOING, B, LoopSign.REVERSED] is LineSignal.ANSWER
    ended = {cas.LOOP[Begun.OUTGOING, B, sign] for sign in (LoopSign.BUSY_TONE, LoopSign.LOOP_DROP, LoopSign.NORMAL)}
    assert ended == {LineSignal.CLEAR_BACK}
