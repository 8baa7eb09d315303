"""Debian's baresip, driven by its control socket."""

import json
import socket
import subprocess
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sip.programs import free_port, running, wait_for

SAYS_HZ = 500
CONFIG = """
sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {home}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
audio_source aufile,{says}
audio_player aubridge,ear
audio_alert aubridge,bell
rtp_ports {rtp}-{rtp_last}
audio_srate 8000-8000
jitter_buffer_delay 1-3
"""


@dataclass(slots=True)
class Telephone:
    process: subprocess.Popen[bytes]
    log: Path
    home: Path
    _control: socket.socket

    @property
    def hears(self) -> Path:
        """What was heard in the last call, once it is over."""
        return max(self.home.glob("dump-*-dec.wav"))

    def until(self, word: str, limit_s: float = 20.0) -> None:
        wait_for(self.log, word, self.process, limit_s)

    def dial(self, uri: str) -> None:
        self._say("dial", uri)

    def press(self, key: str) -> None:
        self._say("sndcode", key)

    def hang_up(self) -> None:
        self._say("hangup")

    def answer(self) -> None:
        self._say("accept")

    def hold(self) -> None:
        self._say("hold")

    def resume(self) -> None:
        self._say("resume")

    def _say(self, command: str, params: str = "") -> None:
        text = json.dumps({"command": command, "params": params, "token": command})
        self._control.sendall(f"{len(text)}:{text},".encode())


@contextmanager
def telephone(folder: Path, *, user: str, password: str, registrar: int) -> Iterator[Telephone]:
    """Registered at 127.0.0.1:`registrar` with digest."""
    home = folder / f"baresip-{user}"
    home.mkdir()
    modules = next(Path("/usr/lib").rglob("baresip/modules/g711.so")).parent
    control, rtp = free_port(), free_port() & ~1
    says = home / "says.wav"
    _tone(says)
    (home / "config").write_text(
        CONFIG.format(
            sip=free_port(),
            control=control,
            modules=modules,
            says=says,
            home=home,
            rtp=rtp,
            rtp_last=rtp + 20,
        )
    )
    (home / "accounts").write_text(
        f"<sip:{user}@127.0.0.1:{registrar}>;auth_user={user};auth_pass={password};regint=120;audio_codecs=PCMA\n"
    )
    (home / "contacts").write_text("")
    log = home / "log"
    with running(["baresip", "-f", str(home), "-v", "-s"], log, home) as process:
        wait_for(log, "ctrl_tcp", process, 20.0)
        time.sleep(0.3)
        with socket.create_connection(("127.0.0.1", control), 5.0) as connection:
            yield Telephone(process, log, home, connection)


def _tone(file: Path) -> None:
    """A minute of a voice's loudness, so that something is always sent."""
    samples = 2000 * np.sin(2 * np.pi * SAYS_HZ * np.arange(60 * 8000) / 8000)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.astype("<i2").tobytes())
