"""A modem's audio jacks through a sound card, by PortAudio (extra `soundcard`).

PortAudio's own threads call `_came` and `_wanted`; between them and the tick stand two elastic buffers, which also bear
that the card's crystal is not the machine's clock: a buffer that grows or shrinks is trimmed where it is quiet.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES
from drivers.elastic import Elastic
from drivers.modem.codings import Converter

TARGET: Final = 3 * TICK_SAMPLES  # measured: callbacks of 20 ms come 15 to 24 ms apart
MOST: Final = 10 * TICK_SAMPLES
RETRY_TICKS: Final = 250  # 5 s: opening a device takes up to 1.6 s


class SoundCard:
    """One input and one output device, by a part of their names. Opens in a thread, and again when it breaks."""

    def __init__(self, *, microphone: str, speaker: str, rate_hz: int, opener: ThreadPoolExecutor) -> None:
        self.trouble = ""
        self._microphone: Final = microphone
        self._speaker: Final = speaker
        self._rate_hz: Final = rate_hz
        self._opener: Final = opener
        self._lock: Final = threading.Lock()
        self._heard: Final = Elastic(1, target=TARGET, most=MOST)
        self._spoken: Final = Elastic(1, target=TARGET, most=MOST)
        self._from_card = Converter(rate_hz, RATE_HZ)
        self._to_card = Converter(RATE_HZ, rate_hz)
        self._ready = np.zeros(0, np.int16)  # for the card, at its rate
        self._opening: Future[_Streams] | None = None
        self._streams: _Streams | None = None
        self._ticks_to_retry = 0
        self._silent_ticks = 0
        self._wanted_open = False

    @property
    def drift_samples(self) -> int:
        """Samples dropped or doubled in silence, both ways."""
        return self._heard.trimmed + self._spoken.trimmed

    @property
    def samples_lost(self) -> int:
        """Samples that had to be dropped or were missing where it could be heard."""
        return self._heard.dropped + self._heard.missed + self._spoken.dropped + self._spoken.missed

    # --- from the tick --------------------------------------------------------------------------------------------

    def open(self) -> None:
        self._wanted_open = True
        self._ticks_to_retry = 0
        self._look()

    def close(self) -> None:
        self._wanted_open = False
        if self._opening is not None:
            with suppress(Exception):
                self._streams = self._opening.result(10)
            self._opening = None
        if self._streams is not None:
            self._streams.close()
            self._streams = None

    def hear(self) -> NDArray[np.int16]:
        self._look()
        with self._lock:
            heard: NDArray[np.int16] = self._heard.pop()[0]
        return heard

    def speak(self, frame: NDArray[np.int16]) -> None:
        with self._lock:
            self._spoken.push(frame[np.newaxis])

    def _look(self) -> None:
        """Open it, or again when it stopped."""
        if self._opening is not None:
            if self._opening.done():
                self._opened(self._opening)
                self._opening = None
            return
        if self._streams is not None and not self._streams.run():
            self._streams.close()
            self._streams = None
            self.trouble = f'the sound card "{self._microphone}" stopped: is it plugged in?'
            self._ticks_to_retry = RETRY_TICKS
        if self._streams is None and self._wanted_open:
            self._ticks_to_retry -= 1
            if self._ticks_to_retry <= 0:
                self._opening = self._opener.submit(self._open_streams)

    def _opened(self, opening: "Future[_Streams]") -> None:
        try:
            self._streams = opening.result()
        except Exception as why:  # noqa: BLE001  PortAudio raises OSError, ValueError and its own, all mean: not now
            self.trouble = f'the sound card "{self._microphone}" / "{self._speaker}" cannot be opened: {why}'
            self._ticks_to_retry = RETRY_TICKS
        else:
            self.trouble = ""
            with self._lock:
                self._heard.clear()
                self._spoken.clear()

    # --- from PortAudio's threads ---------------------------------------------------------------------------------

    def _open_streams(self) -> "_Streams":
        return _Streams(self, self._microphone, self._speaker, self._rate_hz)

    def came(self, data: bytes) -> None:
        """The card recorded this."""
        samples = self._from_card.convert(np.frombuffer(data, np.int16))
        with self._lock:
            self._heard.push(samples[np.newaxis])

    def wanted(self, count: int) -> bytes:
        """The card plays this next: `count` samples at its rate."""
        while len(self._ready) < count:
            with self._lock:
                tick = self._spoken.pop()[0]
            self._ready = np.concatenate([self._ready, self._to_card.convert(tick)])
        out, self._ready = self._ready[:count], self._ready[count:]
        return out.tobytes()


class _Streams:
    """Two open streams of PortAudio. Opening blocks up to some seconds."""

    def __init__(self, card: SoundCard, microphone: str, speaker: str, rate_hz: int) -> None:
        audio = _portaudio()
        self._audio: Any = audio.PyAudio()
        self._both: list[Any] = []
        frames = rate_hz * TICK_SAMPLES // RATE_HZ

        def came(data: bytes | None, _count: int, _time: object, _status: int) -> tuple[None, int]:
            card.came(data or b"")
            return None, audio.paContinue

        def wanted(_data: bytes | None, count: int, _time: object, _status: int) -> tuple[bytes, int]:
            return card.wanted(count), audio.paContinue

        common = {"rate": rate_hz, "channels": 1, "format": audio.paInt16, "frames_per_buffer": frames}
        try:
            inward, outward = self._device(microphone, "maxInputChannels"), self._device(speaker, "maxOutputChannels")
            self._both.append(self._audio.open(input=True, input_device_index=inward, stream_callback=came, **common))
            self._both.append(
                self._audio.open(output=True, output_device_index=outward, stream_callback=wanted, **common)
            )
        except Exception:
            self.close()
            raise

    def run(self) -> bool:
        return all(stream.is_active() for stream in self._both)

    def close(self) -> None:
        for stream in self._both:
            with suppress(Exception):
                stream.close()
        self._both.clear()
        self._audio.terminate()

    def _device(self, name: str, channels: str) -> int:
        """The device whose name is this, else the first that has it in its name. Raises ValueError."""
        infos = [self._audio.get_device_info_by_index(index) for index in range(self._audio.get_device_count())]
        able = [info for info in infos if info[channels] > 0]
        exact = [info for info in able if info["name"] == name]
        found = exact or [info for info in able if name.lower() in info["name"].lower()]
        if not found:
            raise ValueError(f"there is no device {name!r}; there are {sorted(str(info['name']) for info in able)}")
        return int(found[0]["index"])


def _portaudio() -> ModuleType:
    try:
        import pyaudio  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415  an extra
    except ImportError as why:
        raise ValueError("PyAudio is not installed: pip install 'hospital-cti[soundcard]'") from why
    else:
        module: ModuleType = pyaudio
        return module
