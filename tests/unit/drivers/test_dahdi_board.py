"""What the DAHDI board does beside the promises of all boards (`tests/contract/`)."""

import errno
from collections.abc import AsyncIterator

import numpy as np
import pytest

from dahdi.fake_kernel import FakeChannel, FakeKernel
from drivers.base import (
    TICK_SAMPLES,
    BoardLost,
    CasBits,
    DialDone,
    Hook,
    HookChanged,
    HookDone,
    HookFlash,
    LineFault,
    LineOk,
    LoopClosed,
    LoopOpen,
    Overrun,
    Polarity,
    PortKind,
    PulseDigit,
    RingOff,
    RingOn,
    Signal,
    Tick,
    Unsupported,
    operations,
)
from drivers.dahdi.abi import RED_ALARM, HookOperation, Ioctl, KernelEvent, Law, RxHook, Signalling
from drivers.dahdi.board import DahdiBoard
from drivers.dahdi.settings import DahdiSettings

VOICE = np.full(TICK_SAMPLES * 50, 1000, np.int16)
FRAME = np.full((1, TICK_SAMPLES), 500, np.int16)


def board_of(
    *channels: FakeChannel, kind: PortKind = PortKind.FXO, canceller: str = ""
) -> tuple[DahdiBoard, FakeKernel]:
    kernel = FakeKernel(*channels)
    settings = DahdiSettings(
        channels=tuple(channel.number for channel in channels),
        kinds=(kind,) * len(channels),
        echo_canceller=canceller,
    )
    return DahdiBoard(settings, kernel), kernel


def line(number: int = 1) -> FakeChannel:
    return FakeChannel(number, Signalling.FXSKS)


def telephone(number: int = 1) -> FakeChannel:
    return FakeChannel(number, Signalling.FXOKS)


async def take(ticks: AsyncIterator[Tick], count: int) -> list[Tick]:
    return [await anext(ticks) for _ in range(count)]


async def facts(ticks: AsyncIterator[Tick], count: int = 2) -> list[Signal]:
    return [signal for tick in await take(ticks, count) for signal in tick.signals]


# --- opening --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOENT, "modprobe dahdi"), (errno.EACCES, "usermod"), (errno.ENXIO, "not loaded")]
)
async def test_a_device_that_does_not_open_is_explained(number: int, words: str) -> None:
    board, kernel = board_of(line())
    kernel.refuses["/dev/dahdi/channel"] = number
    with pytest.raises(BoardLost, match=words):
        async with board.open():
            pass


@pytest.mark.parametrize(
    ("sigtype", "words"), [(0, "fxsks=1"), (Signalling.FXOKS, "has FXS signalling"), (Signalling.CAS, "CAS")]
)
async def test_swapped_and_missing_signalling_is_explained(sigtype: int, words: str) -> None:
    board, _ = board_of(FakeChannel(1, sigtype))
    with pytest.raises(BoardLost, match=words):
        async with board.open():
            pass


async def test_one_bad_channel_does_not_keep_the_others_from_working() -> None:
    busy = line(2)
    busy.open = True  # Asterisk has it
    board, _ = board_of(line(1), busy, line(3))
    async with board.open() as ticks:
        (fault,) = await facts(ticks)
        assert isinstance(fault, LineFault)
        assert fault.port == 1
        assert "another program" in fault.reason
        busy.open = False
        assert LineOk in map(type, await facts(ticks, 60))
        assert board.health().alarms == ()


async def test_another_law_is_a_remark_and_no_fault() -> None:
    board, _ = board_of(FakeChannel(1, Signalling.FXSKS, law=Law.MU))
    async with board.open() as ticks:
        assert await facts(ticks) == []
        assert any("alawoverride" in alarm for alarm in board.health().alarms)


async def test_what_goes_on_when_we_come_is_told_with_the_first_tick() -> None:
    rung, cut = line(1), line(2)
    rung.rxhook = RxHook.RING
    rung.rings_since = 0
    cut.alarms = RED_ALARM
    board, _ = board_of(rung, cut)
    async with board.open() as ticks:
        found = (await take(ticks, 1))[0].signals
    assert [type(signal) for signal in found] == [RingOn, LineFault]


async def test_a_ring_in_the_kernels_deaf_time_is_seen() -> None:
    channel = line()
    board, kernel = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 10)
        channel.rings_since = kernel.ms
        found = await facts(ticks, 60)
    assert [type(signal) for signal in found] == [RingOn, RingOff]


async def test_a_telephone_beside_its_cradle_is_told_and_fed() -> None:
    lifted = telephone()
    lifted.rxhook = RxHook.OFFHOOK
    board, _ = board_of(lifted, kind=PortKind.FXS)
    async with board.open() as ticks:
        (fact,) = (await take(ticks, 1))[0].signals
        assert isinstance(fact, HookChanged)
        assert fact.position is Hook.OFF
        assert lifted.off_hook


# --- facts ----------------------------------------------------------------------------------------------------------


async def test_polarity_has_a_state_though_the_kernel_tells_reversals_only() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 1)
        channel.event(KernelEvent.POLARITY)
        (there,) = await facts(ticks)
        channel.event(KernelEvent.POLARITY)
        (back,) = await facts(ticks)
    assert isinstance(there, Polarity)
    assert isinstance(back, Polarity)
    assert (there.reversed, back.reversed) == (True, False)


async def test_an_open_loop_is_timed_by_looking_for_its_battery() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.hook(0, Hook.OFF)
        channel.rxhook = RxHook.ONHOOK
        channel.event(KernelEvent.ONHOOK)
        (opened,) = await facts(ticks, 10)
        assert isinstance(opened, LoopOpen)
        channel.rxhook = RxHook.OFFHOOK
        (closed,) = await facts(ticks, 2)
    assert isinstance(closed, LoopClosed)
    assert closed.open_ms == pytest.approx(200, abs=30)


async def test_a_cut_line_is_a_fault_until_its_battery_is_back() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 1)
        channel.alarms = RED_ALARM
        channel.event(KernelEvent.ALARM)
        (fault,) = await facts(ticks)
        assert isinstance(fault, LineFault)
        assert "battery" in fault.reason
        assert "battery" in board.line_state(0).fault
        channel.event(KernelEvent.NOALARM)
        (ok,) = await facts(ticks)
    assert isinstance(ok, LineOk)


async def test_a_telephone_tells_its_hook_flash_and_disc() -> None:
    channel = telephone()
    board, _ = board_of(channel, kind=PortKind.FXS)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.ring(0, on=True)
        for code in (2, KernelEvent.WINKFLASH, KernelEvent.PULSE_DIGIT | ord("7"), 1):
            channel.event(code)
        found = await facts(ticks)
    assert [type(fact) for fact in found] == [HookChanged, HookFlash, PulseDigit, HookChanged]
    assert isinstance(found[2], PulseDigit)
    assert found[2].digit == "7"
    assert channel.hooks[-4:-1] == [HookOperation.RING, HookOperation.OFFHOOK, HookOperation.RINGOFF]


async def test_cas_bits_go_both_ways() -> None:
    channel = FakeChannel(1, Signalling.CAS)
    board, _ = board_of(channel, kind=PortKind.E1_CAS)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.set_cas(0, 0b0001)
        assert channel.txbits == 0b0001
        channel.rxbits = 0b1101
        channel.event(KernelEvent.BITSCHANGED)
        (fact,) = await facts(ticks)
        assert isinstance(fact, CasBits)
        assert fact.bits == 0b1101
        with pytest.raises(Unsupported, match="port 0"):
            board.hook(0, Hook.OFF)


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


# --- removal --------------------------------------------------------------------------------------------------------


async def test_a_card_that_is_pulled_takes_its_ports_only_and_returns() -> None:
    first, second = line(1), line(2)
    board, _ = board_of(first, second)
    async with board.open() as ticks:
        await take(ticks, 2)
        first.present = False
        (fault,) = await facts(ticks, 3)
        assert isinstance(fault, LineFault)
        assert fault.port == 0
        board.hook(0, Hook.OFF)  # nobody is surprised
        first.present, first.open = True, False
        found = await facts(ticks, 60)
        assert [type(fact) for fact in found] == [LineOk]
        first.said = VOICE
        board.hook(0, Hook.OFF)
        assert max(int(tick.heard[0].max()) for tick in await take(ticks, 5)) == 1000


async def test_the_last_port_takes_the_board_with_it() -> None:
    channel = line()
    board, kernel = board_of(channel)

    async def house() -> None:
        async with board.open() as ticks:
            await take(ticks, 2)
            channel.present = False
            await take(ticks, 5)

    with pytest.raises(BoardLost, match="channel 1 was removed"):
        await house()
    assert kernel.fds == {}
    assert kernel.watched == []


async def test_closing_gives_everything_back() -> None:
    board, kernel = board_of(line(1), line(2))
    for _ in range(3):
        async with board.open() as ticks:
            await take(ticks, 2)
            board.health()
    assert kernel.fds == {}
    assert kernel.watched == []
