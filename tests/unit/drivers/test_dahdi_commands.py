"""What the house orders of a DAHDI board, and what becomes of its frames."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from dahdi.fake_board import board_of, facts, line, take, telephone
from dahdi.fake_kernel import FakeChannel, FakeKernel
from drivers.base import (
    TICK_SAMPLES,
    DialDone,
    Hook,
    HookDone,
    Overrun,
    PortKind,
    RingOff,
    RingOn,
    Signal,
    Tick,
    Unsupported,
    operations,
)
from drivers.dahdi.abi import HookOperation, Ioctl, KernelEvent
from drivers.dahdi.board import DahdiBoard

FRAME = np.full((1, TICK_SAMPLES), 500, np.int16)


# --- commands -------------------------------------------------------------------------------------------------------


async def test_a_seizure_waits_until_the_guard_time_is_over() -> None:
    channel = line()
    board, _ = board_of(channel)
    board.set_guard(0, 1000)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.hook(0, Hook.OFF)
        board.hook(0, Hook.ON)
        board.hook(0, Hook.OFF)
        await take(ticks, 40)
        assert not channel.off_hook
        await take(ticks, 15)
        assert channel.off_hook


async def test_a_release_forgets_the_seizure_that_waits() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 1)
        for position in (Hook.OFF, Hook.ON, Hook.OFF, Hook.ON):
            board.hook(0, position)
        await take(ticks, 110)
        assert not channel.off_hook


async def test_a_flash_is_as_long_as_asked_and_waits_while_the_port_is_busy() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.hook(0, Hook.OFF)
        channel.busy = {HookOperation.FLASH}
        board.flash(0, 180)
        await take(ticks, 3)
        assert HookOperation.FLASH not in channel.hooks
        channel.busy = set()
        await take(ticks, 1)
        assert channel.hooks[-1] == HookOperation.FLASH
        times = next(argument for asked, argument in channel.requests if asked is Ioctl.SET_PARAMS)
        assert int.from_bytes(times[100:104], "little") == 180
        channel.event(KernelEvent.HOOKCOMPLETE)
        (done,) = await facts(ticks)
        assert isinstance(done, HookDone)


async def test_while_the_kernel_dials_nothing_is_written_that_would_stop_it() -> None:
    channel = line()
    board, _ = board_of(channel)
    found: list[Signal] = []
    async with board.open() as ticks:
        await take(ticks, 1)
        board.hook(0, Hook.OFF)
        board.dial(0, "114")
        for _ in range(40):
            found += (await anext(ticks)).signals
            board.speak(FRAME)
        assert [type(fact) for fact in found] == [DialDone]
        assert float(channel.heard.mean()) == 500
        with pytest.raises(ValueError, match="no number"):
            board.dial(0, "114; rm")


async def test_gains_are_tables_in_the_channels_law() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.gain(0, rx_db=6.0, tx_db=0.0)
    tables = next(argument for asked, argument in channel.requests if asked is Ioctl.SETGAINS)[4:]
    assert tables[256:] == bytes(range(256))
    assert tables[0xD5] in {0xD5, 0xD4}  # silence stays silence
    assert tables[:256] != tables[256:]


async def test_the_echo_canceller_is_asked_for_by_its_tail() -> None:
    channel = line()
    board, _ = board_of(channel, canceller="MG2")
    async with board.open() as ticks:
        await take(ticks, 1)
        board.echo_cancel(0, on=True, tail_ms=30)
        board.echo_cancel(0, on=False)
    taps = [int.from_bytes(argument, "little") for asked, argument in channel.requests if asked is Ioctl.ECHOCANCEL]
    assert taps[:2] == [256, 0]


async def test_what_a_card_lacks_is_refused_in_words() -> None:
    channel = telephone()
    channel.lacks = {Ioctl.SETPOLARITY}
    board, _ = board_of(channel, kind=PortKind.FXS)
    async with board.open() as ticks:
        await take(ticks, 1)
        with pytest.raises(Unsupported, match=r"port 0 .*polarity"):
            board.set_polarity(0, reversed_=True)
        with pytest.raises(Unsupported, match="port 0"):
            board.echo_cancel(0, on=True)


def test_a_board_without_extras_refuses_them_all() -> None:
    with pytest.raises(Unsupported, match="port 3"):
        operations(object()).dial(3, "114")


# --- frames ---------------------------------------------------------------------------------------------------------


async def test_a_frame_waits_one_frame_in_the_kernel_and_never_more() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        for number in range(20):
            await anext(ticks)
            board.speak(FRAME)
            assert len(channel.tx) == 2, number


async def test_after_a_hold_up_old_frames_are_dropped_and_the_queue_is_as_long_as_before() -> None:
    channel = line()
    board, kernel = board_of(channel)
    async with board.open() as ticks:
        for _ in range(5):
            await anext(ticks)
            board.speak(FRAME)
        kernel.pass_ms(110)
        for _ in range(10):
            await anext(ticks)
            board.speak(FRAME)
        assert sum(frame.size for frame in channel.tx) <= 2 * TICK_SAMPLES + 8
        assert board.health().frames_dropped == 4
        assert board.health().ticks_lost == 0


@pytest.mark.parametrize("late_ms", [0, 5, 12, 17])
async def test_the_way_to_the_copper_is_as_told_also_when_the_first_tick_was_taken_late(late_ms: int) -> None:
    channel = line()
    board, kernel = board_of(channel)
    async with board.open() as ticks:
        kernel.pass_ms(TICK_SAMPLES // 8 + late_ms)  # the machine is busy: the first frame waits for us
        await silent(board, ticks, 20)
        assert await copper_after(board, ticks, channel, kernel) == board.transmit_delay_samples


@pytest.mark.parametrize("held_ms", [15, 22, 27, 32, 39, 45, 55, 70])
async def test_the_way_to_the_copper_is_as_told_after_a_hold_up_while_a_tick_was_answered(held_ms: int) -> None:
    """The kernel's queue ran empty; a frame that comes too late for its place begins no new queue in another."""
    channel = line()
    board, kernel = board_of(channel)
    async with board.open() as ticks:
        await silent(board, ticks, 150)
        await anext(ticks)
        kernel.pass_ms(held_ms)
        board.speak(np.zeros((1, TICK_SAMPLES), np.int16))
        await silent(board, ticks, 20)
        assert await copper_after(board, ticks, channel, kernel) == board.transmit_delay_samples


async def silent(board: DahdiBoard, ticks: AsyncIterator[Tick], count: int) -> None:
    for _ in range(count):
        await anext(ticks)
        board.speak(np.zeros((1, TICK_SAMPLES), np.int16))


async def copper_after(board: DahdiBoard, ticks: AsyncIterator[Tick], channel: FakeChannel, kernel: FakeKernel) -> int:
    """Samples from the tick that a frame is spoken with until its first one has left."""
    tick = await anext(ticks)
    board.speak(FRAME)
    assert tick.at <= kernel.ms * 8 < tick.at + 8
    while not channel.heard[-1]:
        kernel.pass_ms(1)
    return kernel.ms * 8 - int(np.count_nonzero(channel.heard)) + 8 - tick.at  # the kernel moves a millisecond at once


async def test_a_long_hold_up_loses_ticks_and_says_how_many() -> None:
    channel = line()
    board, kernel = board_of(channel, line(2))
    async with board.open() as ticks:
        await take(ticks, 5)
        kernel.pass_ms(500)
        times = [tick.at for tick in await take(ticks, 30)]
        assert abs(times[-1] - kernel.ms * 8) <= 2 * TICK_SAMPLES
        health = board.health()
        assert health.ticks_lost == pytest.approx(17, abs=1)
        assert health.overruns == 2
        assert health.clock_slips == 0


async def test_a_port_with_a_clock_of_its_own_slips_and_says_so() -> None:
    slow = line(2)
    board, kernel = board_of(line(1), slow)
    found: list[Signal] = []
    async with board.open() as ticks:
        for number in range(60):
            found += (await anext(ticks)).signals
            board.speak(np.zeros((2, TICK_SAMPLES), np.int16))
            if number % 20 == 10:
                kernel.pass_ms(20)
                slow.rx.clear()
        assert {type(fact) for fact in found} == {Overrun}
        assert board.health().clock_slips >= 1


async def test_a_release_loses_no_sample_and_holds_nobody_up() -> None:
    board, kernel = board_of(line(1), line(2))
    async with board.open() as ticks:
        await take(ticks, 3)
        began_ms = kernel.ms
        for number in range(10):
            kernel.pass_ms(7)
            board.hook(number % 2, Hook.OFF if number % 4 < 2 else Hook.ON)
            await take(ticks, 1)
        assert kernel.ms - began_ms == 10 * 20


async def test_what_looks_like_a_ring_just_after_a_release_is_none() -> None:
    channel = line()
    board, kernel = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 120)
        board.hook(0, Hook.OFF)
        await take(ticks, 10)
        board.hook(0, Hook.ON)
        channel.event(KernelEvent.RINGBEGIN)
        assert await facts(ticks, 5) == []
        channel.rings_since = kernel.ms
        found = await facts(ticks, 100)
    assert [type(fact) for fact in found] == [RingOn, RingOff]
