"""The driver on a real tty, in real time, against the emulator that `vm` and `vgetty` accept."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from drivers.base import CallerIdRead, DtmfDown, Hook, LineFault, LineOk, RingOn, Signal, Tick, ToneRead
from drivers.modem.board import ModemBoard
from drivers.modem.link import LinkLost, SerialLink
from drivers.modem.session import State
from modem.pty_modem import PtyModem

T = np.arange(8000 * 20) / 8000
VOICE = (8000 * np.sin(2 * np.pi * 700 * T)).astype(np.int16)
PROMPT = (6000 * np.sin(2 * np.pi * 440 * T)).astype(np.int16)
PATIENCE_S = 20.0


def loudest_hz(samples: np.ndarray) -> float:
    wave = samples.astype(float) * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * 8000 / len(samples))


class House:
    def __init__(self, board: ModemBoard, ticks: AsyncIterator[Tick]) -> None:
        self.board = board
        self._ticks = ticks
        self.facts: list[Signal] = []
        self.heard: list[np.ndarray] = []
        self.saying = np.zeros(0, np.int16)

    async def until(self, true: Callable[[], object]) -> None:
        begun = asyncio.get_running_loop().time()
        while not true():
            assert asyncio.get_running_loop().time() - begun < PATIENCE_S, (self.state, self.facts, self.board.health())
            tick = await anext(self._ticks)
            self.facts += tick.signals
            self.heard.append(tick.heard[0])
            frame = np.zeros((1, 160), np.int16)
            now, self.saying = self.saying[:160], self.saying[160:]
            frame[0, : len(now)] = now
            self.board.speak(frame)

    async def passes(self, ticks: int) -> None:
        end = len(self.heard) + ticks
        await self.until(lambda: len(self.heard) >= end)

    @property
    def state(self) -> State:
        return self.board.lines[0].session.state

    def of(self, kind: type) -> list[Signal]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


async def test_a_whole_call_answered_greeted_recorded_and_hung_up_on_busy_tone() -> None:
    with PtyModem() as modem:
        board = ModemBoard.from_settings({"lines": 1, "line_1": {"device": modem.path}})
        async with board.open() as ticks:
            house = House(board, ticks)
            await house.until(lambda: house.state is State.ON_HOOK)
            with modem.lock:
                modem.modem.ring("13800138000")
            await house.until(lambda: house.of(CallerIdRead))
            assert house.of(RingOn)
            board.hook(0, Hook.OFF)
            await house.until(lambda: house.state is State.LISTENING)
            house.saying = PROMPT[:8000]
            await house.until(lambda: house.state is State.SPEAKING)
            with modem.lock:
                modem.modem.key("7")
            await house.until(lambda: house.state is State.LISTENING)
            played = np.trim_zeros(np.concatenate(modem.modem.all_heard))
            assert loudest_hz(played) == pytest.approx(440, abs=3)
            assert len(played) == pytest.approx(8000, abs=400)
            assert modem.modem.underruns == 0
            with modem.lock:
                modem.modem.say(VOICE)
            await house.passes(60)
            recorded = np.concatenate(house.heard[-50:])
            assert loudest_hz(recorded) == pytest.approx(700, abs=2)
            assert [fact.digit for fact in house.of(DtmfDown)] == ["7"]
            with modem.lock:
                modem.modem.busy()
            await house.until(lambda: house.of(ToneRead))
            board.hook(0, Hook.ON)
            await house.until(lambda: not modem.modem.off_hook)
            assert not house.of(LineFault)


async def test_leaving_hangs_up_and_gives_the_port_back() -> None:
    with PtyModem() as modem:
        board = ModemBoard.from_settings({"lines": 1, "line_1": {"device": modem.path}})
        async with board.open() as ticks:
            house = House(board, ticks)
            await house.until(lambda: house.state is State.ON_HOOK)
            board.hook(0, Hook.OFF)
            await house.until(lambda: modem.modem.off_hook)
        assert not modem.modem.off_hook
        assert sum(path == Path(modem.path) for path in open_files()) == 1  # the emulator's own


def open_files() -> list[Path]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the folder's own is closed by now
            found.append(entry.readlink())
    return found


async def test_a_modem_that_is_pulled_out_and_plugged_in_again(tmp_path: Path) -> None:
    """The name stays the same, as /dev/serial/by-path has it."""
    name = tmp_path / "modem"
    with PtyModem() as first:
        name.symlink_to(first.path)
        board = ModemBoard.from_settings({"lines": 1, "line_1": {"device": str(name)}})
        async with board.open() as ticks:
            house = House(board, ticks)
            await house.until(lambda: house.state is State.ON_HOOK)
            name.unlink()
            first.unplug()
            await house.until(lambda: house.of(LineFault))
            assert "is the cable plugged in" in house.of(LineFault)[0].reason
            await house.passes(120)
            assert any("is not there" in alarm for alarm in board.health().alarms)
            with PtyModem() as second:
                name.symlink_to(second.path)
                await house.until(lambda: house.of(LineOk))
                assert house.board.health().alarms == ()


def outcome_of(link: SerialLink) -> str:
    for _ in range(1000):
        try:
            if link.poll() is not None:
                return "open"
        except LinkLost as lost:
            return str(lost)
        time.sleep(0.01)
    return "nothing"


def test_a_port_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert "is the modem plugged in" in outcome_of(SerialLink(str(tmp_path / "none"), 115200, pool))


def test_what_is_no_serial_port_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no modem")
    with ThreadPoolExecutor(1) as pool:
        assert "cannot be opened" in outcome_of(SerialLink(str(tmp_path / "file"), 115200, pool))


def test_a_port_that_another_program_holds_is_told_in_words() -> None:
    with PtyModem() as modem, ThreadPoolExecutor(1) as pool:
        first, second = SerialLink(modem.path, 115200, pool), SerialLink(modem.path, 115200, pool)
        assert outcome_of(first) == "open"
        assert "in use by another program" in outcome_of(second)
        first.close()
        second.close()
