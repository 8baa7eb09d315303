"""What the matrices share: trial audio, our ears over many trials at once, tables and a picture of cells.

A trial is a row of int16 at 8 kHz. All trials of a cell are rows of one `Ears`, so ours hears them side by side as it hears
lines; the peer hears the same rows one after the other.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from dsp import g711
from dsp.detections import Detection
from dsp.ears import Ears
from dsp.levels import RATE_HZ, TICK_SAMPLES, power, to_int16
from dsp.plan import TonePlan, load_plan

Wave = NDArray[np.float64]
Rows = NDArray[np.int16]
Codec = Literal["", "A-law", "µ-law"]
Random = np.random.Generator
Told = list[tuple[int, Detection]]  # (sample at which it was told, what)

PLAN_FILE: Final = Path(__file__).parents[1] / "config" / "tones" / "cn.toml"


def plan() -> TonePlan:
    return load_plan(PLAN_FILE)


def milliseconds(ms: float) -> int:
    return round(ms * RATE_HZ / 1000)


def amplitude_of(level_dbm0: float) -> float:
    """Peak of a sine."""
    return float(np.sqrt(2 * power(level_dbm0)))


def noise(random: Random, shape: tuple[int, ...], level_dbm0: float) -> Wave:
    """White, 0 to 4 kHz."""
    return random.normal(0, np.sqrt(power(level_dbm0)), shape)


def through(wave: Wave, codec: Codec) -> Rows:
    """Rounded and saturated; through a codec and back if one is named."""
    linear = to_int16(wave)
    match codec:
        case "A-law":
            return g711.alaw_decode(g711.alaw_encode(linear))
        case "µ-law":
            return g711.ulaw_decode(g711.ulaw_encode(linear))
        case _:
            return linear


def stack(random: Random, waves: Sequence[Wave], *, codec: Codec = "", noise_dbm0: float | None = None) -> Rows:
    """(trials, samples): each from a random place in its first 20 ms, filled up with silence, noise over all of it."""
    longest = max(len(wave) for wave in waves) + TICK_SAMPLES
    length = -(-longest // TICK_SAMPLES) * TICK_SAMPLES
    rows = np.zeros((len(waves), length))
    for row, wave in zip(rows, waves, strict=True):
        at = int(random.integers(TICK_SAMPLES))
        row[at : at + len(wave)] = wave
    if noise_dbm0 is not None:
        rows += noise(random, rows.shape, noise_dbm0)
    return through(rows, codec)


def returned(random: Random, sent: Rows, loss_db: float) -> Wave:
    """What a hybrid gives back of what we send: 2 to 8 ms later, smeared over some 8 ms, weaker by so much."""
    taps = milliseconds(8)
    echo = np.zeros(sent.shape)
    for row, out in zip(echo, sent, strict=True):
        path = random.normal(0, 1, taps) * np.exp(-np.arange(taps) / milliseconds(2))
        path *= 10 ** (-loss_db / 20) / np.sqrt((path**2).sum())
        late = int(random.integers(milliseconds(2), milliseconds(8)))
        row[late:] = np.convolve(out.astype(np.float64), path)[: len(row) - late]
    return echo


def listen(
    rows: Rows,
    country: TonePlan,
    arm: Callable[[Ears, int], None] | None = None,
    sent: Rows | None = None,
    *,
    tail_ticks: int = RATE_HZ // TICK_SAMPLES,
) -> list[Told]:
    """Each row's detections by a fresh `Ears` of as many lines; a second of silence follows, if not told otherwise."""
    ears = Ears(len(rows), country)
    if arm is not None:
        for row in range(len(rows)):
            arm(ears, row)
    told: list[Told] = [[] for _ in rows]
    silent = np.zeros((len(rows), TICK_SAMPLES), np.int16)
    ticks = rows.shape[1] // TICK_SAMPLES
    for tick in range(ticks + tail_ticks):
        part = slice(tick * TICK_SAMPLES, (tick + 1) * TICK_SAMPLES)
        frame = rows[:, part] if tick < ticks else silent
        out = None if sent is None else (sent[:, part] if tick < ticks else silent)
        for found in ears.hear(frame, out):
            told[found.row].append((ears.now, found))
    return told


# --- results ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Demand:
    """What a cell must show. `both`: international and Chinese texts (or the only text there is) agree on it."""

    kind: Literal["accept", "refuse", ""] = ""
    both: bool = True

    @property
    def mark(self) -> str:
        letter = {"accept": "A", "refuse": "R", "": " "}[self.kind]
        return letter if self.both else letter.lower()


ACCEPT: Final = Demand("accept")
REFUSE: Final = Demand("refuse")
ACCEPT_ONE: Final = Demand("accept", both=False)
REFUSE_ONE: Final = Demand("refuse", both=False)
OPEN: Final = Demand()


@dataclass(slots=True)
class Score:
    """Trials of one receiver in one cell."""

    right: int = 0  # exactly what was sent, once
    doubled: int = 0  # what was sent, more than once
    wrong: int = 0  # something else was told
    trials: int = 0
    told_ms: list[float] = field(default_factory=list)  # from the beginning of the signal to the first report

    def add(self, heard: Sequence[str], wanted: Sequence[str]) -> None:
        self.trials += 1
        if list(heard) == list(wanted):
            self.right += 1
        elif set(heard) - set(wanted):
            self.wrong += 1
        elif len(heard) > len(wanted):
            self.doubled += 1

    def add_refused(self, heard: Sequence[str]) -> None:
        """A trial in which nothing is to be told: `right` counts the false ones."""
        self.trials += 1
        self.right += bool(heard)

    @property
    def percent(self) -> float:
        return 100 * self.right / max(self.trials, 1)

    def text(self) -> str:
        more = "".join(
            f" {sign}{100 * count / self.trials:.3g}"
            for sign, count in (("d", self.doubled), ("w", self.wrong))
            if count
        )
        when = f" @{np.median(self.told_ms):.0f}" if self.told_ms else ""
        return f"{self.percent:.4g}{more}{when}"


@dataclass(slots=True)
class Cell:
    factor: str
    value: str
    demand: Demand
    scores: dict[str, Score]

    def shortfalls(self) -> Iterable[str]:
        """Ours is the first of the scores, the others are the peer's."""
        if not self.demand.kind:
            return
        (_, ours), *peers = self.scores.items()
        percent = ours.percent
        best = [score.percent for _, score in peers]
        if self.demand.kind == "accept":
            if percent < 100:
                yield f"accepts {ours.text()} %"
            if best and percent < max(best):
                yield f"below the peer's {max(best):.4g} %"
        elif percent > 0:
            yield f"tells {percent:.4g} % of what must be refused"
            if best and percent > min(best):
                yield f"above the peer's {min(best):.4g} %"


@dataclass(slots=True)
class Matrix:
    title: str
    conditions: str
    cells: list[Cell] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def add(self, cell: Cell) -> None:
        self.cells.append(cell)
        scores = "  ".join(f"{name} {score.text():>12}" for name, score in cell.scores.items())
        print(f"{cell.demand.mark} {cell.factor:<44.44} {cell.value:>16}  {scores}", flush=True)

    def markdown(self) -> str:
        """A small table for each factor: values across, receivers down."""
        lines = [f"### {self.title}", "", self.conditions, "", self.shortfall_text(), ""]
        factors: dict[str, list[Cell]] = {}
        for cell in self.cells:
            factors.setdefault(cell.factor, []).append(cell)
        for factor, cells in factors.items():
            heads = " | ".join(f"{cell.value or '·'} {cell.demand.mark}".strip() for cell in cells)
            lines += [f"| {factor} | {heads} |", "|---|" + "---|" * len(cells)]
            for index, name in enumerate(cells[0].scores):
                texts = [
                    f"**{cell.scores[name].text()}**"
                    if index == 0 and any(cell.shortfalls())
                    else cell.scores[name].text()
                    for cell in cells
                ]
                lines.append(f"| {name} | {' | '.join(texts)} |")
            lines.append("")
        return "\n".join(lines)

    def shortfall_text(self) -> str:
        found = [
            f"- {cell.demand.mark} {cell.factor}, {cell.value}: {'; '.join(cell.shortfalls())}"
            for cell in self.cells
            if any(cell.shortfalls())
        ]
        asked = sum(bool(cell.demand.kind) for cell in self.cells)
        return "\n".join([f"Shortfalls: {len(found)} of {asked} cells that a standard asks for.", *found])


LEGEND: Final = (
    "Figures are per cent of trials with exactly the right event and no other; `d`: the share that was doubled, `w`: the "
    "share in which something else was told, `@`: median ms from the beginning of the signal to the report. A must be "
    "accepted, R must be refused (there the figure is the share told all the same); small letters: only some of the texts, "
    "or only our own claim, ask for it. Bold falls short."
)


def options(description: str, trials: int, quick: int) -> argparse.Namespace:
    """The command line of a matrix."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--trials", type=int, default=trials, help=f"trials a cell ({trials})")
    parser.add_argument("--quick", action="store_true", help=f"{quick} trials a cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only factors that contain this text")
    parser.add_argument(
        "--out", type=Path, help="write the tables to this file (markdown), the picture beside it (.png)"
    )
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.trials = min(chosen.trials, quick)
    return chosen


def finish(matrices: Sequence[Matrix], out: Path | None) -> int:
    """Shortfalls on the screen; the files, if wanted. Exit status: 0 when nothing falls short."""
    matrices = [matrix for matrix in matrices if matrix.cells]
    for matrix in matrices:
        print(f"\n{matrix.title}: {matrix.shortfall_text()}")
    if out is not None:
        out.write_text("\n".join(matrix.markdown() for matrix in matrices), encoding="utf-8")
        picture(matrices, out.with_suffix(".png"))
        print(f"\n{out} and {out.with_suffix('.png')} are written")
    return int(any(any(cell.shortfalls()) for matrix in matrices for cell in matrix.cells))


COLOURS: Final = ("tab:blue", "tab:red", "tab:orange", "tab:green")


def picture(matrices: Sequence[Matrix], file: Path) -> None:
    """A small chart for each factor with three cells or more."""
    try:
        os.environ.setdefault("MPLBACKEND", "Agg")
        import matplotlib.pyplot as plt  # noqa: PLC0415  only where a picture is wanted
    except ImportError:
        print("no picture: matplotlib is missing (pip install hospital-cti[plot])", file=sys.stderr)
        return
    factors: dict[tuple[str, str], list[Cell]] = {}
    for matrix in matrices:
        for cell in matrix.cells:
            factors.setdefault((matrix.title, cell.factor), []).append(cell)
    charts = [(key, cells) for key, cells in factors.items() if len(cells) >= 3]
    if not charts:
        return
    across = 4
    down = -(-len(charts) // across)
    figure, axes = plt.subplots(down, across, figsize=(4.2 * across, 2.6 * down), squeeze=False)
    for axis in axes.flat[len(charts) :]:
        axis.set_visible(False)
    for axis, ((_, factor), cells) in zip(axes.flat, charts, strict=False):
        for index, name in enumerate(cells[0].scores):
            style = {"lw": 2.0, "color": COLOURS[0]} if index == 0 else {"lw": 1.0, "ls": "--", "color": COLOURS[index]}
            axis.plot([cell.scores[name].percent for cell in cells], marker=".", label=name, **style)
        for place, cell in enumerate(cells):
            if cell.demand.kind:
                shade = "tab:green" if cell.demand.kind == "accept" else "tab:red"
                axis.axvspan(place - 0.5, place + 0.5, color=shade, alpha=0.15 if cell.demand.both else 0.07, lw=0)
        axis.set_title(factor, fontsize=8)
        axis.set_xticks(range(len(cells)), [cell.value for cell in cells], fontsize=5, rotation=60)
        axis.set_ylim(-4, 104)
        axis.tick_params(axis="y", labelsize=6)
    axes.flat[0].legend(fontsize=6)
    figure.suptitle("per cent recognised; green must be accepted, red must be refused", fontsize=9)
    figure.tight_layout(rect=(0, 0, 1, 0.985))
    figure.savefig(file, dpi=80)
    plt.close(figure)
