"""A sound card that needs no hardware: PulseAudio with null sinks, seen by PortAudio through ALSA's pulse plugin."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

PULSE = """\
load-module module-null-sink sink_name=to_line rate=8000 channels=1 format=s16le
load-module module-null-sink sink_name=from_line rate=8000 channels=1 format=s16le
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
"""

PCM = """\
pcm.{name} {{
    type pulse
    server "unix:{socket}"
    device "{device}"
    hint {{ show on description "{name}" }}
}}
"""


def why_not() -> str:
    """Empty: it can run here."""
    for tool in ("pulseaudio", "parec", "pacat"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (Debian: pulseaudio, libasound2-plugins)"
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        return "ALSA's pulse plugin is not installed (Debian: libasound2-plugins)"
    try:
        import pyaudio  # noqa: F401, PLC0415  an extra
    except ImportError:
        return "PyAudio is not installed (extra soundcard; needs portaudio19-dev)"
    return ""


class NullSinks:
    """`speaker` and `microphone` are names for PortAudio; `line_*` is the far end, by PulseAudio's own tools."""

    speaker = "speaker_jack"
    microphone = "microphone_jack"

    def __init__(self, root: Path) -> None:
        self.socket = root / "native"
        self.alsa_config = root / "asound.conf"
        self._root = root

    def environment(self) -> dict[str, str]:
        return {"ALSA_CONFIG_PATH": str(self.alsa_config), "PULSE_SERVER": f"unix:{self.socket}"}

    @contextmanager
    def running(self) -> Iterator["NullSinks"]:
        (self._root / "pulse.pa").write_text(PULSE.format(socket=self.socket))
        pcms = {self.speaker: "to_line", self.microphone: "from_line.monitor"}
        self.alsa_config.write_text(
            "</usr/share/alsa/alsa.conf>\n"
            + "".join(PCM.format(name=name, device=device, socket=self.socket) for name, device in pcms.items())
        )
        words = ["--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-n", "-F", str(self._root / "pulse.pa")]
        home = {"HOME": str(self._root), "XDG_RUNTIME_DIR": str(self._root), "PATH": "/usr/bin:/bin"}
        with (self._root / "pulse.log").open("wb") as log:
            server = subprocess.Popen(["pulseaudio", *words], env=home, stdout=log, stderr=log)
            try:
                for _ in range(100):
                    if self.socket.exists() or server.poll() is not None:
                        break
                    time.sleep(0.05)
                assert self.socket.exists(), (self._root / "pulse.log").read_text()
                yield self
            finally:
                server.terminate()
                server.wait(10)

    def _tool(self, *words: str) -> list[str]:
        form = ["--raw", "--rate=8000", "--channels=1", "--format=s16le", "--latency-msec=40"]
        return [words[0], "-s", f"unix:{self.socket}", *words[1:], *form]

    @contextmanager
    def line_hears(self) -> Iterator[Path]:
        """What the house sends to the line, in a file that grows."""
        path = self._root / "heard.raw"
        with path.open("wb") as file:
            tool = subprocess.Popen(self._tool("parec", "-d", "to_line.monitor"), stdout=file)
            try:
                yield path
            finally:
                tool.terminate()
                tool.wait(10)

    @contextmanager
    def line_says(self, samples: np.ndarray) -> Iterator[None]:
        path = self._root / "said.raw"
        path.write_bytes(samples.astype("<i2").tobytes())
        with path.open("rb") as file:
            tool = subprocess.Popen(self._tool("pacat", "-p", "-d", "from_line"), stdin=file)
            try:
                yield
            finally:
                tool.terminate()
                tool.wait(10)
