"""Who hears whom is one table, and what it says is exactly what is heard."""

import numpy as np
import pytest

from cti_core.call_control.ids import AgentId, LineId, PortId, agent_port, line_port
from cti_core.media.matrix import Entry, Matrix, MatrixFull, playout_port

L1, L2, L3 = (line_port(LineId(n)) for n in (1, 2, 3))
ANNA, BEN = agent_port(AgentId("1001")), agent_port(AgentId("1002"))


def house(*, legs: int = 2) -> Matrix:
    return Matrix([LineId(1), LineId(2), LineId(3)], legs=legs)


def say(matrix: Matrix, port: PortId, value: int) -> None:
    matrix.sources[matrix.open(port)] = value


def heard(matrix: Matrix, port: PortId) -> set[int]:
    return set(matrix.mix()[matrix.open(port)].tolist())


def test_a_port_that_is_connected_to_nobody_hears_silence() -> None:
    matrix = house()
    say(matrix, L1, 1000)
    assert heard(matrix, L2) == {0}


def test_a_bridge_is_two_entries_and_carries_every_sample_unchanged() -> None:
    matrix = house()
    noise = np.random.default_rng(1).integers(-32768, 32767, (2, 160), dtype=np.int16)
    matrix.board_sources[0] = noise[0]
    matrix.sources[matrix.open(ANNA)] = noise[1]
    matrix.set(L1, ANNA)
    matrix.set(ANNA, L1)
    mixed = matrix.mix()
    assert np.array_equal(mixed[0], noise[1])
    assert np.array_equal(mixed[matrix.open(ANNA)], noise[0])


def test_a_conference_hears_the_sum_of_the_others_and_nobody_hears_himself() -> None:
    matrix = house()
    three = (L1, L2, ANNA)
    for port, value in zip(three, (100, 20, 3), strict=True):
        say(matrix, port, value)
    for sink in three:
        for source in three:
            if source != sink:
                matrix.set(source, sink)
    assert [heard(matrix, port) for port in three] == [{23}, {103}, {120}]


def test_a_sum_that_is_too_loud_saturates_and_does_not_wrap() -> None:
    matrix = house()
    for value in (30000, -30000):
        say(matrix, L1, value)
        say(matrix, L2, value)
        matrix.set(L1, L3)
        matrix.set(L2, L3)
        assert heard(matrix, L3) == {32767 if value > 0 else -32768}


def test_a_gain_scales_and_rounds_to_the_nearest_sample() -> None:
    matrix = house()
    say(matrix, L1, 333)
    matrix.set(L1, ANNA, 0.5)
    assert heard(matrix, ANNA) == {166}


def test_no_port_can_be_made_to_hear_itself() -> None:
    with pytest.raises(ValueError, match="L1 would hear itself"):
        house().set(L1, L1)


def test_disconnecting_silences_the_sink_from_the_next_tick_on() -> None:
    matrix = house()
    say(matrix, L1, 7)
    matrix.set(L1, L2)
    assert heard(matrix, L2) == {7}
    matrix.set(L1, L2, 0)
    assert heard(matrix, L2) == {0}


def test_clearing_a_port_ends_what_it_says_and_what_it_hears() -> None:
    matrix = house()
    for source, sink in ((L1, L2), (L2, L1), (L3, L2)):
        matrix.set(source, sink)
    matrix.clear(L1)
    assert matrix.entries() == (Entry(L3, L2, 1.0),)


def test_the_entries_read_as_they_were_set() -> None:
    matrix = house()
    matrix.set(playout_port(LineId(2)), L2)
    matrix.set(L1, ANNA, 0.25)
    assert matrix.entries() == (Entry(PortId("P2"), L2, 1.0), Entry(L1, ANNA, 0.25))


def test_a_leg_that_goes_gives_its_row_to_the_next() -> None:
    matrix = house(legs=1)
    row = matrix.open(ANNA)
    with pytest.raises(MatrixFull, match="A1002"):
        matrix.open(BEN)
    matrix.close(ANNA)
    assert matrix.open(BEN) == row


def test_a_leg_that_comes_back_finds_its_call_still_connected() -> None:
    matrix = house(legs=1)
    matrix.open(ANNA)
    matrix.set(L1, ANNA)
    matrix.close(ANNA)
    say(matrix, L1, 5)
    assert heard(matrix, ANNA) == {5}


def test_a_row_without_owner_is_free_when_its_last_connection_ends() -> None:
    matrix = house(legs=1)
    matrix.set(L1, ANNA)
    matrix.set(L1, ANNA, 0)
    assert matrix.open(BEN)


def test_a_leg_that_left_is_silent_in_a_call_that_still_hears_it() -> None:
    matrix = house()
    say(matrix, ANNA, 9)
    matrix.set(ANNA, L1)
    matrix.close(ANNA)
    assert heard(matrix, L1) == {0}
