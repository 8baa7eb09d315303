"""The tones of the exchange."""

import numpy as np
import pytest

from dsp.levels import dbm0
from dsp.tones import Generator, progress
from dsp_hearing import CHINA
from simulator.line_tones import LineTone, Manner, ToneRows

NAMES = [tone for tone in LineTone if tone is not LineTone.NONE]


def sound(tone: LineTone, ticks: int, began: int = 0) -> np.ndarray:
    rows = ToneRows()
    return np.concatenate(
        [rows.rows(np.array([0]), np.array([tone]), np.array([began]), tick * 160)[0] for tick in range(ticks)]
    )


@pytest.mark.parametrize("tone", NAMES)
def test_each_tone_is_the_plan_s_for_three_cycles_and_more(tone: LineTone) -> None:
    spec = CHINA.tone(tone.name.lower())
    ticks = max(10, 3 * sum(spec.cadence_ms) // 20)
    np.testing.assert_allclose(sound(tone, ticks), Generator(progress(spec)).pull(ticks * 160), atol=2)


def test_a_tone_begins_when_it_is_told_to() -> None:
    late = sound(LineTone.BUSY, 4, began=200)
    assert not late[:200].any()
    assert dbm0(float(np.mean(late[200:].astype(float) ** 2))) == pytest.approx(-10.0, abs=0.1)


def test_each_line_has_its_exchange_s_manner() -> None:
    lines, busy = np.arange(3), np.full(3, int(LineTone.BUSY))
    rows = ToneRows([Manner(), Manner(offset_hz=20), Manner(cadence=1.1)])
    heard = np.concatenate([rows.rows(lines, busy, np.zeros(3, np.int64), tick * 160) for tick in range(40)], axis=1)
    assert [int(np.flatnonzero(row)[-1]) // 8 for row in heard[:, :5000]] == [349, 349, 384]
    spectra = np.abs(np.fft.rfft(heard[:, :2400], 8000))
    assert np.argmax(spectra, axis=1).tolist() == pytest.approx([450, 470, 450], abs=1)


@pytest.mark.parametrize("tone", [LineTone.DIAL, LineTone.HOWLER])
@pytest.mark.parametrize("offset_hz", [-25, 7, 25])
def test_continuous_tones_join_themselves_whatever_their_frequency(tone: LineTone, offset_hz: int) -> None:
    rows = ToneRows([Manner(offset_hz=offset_hz)])
    heard = np.concatenate([rows.rows(np.array([0]), np.array([tone]), np.array([0]), at * 160)[0] for at in range(60)])
    assert np.abs(np.diff(heard[7900:8100])).max() <= np.abs(np.diff(heard[:7900])).max() + 2
