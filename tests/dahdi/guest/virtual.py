"""What only a card has: polarity, callers' numbers on hook, cut wires, echo, removal. On the virtual analogue card."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from dahdi.guest.benches import GuestBench
from dahdi.guest.exchange import configure, start_span
from dahdi.guest.hearing import level, take, tone, until
from drivers.base import (
    TICK_SAMPLES,
    BoardLost,
    Hook,
    LineFault,
    LineOk,
    Polarity,
    PortKind,
    RingOff,
    RingOn,
)
from drivers.dahdi.abi import HookOperation, Signalling
from drivers.dahdi.settings import DahdiSettings
from dsp.detections import DigitOn
from dsp.ears import Ears
from dsp.plan import load_plan
from dsp.tones import keys, render

ROOT = Path(__file__).resolve().parents[3]
TRUNKS = 8
WIRES = 9
PARAMETERS = Path("/sys/module/virtual_board/parameters")
DRIVER = Path("/sys/bus/platform/drivers/virtual_board")
DEVICE = "virtual_board.0"
TOOLS = "/mnt/modules"


@cache
def loaded() -> None:
    subprocess.run([f"{TOOLS}/busybox", "insmod", f"{TOOLS}/virtual_board.ko"], check=True)
    configured()


def configured() -> None:
    for span in (1, 2):
        start_span(span, digital=False)
    for wire in range(1, WIRES + 1):
        trunk = wire <= TRUNKS
        configure(wire, Signalling.FXSKS if trunk else Signalling.FXOKS)
        configure(wire + WIRES, Signalling.FXOKS if trunk else Signalling.FXSKS)


def turn(parameter: str, value: int) -> None:
    loaded()
    (PARAMETERS / parameter).write_text(str(value))


def bench_of(trunks: int, *, canceller: str = "") -> GuestBench:
    loaded()
    settings = DahdiSettings(
        channels=tuple(range(1, trunks + 1)), kinds=(PortKind.FXO,) * trunks, echo_canceller=canceller
    )
    return GuestBench(range(0), range(WIRES + 1, WIRES + 1 + trunks), settings)


async def answered(bench: GuestBench, ticks: object, port: int = 0) -> None:
    bench.dial(port)
    await until(ticks, RingOn)
    bench.board.hook(port, Hook.OFF)
    await take(ticks, 10)
    assert bench.lines[port].answered


async def a_number_between_reversal_and_ring_is_heard_on_hook() -> str:
    bench = bench_of(TRUNKS)
    ears = Ears(TRUNKS, load_plan(ROOT / "config/tones/cn.toml"))
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 10)
            bench.lines[3].polarity(reversed_=True)
            there = await until(ticks, Polarity, 0.5)
            assert isinstance(there, Polarity)
            assert (there.port, there.reversed) == (3, True)
            bench.lines[3].say(render(keys("D01062345678C", on_ms=60, off_ms=60)))
            digits = ""
            for tick in await take(ticks, 100):
                digits += "".join(d.digit for d in ears.hear(tick.heard) if isinstance(d, DigitOn) and d.row == 3)
            assert digits == "D01062345678C", digits
            bench.lines[3].polarity(reversed_=False)
            back = await until(ticks, Polarity, 0.5)
            assert isinstance(back, Polarity)
            assert not back.reversed
        return f"digits on hook: {digits}"
    finally:
        bench.close()


async def keys_are_heard_while_we_speak() -> str:
    bench = bench_of(TRUNKS)
    ears = Ears(TRUNKS, load_plan(ROOT / "config/tones/cn.toml"))
    try:
        async with bench.board.open() as ticks:
            await answered(bench, ticks)
            bench.lines[0].say(render(keys("1590*#", on_ms=80, off_ms=80)))
            digits = ""
            frame = np.zeros((TRUNKS, TICK_SAMPLES), np.int16)
            frame[0] = tone(1004, 0.02, 1000)
            for _ in range(70):
                tick = await anext(ticks)
                bench.board.speak(frame)
                digits += "".join(d.digit for d in ears.hear(tick.heard) if isinstance(d, DigitOn) and d.row == 0)
            assert digits == "1590*#", digits
        return f"keys: {digits}"
    finally:
        bench.close()


async def a_cut_wire_is_a_fault_and_comes_back() -> None:
    bench = bench_of(2)
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 10)
            turn("cut", 0b10)
            fault = await until(ticks, LineFault, 0.5)
            assert isinstance(fault, LineFault)
            assert fault.port == 1
            assert not bench.board.line_state(1).battery
            turn("cut", 0)
            ok = await until(ticks, LineOk, 0.5)
            assert ok.port == 1
        turn("cut", 0b01)
        await asyncio.sleep(0.05)
        async with bench.board.open() as ticks:
            fault = await until(ticks, LineFault, 0.1)  # it is told when we come too
            assert fault.port == 0
    finally:
        turn("cut", 0)
        bench.close()


async def the_delay_to_the_copper_is_what_the_board_says() -> str:
    """The hybrid sends our own voice back; its first sample tells when it was on the copper."""
    bench = bench_of(1)
    turn("echo_shift", 1)
    turn("echo_delay", 8)
    measured = []
    try:
        async with bench.board.open() as ticks:
            await answered(bench, ticks)
            silent, click = np.zeros((1, TICK_SAMPLES), np.int16), np.zeros((1, TICK_SAMPLES), np.int16)
            click[0, :8] = 16000
            for number in range(60):
                tick = await anext(ticks)
                bench.board.speak(click if number % 20 == 10 else silent)
                if number % 20 == 10:
                    said_at = tick.at
                if (loud := np.flatnonzero(np.abs(tick.heard[0]) > 2000)).size:
                    measured.append(tick.at - TICK_SAMPLES + int(loud[0]) - said_at)
        delay = bench.board.transmit_delay_samples
        assert len(measured) >= 3, measured
        assert all(delay <= m <= delay + 24 for m in measured[:3]), (measured, delay)
        return f"from speak to our own ear {measured} samples with 8 of line; the board says {delay}"
    finally:
        turn("echo_shift", 0)
        turn("echo_delay", 0)
        bench.close()


async def the_kernels_canceller_takes_the_echo_away() -> str:
    bench = bench_of(1, canceller="MG2")
    turn("echo_shift", 2)
    turn("echo_delay", 8)
    generator = np.random.default_rng(1)
    try:
        async with bench.board.open() as ticks:
            assert not bench.board.health().alarms, bench.board.health()
            await answered(bench, ticks)
            levels = []
            for on in (False, True):
                bench.board.echo_cancel(0, on=on)
                heard = []
                for _ in range(150):
                    heard.append((await anext(ticks)).heard[0])
                    bench.board.speak(generator.normal(0, 2000, (1, TICK_SAMPLES)).astype(np.int16))
                levels.append(level(np.concatenate(heard[-50:])))
        assert levels[1] < levels[0] / 4, levels
        return f"echo {levels[0]:.0f} without, {levels[1]:.0f} with MG2 (rms)"
    finally:
        turn("echo_shift", 0)
        turn("echo_delay", 0)
        bench.close()


async def gains_are_applied_both_ways() -> str:
    bench = bench_of(1)
    try:
        async with bench.board.open() as ticks:
            await answered(bench, ticks)
            levels = []
            for rx_db, tx_db in ((0.0, 0.0), (6.0, -6.0)):
                bench.board.gain(0, rx_db=rx_db, tx_db=tx_db)
                bench.lines[0].say(tone(800, 0.8, 4000))
                for _ in range(30):
                    tick = await anext(ticks)
                    bench.board.speak(tone(800, 0.02, 4000).reshape(1, -1))
                levels.append((level(tick.heard[0]), level(bench.lines[0].heard)))
                await take(ticks, 30)
        receive_db = 20 * np.log10(levels[1][0] / levels[0][0])
        transmit_db = 20 * np.log10(levels[1][1] / levels[0][1])
        assert abs(receive_db - 6) < 0.5, levels
        assert abs(transmit_db + 6) < 0.5, levels
        return f"receive {receive_db:+.1f} dB, transmit {transmit_db:+.1f} dB"
    finally:
        bench.close()


async def a_line_that_rings_when_we_come_is_told() -> None:
    bench = bench_of(1)
    try:
        line = bench.lines[0]
        await asyncio.sleep(1.0)  # after an earlier test it may still be dropping its loop
        assert line.hook(HookOperation.RING), line.params()
        await asyncio.sleep(0.05)
        bench.opened = lambda: None  # type: ignore[method-assign]  # leave it ringing
        async with bench.board.open() as ticks:
            await until(ticks, RingOn, 0.1)
            await until(ticks, RingOff, 1.2)
    finally:
        bench.close()


async def missed_interrupts_are_counted() -> str:
    bench = bench_of(1)
    try:
        async with bench.board.open() as ticks:
            await take(ticks, 5)
            before = bench.board.health().irq_misses
            turn("skip", 30)
            await take(ticks, 5)
            missed = bench.board.health().irq_misses - before
        assert missed == 30, missed
        return f"{missed} of 30"
    finally:
        bench.close()


async def a_hold_up_of_the_process_is_survived() -> str:
    """100 ms lose nothing that was heard; 400 ms lose ticks, and the clock says so."""
    bench = bench_of(TRUNKS)
    silent = np.zeros((TRUNKS, TICK_SAMPLES), np.int16)
    try:
        async with bench.board.open() as ticks:
            times = []
            for number in range(100):
                if number == 30:
                    time.sleep(0.1)  # noqa: ASYNC251  the hold-up
                if number == 60:
                    lost_before = bench.board.health().ticks_lost
                    time.sleep(0.4)  # noqa: ASYNC251  the hold-up
                times.append((await anext(ticks)).at)
                bench.board.speak(silent)
            health = bench.board.health()
        assert lost_before == 0
        assert 8 <= health.ticks_lost <= 16, health
        assert health.clock_slips == 0, health
        return str(health)
    finally:
        bench.close()


async def a_card_that_is_pulled_is_lost_and_comes_back() -> None:
    bench = bench_of(2)
    bench.close()  # its far ends are on the same card
    bench.lines = []

    async def opened(ticks_wanted: int, *, pull: bool = False) -> None:
        async with bench.board.open() as ticks:
            await anext(ticks)
            if pull:
                (DRIVER / "unbind").write_text(DEVICE)
            await take(ticks, ticks_wanted)

    with pytest.raises(BoardLost, match="removed"):
        await opened(100, pull=True)
    with pytest.raises(BoardLost, match="does not exist"):
        await opened(1)
    (DRIVER / "bind").write_text(DEVICE)
    with pytest.raises(BoardLost, match="dahdi_cfg"):
        await opened(1)
    configured()
    await opened(5)


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    return [
        (test.__name__, test)
        for test in (
            a_number_between_reversal_and_ring_is_heard_on_hook,
            keys_are_heard_while_we_speak,
            a_cut_wire_is_a_fault_and_comes_back,
            the_delay_to_the_copper_is_what_the_board_says,
            the_kernels_canceller_takes_the_echo_away,
            gains_are_applied_both_ways,
            a_line_that_rings_when_we_come_is_told,
            missed_interrupts_are_counted,
            a_hold_up_of_the_process_is_survived,
            a_card_that_is_pulled_is_lost_and_comes_back,
        )
    ]
