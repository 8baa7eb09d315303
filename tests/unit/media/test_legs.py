"""Agents' audio: in through a buffer, out through a short queue, and no tick waits for a client."""

import numpy as np
import pytest

from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import AgentId, LineId, agent_port, line_port
from cti_core.media.legs import OUT_FRAMES_MAX, AudioLeg, Legs
from cti_core.media.matrix import Matrix
from dsp import g711

ANNA = AgentId("1001")
LOUD = np.full(160, 4000, np.int16)


def desk() -> tuple[Matrix, Legs]:
    matrix = Matrix([LineId(1)])
    return matrix, Legs(matrix)


def test_what_an_agent_says_arrives_in_the_matrix_unchanged() -> None:
    matrix, legs = desk()
    leg = AudioLeg(ANNA)
    legs.attach(ANNA, leg)
    for _ in range(5):
        leg.push(LOUD)
    heard = set()
    for _ in range(6):
        legs.fill()
        heard |= set(matrix.sources[matrix.open(agent_port(ANNA))].tolist())
    assert 4000 in heard


def test_an_agent_hears_its_line_as_numbered_alaw_frames() -> None:
    matrix, legs = desk()
    leg = AudioLeg(ANNA)
    legs.attach(ANNA, leg)
    matrix.board_sources[0] = LOUD
    matrix.set(line_port(LineId(1)), agent_port(ANNA))
    for n in (1, 2):
        legs.deliver(matrix.mix(), Instant(160 * n))
    assert [(frame.sequence, frame.at) for frame in leg.out] == [(0, 160), (1, 320)]
    assert leg.out[0].payload == g711.alaw_encode(LOUD).tobytes()


def test_a_client_that_takes_nothing_loses_the_oldest_frames_and_sees_the_gap() -> None:
    leg = AudioLeg(ANNA)
    for n in range(OUT_FRAMES_MAX + 3):
        leg.send(Instant(160 * n), b"")
    assert len(leg.out) == OUT_FRAMES_MAX
    assert leg.frames_dropped == 3
    assert leg.out[0].sequence == 3


def test_the_writer_of_a_leg_is_woken_for_each_frame() -> None:
    woken: list[int] = []
    leg = AudioLeg(ANNA, wake=lambda: woken.append(1))
    leg.send(Instant(0), b"")
    assert woken == [1]


def test_sequence_numbers_wrap_at_sixteen_bits() -> None:
    leg = AudioLeg(ANNA)
    leg.frames_out = (1 << 16) - 1
    leg.send(Instant(0), b"")
    leg.send(Instant(0), b"")
    assert [frame.sequence for frame in leg.out] == [65535, 0]


def test_a_second_leg_replaces_the_first_and_keeps_the_call() -> None:
    matrix, legs = desk()
    old, new = AudioLeg(ANNA), AudioLeg(ANNA)
    assert legs.attach(ANNA, old) is None
    matrix.set(line_port(LineId(1)), agent_port(ANNA))
    assert legs.attach(ANNA, new) is old
    legs.detach(ANNA, old)
    legs.deliver(matrix.mix(), Instant(160))
    assert (len(old.out), len(new.out)) == (0, 1)


def test_a_leg_that_is_gone_leaves_silence_in_the_matrix() -> None:
    matrix, legs = desk()
    leg = AudioLeg(ANNA)
    legs.attach(ANNA, leg)
    matrix.set(agent_port(ANNA), line_port(LineId(1)))
    matrix.sources[matrix.open(agent_port(ANNA))] = 77
    legs.detach(ANNA, leg)
    assert not matrix.mix()[0].any()


def test_a_frame_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(160,\)"):
        AudioLeg(ANNA).push_alaw(b"\xd5" * 159)
