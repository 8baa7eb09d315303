"""A picture of what was heard: waveform, energy on the bank's frequencies over time, and the events. For people."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dsp.goertzel import HALF, Bank
from dsp.levels import RATE_HZ, TICK_SAMPLES, dbm0_each
from dsp.mfc import MFC_HZ
from dsp.tones import HIGH_HZ, LOW_HZ

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN_HZ: Final = tuple(sorted((450.0, 950.0, 1100.0, 2100.0, *LOW_HZ, *HIGH_HZ, *MFC_HZ)))
QUIET_DBM0: Final = -60.0  # darkest colour


class PlotMissing(RuntimeError):
    """matplotlib is not installed."""


def draw(samples: NDArray[np.int16], events: list[dict[str, object]], path: Path) -> None:
    """Write a PNG (or what the name's ending says). Raises PlotMissing, OSError."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra; nobody else pays for it
    except ImportError:
        raise PlotMissing("--plot needs matplotlib: pip install 'hospital-cti[plot]'") from None
    figure = Figure(figsize=(12, 7), layout="constrained")
    wave, tones = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    seconds = np.arange(len(samples)) / RATE_HZ
    wave.plot(seconds, samples, linewidth=0.4, color="#456")
    wave.set_ylabel("sample")
    levels = spectra(samples)
    image = tones.imshow(
        levels,
        origin="lower",
        aspect="auto",
        extent=(0, levels.shape[1] * HALF / RATE_HZ, -0.5, len(SHOWN_HZ) - 0.5),
        vmin=QUIET_DBM0,
        vmax=0,
        cmap="magma",
    )
    tones.set_yticks(range(len(SHOWN_HZ)), [f"{hz:g}" for hz in SHOWN_HZ], fontsize=7)
    tones.set_ylabel("Hz")
    tones.set_xlabel("s")
    figure.colorbar(image, ax=tones, label="dBm0")
    for event in events:
        _mark(wave, event)
    figure.savefig(path)


def spectra(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """(frequencies, halves): dBm0 on each of SHOWN_HZ in each 10 ms."""
    bank, columns = Bank(1, SHOWN_HZ), []
    for at in range(0, len(samples) - TICK_SAMPLES + 1, TICK_SAMPLES):
        bank.hear(samples[None, at : at + TICK_SAMPLES])
        columns.append(bank.power.copy())
    return dbm0_each(np.concatenate(columns, axis=1) / HALF) if columns else np.full((len(SHOWN_HZ), 1), QUIET_DBM0)


def _mark(axes: "Axes", event: dict[str, object]) -> None:
    start, end = event["start_ms"], event.get("end_ms")
    assert isinstance(start, int)
    what = next(str(event[key]) for key in ("digit", "tone", "signal", "fax", "number", "kind") if event.get(key))
    axes.axvspan(start / 1000, (end if isinstance(end, int) else start + 20) / 1000, alpha=0.25, color="#c33")
    axes.text(start / 1000, axes.get_ylim()[1], what, fontsize=8, va="top", color="#900")
