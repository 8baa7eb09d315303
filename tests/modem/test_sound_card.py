"""The variant with the audio on a sound card: PortAudio against PulseAudio's null sinks, AT commands on a terminal."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.base import Capability, Hook, LineFault, RingOn, Tick
from drivers.modem.board import ModemBoard
from drivers.modem.session import State
from modem.null_sinks import NullSinks, why_not
from modem.pty_modem import PtyModem

needs_sinks = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")
T = np.arange(8000 * 20) / 8000
VOICE = (8000 * np.sin(2 * np.pi * 700 * T)).astype(np.int16)
PROMPT = (6000 * np.sin(2 * np.pi * 440 * T)).astype(np.int16)


def loudest_hz(samples: np.ndarray) -> float:
    wave = samples.astype(float) * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * 8000 / len(samples))


@pytest.fixture
def sinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NullSinks]:
    with NullSinks(tmp_path).running() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


async def passes(board: ModemBoard, ticks: AsyncIterator[Tick], count: int, saying: np.ndarray) -> np.ndarray:
    """(count * 160,): what the house heard meanwhile."""
    heard = []
    for number in range(count):
        tick = await anext(ticks)
        heard.append(tick.heard[0])
        board.speak(saying[None, number * 160 : (number + 1) * 160])
    return np.concatenate(heard)


def board_on(modem: PtyModem, microphone: str, speaker: str) -> ModemBoard:
    line = {"device": modem.path, "microphone": microphone, "speaker": speaker}
    return ModemBoard.from_settings({"lines": 1, "line_1": line})


@needs_sinks
async def test_caller_and_house_hear_each_other_at_once(sinks: NullSinks) -> None:
    with PtyModem() as modem, sinks.line_says(VOICE), sinks.line_hears() as path:
        board = board_on(modem, sinks.microphone, sinks.speaker)
        assert board.ports[0].capabilities & Capability.FULL_DUPLEX
        async with board.open() as ticks:
            session = board.lines[0].session
            for _ in range(400):
                await anext(ticks)
                if session.state is State.ON_HOOK and not board.health().alarms and board.lines[0].sound is not None:
                    break
            with modem.lock:
                modem.modem.ring()
            rang = False
            for _ in range(100):
                rang = rang or any(isinstance(fact, RingOn) for fact in (await anext(ticks)).signals)
            assert rang
            silent = await passes(board, ticks, 20, np.zeros(20 * 160, np.int16))
            assert not silent.any()  # on hook the caller is not heard
            board.hook(0, Hook.OFF)
            await passes(board, ticks, 60, PROMPT)
            assert "+VLS=5" in modem.modem.commands
            heard = await passes(board, ticks, 100, PROMPT)
            sound = board.lines[0].sound
            lost = sound.samples_lost
            more = await passes(board, ticks, 250, PROMPT[: 160 * 250])
            figures = sound.samples_lost - lost, sound.drift_samples
            board.hook(0, Hook.ON)
            await passes(board, ticks, 30, np.zeros(30 * 160, np.int16))
            assert not modem.modem.off_hook
        assert loudest_hz(heard[-8000:]) == pytest.approx(700, abs=2)
        assert loudest_hz(more) == pytest.approx(700, abs=2)
        data = path.read_bytes()
        told = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
        loud = told[np.flatnonzero(np.abs(told) > 1000)[0] :][: 8000 * 6]
        assert loudest_hz(loud[8000:24000]) == pytest.approx(440, abs=2)
        print("samples lost and drift in 5 s:", figures)  # noqa: T201  a figure for the log


@needs_sinks
async def test_a_device_that_is_not_there_is_told_in_words_with_those_that_are(sinks: NullSinks) -> None:
    with PtyModem() as modem:
        board = board_on(modem, "no such jack", sinks.speaker)
        async with board.open() as ticks:
            for _ in range(400):
                facts = (await anext(ticks)).signals
                if alarms := board.health().alarms:
                    break
        assert "no such jack" in next(fact.reason for fact in facts if isinstance(fact, LineFault))
        assert any("no such jack" in alarm and sinks.microphone in alarm for alarm in alarms)


async def test_without_pyaudio_the_alarm_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyaudio", None)
    with PtyModem() as modem:
        board = board_on(modem, "a", "b")
        async with board.open() as ticks:
            for _ in range(100):
                await anext(ticks)
                if alarms := board.health().alarms:
                    break
        assert any("hospital-cti[soundcard]" in alarm for alarm in alarms)
