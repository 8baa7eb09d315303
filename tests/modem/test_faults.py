"""Modems that say NO CARRIER, garbage or nothing, and cables that are pulled: told in words, over by itself."""

from dataclasses import replace

import numpy as np
import pytest

from drivers.base import (
    Hook,
    LineFault,
    LineOk,
    RingOff,
    RingOn,
)
from drivers.modem.session import State
from modem.bench import ModemBench
from modem.emulator import Make
from modem.house import SECOND, House


async def test_no_carrier_in_a_call_takes_the_port_out_and_it_comes_back() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.modem.line_says("NO CARRIER")
        await house.until(lambda: house.of(LineFault))
        assert house.of(LineFault)[0].reason == "the modem on port 0 said NO CARRIER in the call"
        assert any("NO CARRIER" in alarm for alarm in bench.board.health().alarms)
        await house.until(lambda: house.of(LineOk))
        assert not bench.board.health().alarms
        assert not house.modem.off_hook
        house.facts.clear()
        await house.answers()


async def test_a_pulled_cable_is_told_in_words_and_forgiven() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        bench.links[0].plugged = False
        await house.until(lambda: house.of(LineFault))
        assert house.of(LineFault)[0].reason == "the cable was pulled"
        await house.passes(3 * SECOND)
        house.modem.power_cycle()
        bench.links[0].plugged = True
        await house.until(lambda: house.of(LineOk))
        house.facts.clear()
        await house.answers()
        assert [type(fact) for fact in house.facts] == [RingOn, RingOff], (house.facts, house.modem.commands)


async def test_only_the_port_whose_cable_was_pulled_is_out() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        bench.links[1].plugged = False
        await house.answers()
        assert not house.of(LineFault)


async def test_a_modem_that_stops_answering_is_noticed_while_it_is_idle() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.session.state is State.ON_HOOK)
        house.modem.mute = True
        await house.until(lambda: house.of(LineFault), within=40 * SECOND)
        assert "does not answer" in house.of(LineFault)[0].reason
        house.modem.mute = False
        await house.until(lambda: house.of(LineOk), within=20 * SECOND)


async def test_a_modem_that_records_but_sends_nothing_is_noticed() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.modem.mute = True
        await house.until(lambda: house.of(LineFault), within=2 * SECOND)
        assert "no audio" in house.of(LineFault)[0].reason


async def test_a_recording_that_cannot_be_stopped_is_a_fault_and_no_hang() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.modem.deaf_to_stop = True
        bench.board.hook(0, Hook.ON)
        await house.until(lambda: house.of(LineFault), within=4 * SECOND)
        assert "the end of recording" in house.of(LineFault)[0].reason


@pytest.mark.parametrize("seed", range(4))
async def test_garbage_is_told_and_survived(seed: int) -> None:
    """Noise of every byte in every state; afterwards the modem is itself again, and so is the line."""
    dice = np.random.default_rng(seed)
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        if seed % 2:
            await house.answers()
        house.modem.noise = lambda samples: dice.integers(0, 256, samples, np.uint8).tobytes()
        await house.until(lambda: house.of(LineFault), within=60 * SECOND)
        await house.passes(10 * SECOND)
        house.modem.noise = None
        house.modem.power_cycle()
        house.facts.clear()
        await house.until(lambda: house.of(LineOk), within=30 * SECOND)


async def test_a_modem_that_a_dead_daemon_left_recording_off_hook_is_put_right() -> None:
    bench = ModemBench()
    modem = bench.modems[0]
    modem.receive(b"ATE0\rAT+FCLASS=8\rAT+VLS=1\rAT+VRX\r")
    for _ in range(100):
        modem.advance(160)
    modem.take()
    assert modem.off_hook
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.session.state is State.ON_HOOK)
        assert not modem.off_hook
        assert not house.of(LineFault)
        await house.answers()


async def test_a_modem_without_voice_is_refused_in_words() -> None:
    bench = ModemBench((replace(Make(), voice=False),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.of(LineFault))
    assert "knows no voice" in house.of(LineFault)[0].reason
