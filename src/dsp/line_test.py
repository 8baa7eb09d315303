"""What a line test measures, out of samples alone: noise and hum, dial tone, and our own digit as the line gives it back.

Levels are dBm0; arrays are (n,) int16 or float, 8 kHz. Nothing here knows limits: whether a figure is good is said by who
knows the line.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.dtmf import BINS_HZ, DtmfLimits, DtmfReceiver
from dsp.goertzel import Bank
from dsp.levels import FULL_SCALE, RATE_HZ, TICK_SAMPLES, dbm0, samples
from dsp.tones import FREQUENCIES_HZ

Wave = NDArray[np.int16] | NDArray[np.floating]

VOICE_HZ: Final = (300.0, 3400.0)  # the telephone band
MAINS_HZ: Final = (50.0, 100.0, 150.0)  # mains, what a bad rectifier makes of it, and its third harmonic
MAINS_WIDTH_HZ: Final = 4.0  # assumed: either side; mains wander by 0.2 Hz, and the window is 2 bins wide
QUIET_SAMPLES: Final = RATE_HZ  # 1 s: fewer cannot tell 50 Hz from its neighbours
TONE_HZ: Final = (300.0, 1100.0)  # where exchanges put dial tones
LOOK_SAMPLES: Final = samples(200)  # enough to tell a tone from speech, and to be told 0.2 s late
TONE_SHARE_MIN: Final = 0.7  # assumed: of the power in the voice band; a tone 10 dB above the noise has 0.9
TONE_DBM0_MIN: Final = -45.0  # as the ears: what is weaker is no tone of an exchange
MEASURED_SAMPLES: Final = RATE_HZ  # of a tone: 0.1 Hz
BLOCK: Final = samples(5)
ON_SHARE: Final = 0.5  # of the amplitude
ECHO_REACH: Final = samples(400)  # assumed: jitter buffers of two gateways; the copper needs 8 ms
EDGE: Final = samples(5)  # left out at either end of the digit: tones begin softly


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A line on which nobody says anything."""

    noise_dbm0: float  # 300 to 3400 Hz
    hum_dbm0: tuple[float, float, float]  # at MAINS_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyTone:
    onset: int  # sample, ± 5 ms
    hz: float
    level_dbm0: float  # while it is on
    on_share: float  # of the time since its onset: dial tone 1, special dial tone 0.91, busy tone 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """A digit of ours as it comes back. Pairs are low and high tone."""

    delay: int  # samples behind what was sent
    hz: tuple[float, float]
    sent_dbm0: tuple[float, float]
    heard_dbm0: tuple[float, float]

    @property
    def loss_db(self) -> float:
        """Return loss of the whole digit."""
        return _sum_dbm0(self.sent_dbm0) - _sum_dbm0(self.heard_dbm0)

    @property
    def twist_db(self) -> float:
        """High minus low, as heard."""
        return self.heard_dbm0[1] - self.heard_dbm0[0]

    @property
    def twist_sent_db(self) -> float:
        return self.sent_dbm0[1] - self.sent_dbm0[0]


def quiet(wave: Wave) -> Quiet:
    """At least QUIET_SAMPLES of a line at rest."""
    hertz, power = _spectrum(wave)
    in_band = (hertz >= VOICE_HZ[0]) & (hertz <= VOICE_HZ[1])
    hum = tuple(dbm0(float(power[np.abs(hertz - each) <= MAINS_WIDTH_HZ].sum())) for each in MAINS_HZ)
    return Quiet(noise_dbm0=dbm0(float(power[in_band].sum())), hum_dbm0=(hum[0], hum[1], hum[2]))


def tone_is_on(wave: Wave) -> bool:
    """The newest 200 ms are one tone of an exchange; False while there are fewer."""
    newest = wave[-LOOK_SAMPLES:]
    return len(newest) == LOOK_SAMPLES and _dominant(newest) is not None


def steady_tone(wave: Wave) -> SteadyTone | None:
    """The tone that is on at the end of these samples, from its onset on; None if none is.

    The frequency is good to 0.1 Hz once the tone has been on for a second.
    """
    tone_hz = _dominant(wave[-LOOK_SAMPLES:]) if len(wave) >= LOOK_SAMPLES else None
    if tone_hz is None:
        return None
    blocks = np.asarray(wave, np.float64)[: len(wave) // BLOCK * BLOCK].reshape(-1, BLOCK)
    turns = np.exp(-2j * np.pi * tone_hz * np.arange(BLOCK) / RATE_HZ)
    amplitude = np.abs(blocks @ turns) * 2 / BLOCK
    on = amplitude >= ON_SHARE * np.percentile(amplitude[-LOOK_SAMPLES // BLOCK :], 90)
    onset = _first_lasting(on)
    since = wave[onset * BLOCK :]
    measured = _dominant(since[-MEASURED_SAMPLES:]) if len(since) >= LOOK_SAMPLES else None
    return SteadyTone(
        onset=onset * BLOCK,
        hz=tone_hz if measured is None else measured,
        level_dbm0=dbm0(float(np.mean(blocks[onset:][on[onset:]] ** 2))),
        on_share=float(on[onset:].mean()),
    )


def echo_of(sent: Wave, heard: Wave, digit: str, *, dial_hz: float) -> Echo | None:
    """`sent` holds one digit and is silent elsewhere; `heard` began at the same sample and goes on for ECHO_REACH behind it.

    A dial tone of `dial_hz` may lie under it. None when nothing was sent. Raises KeyError for what is no digit.
    """
    said = np.asarray(sent, np.float64)
    loud = np.flatnonzero(np.abs(said) > FULL_SCALE * 1e-3)
    if not loud.size or loud[-1] - loud[0] < 4 * EDGE:
        return None
    begin, end = int(loud[0]), int(loud[-1]) + 1
    said = said[begin:end]
    back = np.zeros(len(said) + ECHO_REACH)
    part = np.asarray(heard, np.float64)[begin : begin + back.size]
    back[: part.size] = part
    delay = _delay(said, back)
    pair = FREQUENCIES_HZ[digit]
    own = _fit(said[EDGE:-EDGE], (*pair, dial_hz))
    echo = back[delay + EDGE : delay + len(said) - EDGE]
    returned = _fit(echo, (*pair, dial_hz))
    return Echo(
        delay=delay,
        hz=_frequencies(echo, pair, dial_hz),
        sent_dbm0=_levels(own),
        heard_dbm0=_levels(returned),
    )


def digits_in(wave: Wave, *, dial_hz: float) -> str:
    """What our DTMF receiver reads here, our own keys not left out."""
    ticks = np.zeros((-(-len(wave) // TICK_SAMPLES) + 5) * TICK_SAMPLES, np.int16)
    ticks[: len(wave)] = wave
    bank = Bank(1, (0.0, dial_hz, *BINS_HZ))
    receiver = DtmfReceiver(1, DtmfLimits(), 2, (0, 1))
    told = []
    for frame in ticks.reshape(-1, 1, TICK_SAMPLES):
        bank.hear(frame)
        told += receiver.hear(bank)
    return "".join(found.digit for found in told if hasattr(found, "twist_db"))


# --- parts ----------------------------------------------------------------------------------------------------------


def _spectrum(wave: Wave) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies, and the mean square that lies in each bin; Hann window, so a sine fills four bins."""
    flat = np.asarray(wave, np.float64)
    window = np.hanning(flat.size)
    power = np.abs(np.fft.rfft(flat * window)) ** 2 * 2 / (flat.size * float(window @ window))
    return np.arange(power.size) * RATE_HZ / flat.size, power


def _dominant(wave: Wave) -> float | None:
    """Frequency of the one tone that holds nearly all of the voice band, Hz."""
    hertz, power = _spectrum(wave)
    candidates = np.where((hertz >= TONE_HZ[0]) & (hertz <= TONE_HZ[1]), power, 0)
    peak = int(candidates.argmax())
    in_band = float(power[(hertz >= VOICE_HZ[0] / 2) & (hertz <= VOICE_HZ[1])].sum())
    tone = float(power[np.abs(hertz - hertz[peak]) <= max(MAINS_WIDTH_HZ * 2, 3 * RATE_HZ / len(wave))].sum())
    if tone < TONE_SHARE_MIN * in_band or dbm0(tone) < TONE_DBM0_MIN:
        return None
    left, middle, right = np.log(power[peak - 1 : peak + 2] + 1e-12)
    return float(hertz[peak] + 0.5 * (left - right) / (left - 2 * middle + right) * RATE_HZ / len(wave))


def _first_lasting(on: NDArray[np.bool_]) -> int:
    """Index of the first block from which four in a row are on: a click is none."""
    four = np.convolve(on, np.ones(4), "valid") == 4
    return int(four.argmax()) if four.any() else int(on.argmax())


def _delay(said: NDArray[np.float64], back: NDArray[np.float64]) -> int:
    """Where `back` is most like `said`, whatever its sign: its beginning and end tell, for the rest repeats itself."""
    size = 1 << (back.size + said.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(back, size) * np.fft.rfft(said, size).conj(), size)
    return int(np.abs(product[: back.size - said.size + 1]).argmax())


def _fit(wave: NDArray[np.float64], hertz: tuple[float, ...]) -> NDArray[np.complex128]:
    """Amplitude and phase of sines of these frequencies that lie in the samples together, by least squares."""
    turns = 2 * np.pi * np.outer(np.arange(wave.size), hertz) / RATE_HZ
    basis = np.concatenate([np.cos(turns), -np.sin(turns), np.ones((wave.size, 1))], axis=1)
    found = np.linalg.lstsq(basis, wave, rcond=None)[0]
    count = len(hertz)
    return np.asarray(found[:count] + 1j * found[count : 2 * count])


def _frequencies(wave: NDArray[np.float64], pair: tuple[int, int], dial_hz: float) -> tuple[float, float]:
    """From how the phases of the second half depart from where those of the first half lead."""
    half = wave.size // 2
    first, second = (_fit(part, (*pair, dial_hz))[:2] for part in (wave[:half], wave[half : 2 * half]))
    due = np.exp(2j * np.pi * np.array(pair) * half / RATE_HZ)
    off = np.angle(second * np.conj(first * due)) / (2 * np.pi) * RATE_HZ / half
    return float(pair[0] + off[0]), float(pair[1] + off[1])


def _levels(fitted: NDArray[np.complex128]) -> tuple[float, float]:
    low, high = (dbm0(float(abs(each)) ** 2 / 2) for each in fitted[:2])
    return low, high


def _sum_dbm0(pair: tuple[float, float]) -> float:
    return float(10 * np.log10(sum(10 ** (each / 10) for each in pair)))
