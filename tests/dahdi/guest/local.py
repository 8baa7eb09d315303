"""What crossed local spans give: rings, loops, flash, discs, CAS bits, dialling."""

from collections.abc import Awaitable, Callable
from functools import cache

import numpy as np

from dahdi.guest.benches import GuestBench
from dahdi.guest.exchange import FarEnd, configure, local_spans
from dahdi.guest.hearing import level, take, tone, until
from drivers.base import (
    CasBits,
    DialDone,
    Hook,
    HookChanged,
    HookFlash,
    LoopClosed,
    LoopOpen,
    PortKind,
    PulseDigit,
    RingOff,
    RingOn,
)
from drivers.dahdi.abi import HookOperation, KernelEvent, Signalling
from drivers.dahdi.discovery import survey
from drivers.dahdi.kernel import LinuxKernel
from drivers.dahdi.settings import DahdiSettings

TRUNKS = 8
EXTENSION, EXTENSIONS = 8, 2  # places behind the trunks
SLOT = EXTENSION + EXTENSIONS
CHANNELS = SLOT + 1


@cache
def _spans() -> tuple[int, int]:
    house, far = local_spans(CHANNELS)
    for place in range(CHANNELS):
        ours, theirs = Signalling.FXSKS, Signalling.FXOKS
        if EXTENSION <= place < SLOT:
            ours, theirs = theirs, ours
        if place == SLOT:
            ours = theirs = Signalling.CAS
        configure(house + place, ours)
        configure(far + place, theirs)
    return house, far


def house_channels(count: int, first: int = 0) -> range:
    return range(_spans()[0] + first, _spans()[0] + first + count)


def far_channels(count: int, first: int = 0) -> range:
    return range(_spans()[1] + first, _spans()[1] + first + count)


async def the_kernel_is_surveyed() -> str:
    house_channels(1)
    found = survey(LinuxKernel())
    assert found.spans
    assert {channel.sigtype for channel in found.channels} >= {Signalling.FXSKS, Signalling.FXOKS, Signalling.CAS}
    return f"DAHDI {found.version}, {len(found.spans)} spans, {len(found.channels)} channels"


async def eight_trunks_ring_answer_and_talk_at_once() -> str:
    bench = GuestBench(house_channels(TRUNKS), far_channels(TRUNKS))
    try:
        async with bench.board.open() as ticks:
            for port in range(TRUNKS):
                bench.dial(port)
            rung = {signal.port for t in await take(ticks, 120) for signal in t.signals if isinstance(signal, RingOn)}
            assert rung == set(range(TRUNKS)), rung
            for port in range(TRUNKS):
                bench.board.hook(port, Hook.OFF)
            await take(ticks, 10)
            assert all(line.answered for line in bench.lines)
            heard = []
            for port, line in enumerate(bench.lines):
                line.say(tone(400 + 100 * port, 3.0))
                line.record = []
            for _ in range(125):
                tick = await anext(ticks)
                heard.append(tick.heard)
                bench.board.speak(np.tile(tone(1500, 0.02), (TRUNKS, 1)))
            received = np.concatenate(heard[25:], axis=1).astype(float)
            for port in range(TRUNKS):
                spectrum = np.abs(np.fft.rfft(received[port][:8000]))
                assert np.argmax(spectrum) == 400 + 100 * port, port
            sent = np.concatenate(bench.lines[7].record or [])[4000:12000].astype(float)
            assert np.argmax(np.abs(np.fft.rfft(sent[:8000]))) == 1500
            health = bench.board.health()
            assert health.clock_slips == 0, health
            assert health.overruns == 0, health
        return f"{health}"
    finally:
        bench.close()


async def a_dropped_loop_is_told_with_its_length() -> str:
    bench = GuestBench(house_channels(1), far_channels(1))
    try:
        async with bench.board.open() as ticks:
            bench.dial(0)
            await until(ticks, RingOn)
            bench.board.hook(0, Hook.OFF)
            await take(ticks, 60)
            bench.lines[0].hook(HookOperation.ONHOOK)  # a kewlstart line opens the loop for 500 ms
            await until(ticks, LoopOpen, 1.0)
            closed = await until(ticks, LoopClosed, 2.0)
            assert isinstance(closed, LoopClosed)
            assert 400 <= closed.open_ms <= 600, closed
        return f"open for {closed.open_ms} ms"
    finally:
        bench.close()


async def a_loop_that_drops_just_after_the_answer_is_told() -> str:
    """The kernel debounces for 0.6 s and has no event for it."""
    bench = GuestBench(house_channels(1), far_channels(1))
    try:
        async with bench.board.open() as ticks:
            bench.dial(0)
            await until(ticks, RingOn)
            bench.board.hook(0, Hook.OFF)
            await take(ticks, 5)
            assert bench.lines[0].answered
            bench.lines[0].hook(HookOperation.ONHOOK)
            opened = await until(ticks, LoopOpen, 0.3)
            closed = await until(ticks, LoopClosed, 1.0)
            assert isinstance(closed, LoopClosed)
            assert 400 <= closed.open_ms <= 600, (opened, closed)
        return f"open for {closed.open_ms} ms"
    finally:
        bench.close()


async def a_flash_reaches_the_exchange() -> None:
    bench = GuestBench(house_channels(1), far_channels(1))
    try:
        async with bench.board.open() as ticks:
            bench.dial(0)
            await until(ticks, RingOn)
            bench.board.hook(0, Hook.OFF)
            await take(ticks, 10)
            bench.board.flash(0, 400)  # the debounce time after answering is still running
            await take(ticks, 100)
            assert KernelEvent.WINKFLASH in bench.lines[0].events, bench.lines[0].events
    finally:
        bench.close()


async def glare_is_seen() -> None:
    """The exchange rings in the moment we seize."""
    bench = GuestBench(house_channels(1), far_channels(1))
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 110)
            bench.lines[0].hook(HookOperation.RING)
            bench.board.hook(0, Hook.OFF)
            await until(ticks, RingOn, 0.2)
    finally:
        bench.close()


async def the_kernel_dials_for_us() -> None:
    bench = GuestBench(house_channels(1), far_channels(1))
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 5)
            bench.board.hook(0, Hook.OFF)
            await take(ticks, 50)
            bench.board.dial(0, "14", pulse=True)
            done = 0
            for _ in range(250):
                tick = await anext(ticks)
                bench.board.speak(np.zeros((1, 160), np.int16))
                done += sum(isinstance(signal, DialDone) for signal in tick.signals)
            digits = [chr(event & 0xFF) for event in bench.lines[0].events if event & KernelEvent.PULSE_DIGIT]
            assert digits == ["1", "4"], (digits, bench.lines[0].events)
            assert done == 1
    finally:
        bench.close()


async def an_extension_rings_talks_flashes_and_hangs_up() -> None:
    settings = DahdiSettings(channels=tuple(house_channels(1, EXTENSION)), kinds=(PortKind.FXS,))
    bench = GuestBench(range(0), far_channels(1, EXTENSION), settings)
    phone = bench.lines[0]
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 110)
            bench.board.ring(0, on=True)
            await take(ticks, 40)
            assert KernelEvent.RINGBEGIN in phone.events, phone.events
            phone.hook(HookOperation.OFFHOOK)
            lifted = await until(ticks, HookChanged, 1.0)
            assert isinstance(lifted, HookChanged)
            assert lifted.position is Hook.OFF
            phone.say(tone(800, 1.0))
            assert max(int(tick.heard.max()) for tick in await take(ticks, 30)) > 7000
            await take(ticks, 20)
            phone.hook(HookOperation.FLASH)
            await until(ticks, HookFlash, 2.0)
            await take(ticks, 50)
            phone.dial("P3")
            digit = await until(ticks, PulseDigit, 3.0)
            assert isinstance(digit, PulseDigit)
            assert digit.digit == "3"
            await take(ticks, 50)
            phone.hook(HookOperation.ONHOOK)
            down = await until(ticks, HookChanged, 3.0)
            assert isinstance(down, HookChanged)
            assert down.position is Hook.ON
    finally:
        bench.close()


async def a_handset_replaced_after_our_release_is_told_and_no_frame_was_lost() -> None:
    settings = DahdiSettings(channels=tuple(house_channels(1, EXTENSION)), kinds=(PortKind.FXS,))
    bench = GuestBench(range(0), far_channels(1, EXTENSION), settings)
    phone = bench.lines[0]
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 110)
            phone.hook(HookOperation.OFFHOOK)
            await until(ticks, HookChanged, 1.0)
            phone.say(tone(800, 2.0))
            await take(ticks, 40)
            bench.board.hook(0, Hook.ON)
            levels = [level(tick.heard[0]) for tick in await take(ticks, 32)]
            assert min(levels) > 5000, levels
            phone.hook(HookOperation.ONHOOK)  # 0.64 s after: the kernel would not tell it if the battery had dropped
            down = await until(ticks, HookChanged, 3.0)
            assert isinstance(down, HookChanged)
            assert down.position is Hook.ON
            assert bench.board.health().clock_slips == 0
    finally:
        bench.close()


async def bits_of_a_time_slot_go_both_ways() -> None:
    settings = DahdiSettings(channels=tuple(house_channels(1, SLOT)), kinds=(PortKind.E1_CAS,))
    far = FarEnd(far_channels(1, SLOT)[0])
    bench = GuestBench(range(0), range(0), settings)
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 5)
            far.cas(0b0001)
            bits = await until(ticks, CasBits, 0.5)
            assert isinstance(bits, CasBits)
            assert bits.bits == 0b0001
            bench.board.set_cas(0, 0b1101)
            await take(ticks, 3)
            assert far.params().rxbits == 0b1101
            bench.board.hook(0, Hook.ON)
            await take(ticks, 3)
            assert far.params().rxbits == 0b1011  # idle
    finally:
        far.close()


async def a_ring_is_told_at_its_end_too() -> None:
    bench = GuestBench(house_channels(1), far_channels(1))
    try:
        async with bench.board.open() as ticks:
            bench.dial(0)
            on = await until(ticks, RingOn)
            off = await until(ticks, RingOff, 2.0)
            assert 7500 <= off.at - on.at <= 9500, (on, off)
    finally:
        bench.close()


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    return [
        (test.__name__, test)
        for test in (
            the_kernel_is_surveyed,
            eight_trunks_ring_answer_and_talk_at_once,
            a_ring_is_told_at_its_end_too,
            a_dropped_loop_is_told_with_its_length,
            a_loop_that_drops_just_after_the_answer_is_told,
            a_flash_reaches_the_exchange,
            glare_is_seen,
            the_kernel_dials_for_us,
            an_extension_rings_talks_flashes_and_hangs_up,
            a_handset_replaced_after_our_release_is_told_and_no_frame_was_lost,
            bits_of_a_time_slot_go_both_ways,
        )
    ]
