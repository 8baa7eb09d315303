"""Debian's `vm` and `vgetty`, decades old and nobody's friends, complete their sessions with our emulator.

All sessions run at once, each with a modem and folders of its own, because they mostly wait.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from modem.mgetty_tools import Folders, why_not
from modem.pty_modem import PtyModem

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can"),
]

PATIENCE_S = 90.0  # a whole session takes 10 to 20 s on an idle machine
SECONDS = np.arange(8000 * 30) / 8000
VOICE = (8000 * np.sin(2 * np.pi * 700 * SECONDS)).astype(np.int16)
HEADER = b"RMD1" + b"V253modem".ljust(16, b"\0") + b"\x00\x01\x1f\x40\x08" + bytes(7)  # unsigned, 8000 Hz, 8 bits
GREETING = (6000 * np.sin(2 * np.pi * 440 * SECONDS[:8000])).astype(np.int16)
NUMBER = "13800138000"


def raw(samples: np.ndarray) -> bytes:
    """A voice file of mgetty's."""
    return HEADER + (samples // 256 + 128).astype(np.uint8).tobytes()


def until(true: Callable[[], bool], what: str) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE_S, what
        time.sleep(0.05)


@dataclass(frozen=True)
class Session:
    commands: list[str]
    heard: np.ndarray  # by the far end
    file: bytes = b""
    name: str = ""
    on_hook: bool = True


def loudest_hz(samples: np.ndarray) -> float:
    wave = samples.astype(float) * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * 8000 / len(samples))


def told(modem: PtyModem, **more: object) -> Session:
    heard = modem.modem.all_heard
    whole = np.concatenate(heard) if heard else np.zeros(0, np.int16)
    return Session(modem.modem.commands, whole, on_hook=not modem.modem.off_hook, **more)  # type: ignore[arg-type]


def record(root: Path) -> Session:
    with PtyModem() as modem, ThreadPoolExecutor(1) as pool:
        folders = Folders(root, modem.path)
        target = root / "recorded.rmd"
        done = pool.submit(folders.vm, "record", "-t", "-c", "1", str(target), timeout_s=PATIENCE_S)
        until(lambda: "+VRX" in modem.modem.commands, "vm records")
        with modem.lock:
            modem.modem.say(VOICE)
        time.sleep(3)
        with modem.lock:
            modem.modem.busy()
        done.result()
        return told(modem, file=target.read_bytes())


def play(root: Path) -> Session:
    with PtyModem() as modem:
        folders = Folders(root, modem.path)
        (root / "greeting.rmd").write_bytes(raw(GREETING))
        folders.vm("play", "-t", str(root / "greeting.rmd"), timeout_s=PATIENCE_S)
        return told(modem)


def dial(root: Path) -> Session:
    with PtyModem() as modem:
        Folders(root, modem.path).vm("dial", "114", timeout_s=PATIENCE_S)
        return told(modem)


def beep(root: Path) -> Session:
    with PtyModem() as modem:
        Folders(root, modem.path).vm("beep", "-t", timeout_s=PATIENCE_S)
        return told(modem)


def answer(root: Path) -> Session:
    """An answering machine's whole call: ring, number, greeting, beep, message with a key in it, busy tone."""
    with PtyModem() as modem:
        folders = Folders(root, modem.path)
        (root / "spool" / "messages" / "standard").write_bytes(raw(GREETING))
        with folders.vgetty():
            until(lambda: "+VDR=1,15" in modem.modem.commands, "vgetty has set the modem up")
            time.sleep(3)
            with modem.lock:
                modem.modem.ring(NUMBER)
            until(lambda: "+VRX" in modem.modem.commands, "vgetty has answered and records")
            with modem.lock:
                modem.modem.say(VOICE)
            time.sleep(2)
            with modem.lock:
                modem.modem.key("5")
            time.sleep(1)
            with modem.lock:
                modem.modem.busy()
            until(lambda: not modem.modem.off_hook, "vgetty has hung up")
            kept = root / "spool" / "incoming"
            until(lambda: any(kept.iterdir()), "vgetty has kept the message")
            path = next(kept.iterdir())
            return told(modem, file=path.read_bytes(), name=path.name + folders.logs())


SESSIONS = (record, play, dial, beep, answer)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Session]]:
    roots = {session: tmp_path_factory.mktemp(session.__name__) for session in SESSIONS}
    with ThreadPoolExecutor(len(SESSIONS)) as pool:
        running = {session.__name__: pool.submit(session, root) for session, root in roots.items()}
        yield {name: future.result() for name, future in running.items()}


def test_vm_records_what_the_caller_says_until_busy_tone(sessions: dict[str, Session]) -> None:
    file = sessions["record"].file
    assert file.startswith(HEADER[:13])
    samples = (np.frombuffer(file[32:], np.uint8).astype(int) - 128) * 256
    assert 2 * 8000 < len(samples) < 8 * 8000
    assert loudest_hz(samples[8000:16000]) == pytest.approx(700, abs=2)
    assert sessions["record"].on_hook


def test_what_vm_plays_is_heard_at_the_far_end_sample_by_sample(sessions: dict[str, Session]) -> None:
    heard = sessions["play"].heard
    np.testing.assert_array_equal(np.trim_zeros(heard), np.trim_zeros((GREETING // 256 * 256).astype(np.int16)))


def test_vm_dials_and_beeps(sessions: dict[str, Session]) -> None:
    assert "D114" in sessions["dial"].commands
    assert any(command.startswith("+VTS=[") for command in sessions["beep"].commands)


def test_vgetty_answers_greets_beeps_records_and_hangs_up_on_busy(sessions: dict[str, Session]) -> None:
    session = sessions["answer"]
    assert loudest_hz(session.heard[:8000]) == pytest.approx(440, abs=2)
    assert session.commands.index("+VTX") < session.commands.index("+VTS=[933,,30]") < session.commands.index("+VRX")
    samples = (np.frombuffer(session.file[32:], np.uint8).astype(int) - 128) * 256
    assert loudest_hz(samples[4000:12000]) == pytest.approx(700, abs=2)
    assert session.on_hook


def test_vgetty_reads_the_callers_number_and_a_key(sessions: dict[str, Session]) -> None:
    assert NUMBER in sessions["answer"].name
    assert "RECEIVED_DTMF" in sessions["answer"].name
    assert "BUSY_TONE" in sessions["answer"].name
