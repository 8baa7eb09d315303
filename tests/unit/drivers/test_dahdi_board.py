"""What the DAHDI board does beside the promises of all boards (`tests/contract/`)."""

import errno

import numpy as np
import pytest

from dahdi.fake_board import board_of, facts, line, take, telephone
from dahdi.fake_kernel import FakeChannel
from drivers.base import (
    TICK_SAMPLES,
    BoardLost,
    CasBits,
    Hook,
    HookChanged,
    HookFlash,
    LineFault,
    LineOk,
    LoopClosed,
    LoopOpen,
    Polarity,
    PortKind,
    PulseDigit,
    RingOff,
    RingOn,
    Unsupported,
)
from drivers.dahdi.abi import RED_ALARM, HookOperation, KernelEvent, Law, RxHook, Signalling

VOICE = np.full(TICK_SAMPLES * 50, 1000, np.int16)


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


async def test_eight_bad_channels_are_told_in_one_sentence() -> None:
    board, kernel = board_of(*(line(number) for number in range(1, 9)))
    kernel.channels.clear()
    with pytest.raises(BoardLost, match=r"^channel 1 does not exist.*; and 7 more like it$"):
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


async def test_a_loop_that_opens_just_after_the_answer_is_told_though_the_kernel_is_deaf() -> None:
    """It debounces for 0.6 s: no event comes, and none when that time is over."""
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 110)  # the looks at the opening are over
        board.hook(0, Hook.OFF)
        await take(ticks, 10)
        channel.rxhook = RxHook.ONHOOK
        (opened,) = await facts(ticks, 15)
        assert isinstance(opened, LoopOpen)
        channel.rxhook = RxHook.OFFHOOK
        (closed,) = await facts(ticks, 2)
        assert isinstance(closed, LoopClosed)
        assert closed.open_ms == pytest.approx(300, abs=30)
        await take(ticks, 20)  # the time is over
        asked = len(channel.requests)
        await take(ticks, 20)
        assert channel.requests[asked:] == []  # nothing is polled for ever


async def test_an_open_loop_is_said_once_though_it_is_seen_and_told() -> None:
    channel = line()
    board, _ = board_of(channel)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.hook(0, Hook.OFF)
        channel.rxhook = RxHook.ONHOOK
        channel.event(KernelEvent.ONHOOK)
        found = await facts(ticks, 40)
    assert [type(fact) for fact in found] == [LoopOpen]


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


async def test_a_telephone_is_released_without_a_gap_and_not_rung_while_it_is_off_hook() -> None:
    """Its buffers are not emptied: all ports go on in step."""
    channel = telephone()
    board, _ = board_of(channel, kind=PortKind.FXS)
    async with board.open() as ticks:
        await take(ticks, 1)
        channel.event(KernelEvent.RINGOFFHOOK)
        await take(ticks, 2)
        for _ in range(3):
            await anext(ticks)
            board.speak(np.full((1, 160), 700, np.int16))
        board.hook(0, Hook.ON)
        board.ring(0, on=True)
        assert channel.tx
        assert channel.hooks[-1] == HookOperation.RINGOFF
        assert HookOperation.ONHOOK not in channel.hooks
        assert HookOperation.RING not in channel.hooks
        await take(ticks, 2)


async def test_a_bell_that_the_kernel_refuses_for_a_while_rings_a_little_later_and_once() -> None:
    channel = telephone()
    board, _ = board_of(channel, kind=PortKind.FXS)
    async with board.open() as ticks:
        await take(ticks, 1)
        channel.busy = {HookOperation.RING}
        board.ring(0, on=True)
        await take(ticks, 3)
        assert channel.hooks == []
        channel.busy = set()
        await take(ticks, 3)
        board.ring(0, on=True)
        await take(ticks, 3)
        assert channel.hooks == [HookOperation.RING]
        board.ring(0, on=False)
        await take(ticks, 3)
        assert channel.hooks == [HookOperation.RING, HookOperation.RINGOFF]


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


async def test_a_time_slot_begins_idle_as_china_does_and_tells_what_the_far_end_signals_already() -> None:
    """The kernel tells changes only."""
    channel = FakeChannel(1, Signalling.CAS)
    channel.rxbits = 0b1111
    board, _ = board_of(channel, kind=PortKind.E1_CAS)
    async with board.open() as ticks:
        (fact,) = await facts(ticks)
        assert isinstance(fact, CasBits)
        assert fact.bits == 0b1111
        assert channel.txbits == 0b1011


async def test_a_time_slot_that_is_released_signals_idle_as_china_does() -> None:
    channel = FakeChannel(1, Signalling.CAS)
    board, _ = board_of(channel, kind=PortKind.E1_CAS)
    async with board.open() as ticks:
        await take(ticks, 1)
        board.set_cas(0, 0b0111)
        board.hook(0, Hook.ON)
        assert channel.txbits == 0b1011


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
