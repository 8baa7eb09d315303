"""What every board promises at the one door (`drivers.base.Board`)."""

from collections.abc import AsyncIterator
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest

from contract.benches import Bench
from drivers.base import (
    RATE_HZ,
    TICK_SAMPLES,
    BoardLost,
    Capability,
    Hook,
    RingOff,
    RingOn,
    Signal,
    Tick,
    Unsupported,
)

TICKS_PER_S = RATE_HZ // TICK_SAMPLES
VOICE = (8000 * np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ * 10) / RATE_HZ)).astype(np.int16)  # 10 s, 1 kHz
RINGS_WITHIN_S = 3.0  # DAHDI swallows bursts for 2 s after the board is opened
LOUD = 200.0  # rms of a voice that came through, far above any line's noise


async def take(ticks: AsyncIterator[Tick], count: int) -> list[Tick]:
    """The next ones, unanswered."""
    return [await anext(ticks) for _ in range(count)]


async def until(ticks: AsyncIterator[Tick], kind: type, within_s: float) -> tuple[Tick, Signal]:
    """The first fact of this kind, and its tick."""
    for tick in await take(ticks, round(within_s * TICKS_PER_S)):
        for signal in tick.signals:
            if isinstance(signal, kind):
                return tick, signal
    pytest.fail(f"no {kind.__name__} within {within_s} s")


async def answer(bench: Bench, ticks: AsyncIterator[Tick], port: int) -> None:
    bench.dial(port)
    await until(ticks, RingOn, RINGS_WITHIN_S)
    bench.board.hook(port, Hook.OFF)
    await take(ticks, bench.answer_ticks + 1)


def level(tick: Tick, port: int) -> float:
    return float(np.sqrt(np.mean(tick.heard[port].astype(float) ** 2)))


def frame_of(bench: Bench, port: int) -> np.ndarray:
    frame = np.zeros((len(bench.board.ports), TICK_SAMPLES), np.int16)
    frame[port] = VOICE[:TICK_SAMPLES]
    return frame


# --- the board ----------------------------------------------------------------------------------------------------


async def test_a_board_names_itself_and_numbers_its_ports_by_row(bench: Bench) -> None:
    assert bench.board.name
    assert [info.port for info in bench.board.ports] == list(range(len(bench.board.ports)))
    assert bench.board.ports
    assert bench.board.transmit_delay_samples >= 0


async def test_ticks_carry_a_row_for_each_port(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        for tick in await take(ticks, 5):
            assert tick.heard.shape == (len(bench.board.ports), TICK_SAMPLES)
            assert tick.heard.dtype == np.int16


async def test_time_counts_samples_from_the_opening_and_rises_by_whole_ticks(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        times = [tick.at for tick in await take(ticks, 20)]
    assert times[0] % TICK_SAMPLES == 0
    assert times[0] >= TICK_SAMPLES
    assert all(later - earlier > 0 and (later - earlier) % TICK_SAMPLES == 0 for earlier, later in pairwise(times))


async def test_frames_belong_to_whom_they_were_given(bench: Bench) -> None:
    """A tick that is kept does not change when the next one comes."""
    async with bench.board.open() as ticks:
        first = await anext(ticks)
        copy = first.heard.copy()
        await take(ticks, 5)
        np.testing.assert_array_equal(first.heard, copy)


async def test_a_board_can_be_opened_again_and_counts_anew(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await take(ticks, 10)
    async with bench.board.open() as ticks:
        await take(ticks, 3)
        assert bench.board.health().ticks == 3


async def test_a_board_that_is_open_is_not_opened_twice(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await anext(ticks)
        with pytest.raises(BoardLost, match=r"\w+ \w+"):
            async with bench.board.open():
                pass
        await anext(ticks)


# --- commands -----------------------------------------------------------------------------------------------------


async def test_no_command_waits(bench: Bench) -> None:
    """All of them together are done in a fraction of a tick."""
    board = bench.board
    async with board.open() as ticks:
        await anext(ticks)
        begun = perf_counter()
        board.speak(frame_of(bench, 0))
        for info in board.ports:
            board.hook(info.port, Hook.OFF)
            board.hook(info.port, Hook.ON)
        board.health()
        assert perf_counter() - begun < 0.01
        await anext(ticks)


async def test_a_second_frame_for_the_same_tick_is_dropped_and_counted(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await anext(ticks)
        bench.board.speak(frame_of(bench, 0))
        bench.board.speak(frame_of(bench, 0))
        await anext(ticks)
        assert bench.board.health().frames_dropped == 1


async def test_a_frame_after_the_end_is_dropped_without_a_word(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await anext(ticks)
    bench.board.speak(frame_of(bench, 0))
    bench.board.hook(0, Hook.OFF)
    assert bench.house_hook(0) is Hook.ON


async def test_a_tick_that_nobody_answered_is_an_underrun(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await anext(ticks)
        bench.board.speak(frame_of(bench, 0))
        await take(ticks, 4)
        health = bench.board.health()
    assert health.ticks == 5
    assert health.underruns >= 2  # a board with a queue notices later


@pytest.mark.parametrize("shape", [(160,), (1, 80), (0, 160)])
async def test_a_frame_of_another_shape_is_refused(bench: Bench, shape: tuple[int, ...]) -> None:
    async with bench.board.open() as ticks:
        await anext(ticks)
        with pytest.raises(ValueError, match="160"):
            bench.board.speak(np.zeros(shape, np.int16))


async def test_a_port_that_does_not_exist_is_refused_in_words(bench: Bench) -> None:
    nobody = len(bench.board.ports)
    async with bench.board.open() as ticks:
        await anext(ticks)
        for port in (-1, nobody):
            with pytest.raises(ValueError, match=str(port)):
                bench.board.hook(port, Hook.OFF)


async def test_what_a_port_cannot_do_is_refused_in_words_that_name_it(bench: Bench) -> None:
    """Never a silent no-op (boards.md §3.2)."""
    async with bench.board.open() as ticks:
        await anext(ticks)
        for info in bench.board.ports:
            if not info.capabilities & Capability.RING_GEN:
                with pytest.raises(Unsupported, match=rf"\b{info.port}\b"):
                    bench.board.ring(info.port, on=True)
            if not info.capabilities & Capability.HOOK_FLASH:
                with pytest.raises(Unsupported, match=rf"\b{info.port}\b"):
                    bench.board.flash(info.port, 300)


# --- calls --------------------------------------------------------------------------------------------------------


async def test_a_ring_is_told_with_its_sample_time_burst_by_burst(bench: Bench) -> None:
    """1 s on, 4 s off, on the port that rings and no other."""
    async with bench.board.open() as ticks:
        await take(ticks, 5)
        bench.dial(1)
        heard = await take(ticks, 9 * TICKS_PER_S)
    facts = [signal for tick in heard for signal in tick.signals]
    assert {signal.port for signal in facts} == {1}
    rings = [signal for signal in facts if isinstance(signal, RingOn)]
    assert len(rings) >= 2
    assert rings[1].at - rings[0].at == pytest.approx(5 * RATE_HZ, abs=0.1 * RATE_HZ)
    ends = [signal for signal in facts if isinstance(signal, RingOff)]
    assert ends[0].at - rings[0].at == pytest.approx(RATE_HZ, abs=0.2 * RATE_HZ)
    for before, tick in pairwise(heard):
        for signal in tick.signals:
            assert before.at <= signal.at <= tick.at
    assert [s.at for s in facts] == sorted(s.at for s in facts)


async def test_answering_stops_the_ring(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await answer(bench, ticks, 0)
        after = await take(ticks, 7 * TICKS_PER_S)
    assert not [signal for tick in after for signal in tick.signals if isinstance(signal, RingOn)]


async def test_caller_and_house_hear_each_other_from_the_answer_on(bench: Bench) -> None:
    """At once, or, where the port says so, in turns."""
    duplex = bool(bench.board.ports[0].capabilities & Capability.FULL_DUPLEX)
    async with bench.board.open() as ticks:
        await answer(bench, ticks, 0)
        bench.say(0, VOICE)
        heard = 0.0
        for number in range(TICKS_PER_S):
            tick = await anext(ticks)
            heard = max(heard, level(tick, 0))
            if duplex or number > TICKS_PER_S // 2:
                bench.board.speak(frame_of(bench, 0))
        assert heard > LOUD
        assert bench.caller_hears(0) > LOUD


async def test_lines_do_not_hear_each_other(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await answer(bench, ticks, 0)
        await answer(bench, ticks, 1)
        bench.say(0, VOICE)
        for _ in range(TICKS_PER_S):
            assert level(await anext(ticks), 1) < LOUD
            bench.board.speak(frame_of(bench, 0))
        assert bench.caller_hears(1) < LOUD


async def test_a_house_on_hook_does_not_hear_the_caller(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        bench.dial(0)
        await until(ticks, RingOff, RINGS_WITHIN_S + 1)
        bench.say(0, VOICE)
        pause = await take(ticks, TICKS_PER_S)  # between the bursts
        assert max(level(tick, 0) for tick in pause) < LOUD


async def test_a_line_whose_call_is_over_can_be_called_again(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await answer(bench, ticks, 0)
        bench.hang_up(0)
        await take(ticks, TICKS_PER_S)
        bench.board.hook(0, Hook.ON)
        await take(ticks, 2 * TICKS_PER_S)  # guard time (boards.md R13)
        bench.dial(0)
        _, ring = await until(ticks, RingOn, RINGS_WITHIN_S)
        assert ring.port == 0


async def test_leaving_puts_all_ports_on_hook(bench: Bench) -> None:
    async with bench.board.open() as ticks:
        await answer(bench, ticks, 0)
        assert bench.house_hook(0) is Hook.OFF
    assert bench.house_hook(0) is Hook.ON


async def test_leaving_in_trouble_puts_all_ports_on_hook_too(bench: Bench) -> None:
    async def house() -> None:
        async with bench.board.open() as ticks:
            await answer(bench, ticks, 0)
            raise RuntimeError("the house is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        await house()
    assert bench.house_hook(0) is Hook.ON
