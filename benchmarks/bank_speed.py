"""CPU time per channel-second of our bank and of the same set of spandsp receivers, in one process, paired, on speech.

    python benchmarks/bank_speed.py [--lines 1 8 64 512] [--repeats 7] [--seconds 4] [--out FILE.md]

Ours: 20 ms ticks of int16 frames through `Ears.hear`, so conversion, framing, spectra, decisions and state are in it. The peer:
each receiver of each line gets a whole second at once, so that ctypes' calls, which a program in C would not make, cost
nothing. One thread; process CPU time; a round times ours and then the peer, the ratio is the median of the rounds' ratios.
OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are taken out of the environment by running itself again, for they change the kernel.
"""

import argparse
import ctypes
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from material import chinese
from numpy.typing import NDArray
from spandsp import ANS, CED_OR_PREAMBLE, CNG, Adsi, Dtmf, Fax, Mfc, Peer, Progress
from trials import plan

from dsp.dtmf import BINS_HZ, DtmfLimits, DtmfReceiver
from dsp.ears import Ears
from dsp.goertzel import Bank
from dsp.levels import RATE_HZ, TICK_SAMPLES

COUNTRY: Final = plan()
TICKS_A_SECOND: Final = RATE_HZ // TICK_SAMPLES
FORBIDDEN: Final = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SINGLE: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Hears(Protocol):
    def hear(self, frames: NDArray[np.int16], sent: NDArray[np.int16] | None = None) -> object: ...


class DtmfAlone:
    """A bank with DTMF's own bins, DC and dial tone, and the DTMF receiver of the product on it."""

    def __init__(self, lines: int) -> None:
        self._bank = Bank(lines, (0.0, *BINS_HZ, 450.0))
        self._dtmf = DtmfReceiver(lines, DtmfLimits(), 1, (0, len(BINS_HZ) + 1))

    def hear(self, frames: NDArray[np.int16], sent: NDArray[np.int16] | None = None) -> object:
        assert sent is None
        self._bank.hear(frames)
        return self._dtmf.hear(self._bank)


@dataclass(frozen=True, slots=True)
class Row:
    """A set of receivers: how ours is armed and which of the peer's do the same; goals by lines."""

    name: str
    make: Callable[[int], Hears]
    peers: Sequence[Callable[[], Peer]]
    goals: dict[int, float]
    echo: bool = False


def only_dtmf(ears: Ears, row: int) -> None:
    ears.arm(row, dtmf=True, progress=False)


def full(ears: Ears, row: int) -> None:
    """DTMF, call progress, CNG, CED and MFC both ways."""
    ears.arm(row, dtmf=True, progress=True, fax=True, mfc="forward")
    ears.mfc.armed[:, row] = True


def fsk(ears: Ears, row: int) -> None:
    ears.arm(row, dtmf=False, progress=False, caller_id=True)


def nothing(ears: Ears, row: int) -> None:
    ears.arm(row, dtmf=False, progress=False)


def ears(arm: Callable[[Ears, int], None] | None = None) -> Callable[[int], Ears]:
    """The product's ears, armed alike on all lines; as they are when a call begins: DTMF and call progress."""

    def make(lines: int) -> Ears:
        made = Ears(lines, COUNTRY)
        for row in range(lines if arm else 0):
            assert arm is not None
            arm(made, row)
        return made

    return make


BOTH_WAYS: Final = (lambda: Mfc("forward"), lambda: Mfc("backward"))
ROWS: Final = (
    Row("DTMF alone", DtmfAlone, (Dtmf,), {8: 2.5, 64: 0.6, 512: 0.35}),
    Row("DTMF alone (peer with dial-tone filter)", DtmfAlone, (lambda: Dtmf(dialtone_filter=True),), {}),
    Row("DTMF alone, out of the full bank", ears(only_dtmf), (Dtmf,), {}),
    Row("DTMF + call progress", ears(), (Dtmf, lambda: Progress(COUNTRY)), {}),
    Row(
        "full bank",
        ears(full),
        (Dtmf, *BOTH_WAYS, lambda: Progress(COUNTRY), lambda: Fax(CNG), lambda: Fax(ANS)),
        {8: 0.75, 64: 0.25, 512: 0.18},
    ),
    Row(
        "full bank (peer's CED with V.21 preamble)",
        ears(full),
        (Dtmf, *BOTH_WAYS, lambda: Progress(COUNTRY), lambda: Fax(CNG), lambda: Fax(CED_OR_PREAMBLE)),
        {},
    ),
    Row("FSK caller id", ears(fsk), (Adsi,), {}),
    Row("echo canceller, a prompt on every line", ears(nothing), (), {}, echo=True),
    Row("full bank and echo canceller", ears(full), (), {}, echo=True),
)


def speech(lines: int, seconds: int) -> NDArray[np.int16]:
    """(lines, samples): every line says something else."""
    voice = chinese(600)
    length = seconds * RATE_HZ
    places = np.linspace(0, len(voice) - length, lines).astype(np.int64)
    return np.stack([voice[at : at + length] for at in places])


def time_ours(row: Row, audio: NDArray[np.int16], sent: NDArray[np.int16]) -> float:
    """µs a channel-second."""
    made = row.make(len(audio))
    ticks = audio.shape[1] // TICK_SAMPLES
    frames = np.ascontiguousarray(audio.reshape(len(audio), ticks, TICK_SAMPLES).transpose(1, 0, 2))
    outs = np.ascontiguousarray(sent.reshape(len(audio), ticks, TICK_SAMPLES).transpose(1, 0, 2))
    for tick in range(10):
        made.hear(frames[tick], outs[tick] if row.echo else None)
    begin = time.process_time_ns()
    if row.echo:
        for frame, out in zip(frames[10:], outs[10:], strict=True):
            made.hear(frame, out)
    else:
        for frame in frames[10:]:
            made.hear(frame)
    spent = time.process_time_ns() - begin
    return float(spent) / 1000 / len(audio) / ((ticks - 10) / TICKS_A_SECOND)


def time_peer(row: Row, audio: NDArray[np.int16]) -> float:
    receivers = [[make() for make in row.peers] for _ in audio]
    calls = [[receiver.call() for receiver in several] for several in receivers]
    seconds = audio.shape[1] // RATE_HZ
    addresses = [[wave.ctypes.data + 2 * RATE_HZ * second for wave in audio] for second in range(seconds)]
    begin = time.process_time_ns()
    for second in addresses:
        for address, several in zip(second, calls, strict=True):
            for receive, state in several:
                receive(state, address, RATE_HZ)
    return float(time.process_time_ns() - begin) / 1000 / len(audio) / seconds


def kernel() -> str:
    """Which BLAS computes the matrix products, by its own word."""
    try:
        from threadpoolctl import threadpool_info  # noqa: PLC0415  it need not be there

        return "; ".join(
            f"{info['internal_api']} {info['version']}, kernel {info.get('architecture')}, {info['num_threads']} thread(s)"
            for info in threadpool_info()
        )
    except ImportError:
        pass
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    text = f"{blas['name']} {blas['version']}"
    for file in (Path(np.__file__).parent.parent / "numpy.libs").glob("*openblas*"):
        name = getattr(ctypes.CDLL(str(file)), "scipy_openblas_get_corename64_", None)
        if name is not None:
            name.restype = ctypes.c_char_p
            text += f", kernel {name().decode()}"
    return text


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    models = [line for line in cpuinfo.read_text().splitlines() if "model name" in line] if cpuinfo.exists() else []
    return models[0].split(":")[1].strip() if models else platform.processor()


def main() -> int:
    if any(name in os.environ for name in FORBIDDEN) or any(os.environ.get(k) != v for k, v in SINGLE.items()):
        kept = {name: value for name, value in os.environ.items() if name not in FORBIDDEN}
        os.execve(sys.executable, [sys.executable, *sys.argv], {**kept, **SINGLE})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, nargs="*", default=[1, 8, 64, 512])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4, help="of audio on each line")
    parser.add_argument("--only", default="", help="only rows that contain this text")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    head = f"{processor()}; {kernel()}; numpy {np.__version__}; load {os.getloadavg()[0]:.1f}"
    text = [
        "### Cost",
        "",
        head,
        "",
        "| receivers | lines | ours µs | µs a tick, all lines | spandsp µs | ratio, median (best to worst) | goal |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(text))
    missed = 0
    for row in ROWS:
        if chosen.only not in row.name:
            continue
        for lines in chosen.lines:
            seconds = max(chosen.seconds, 16 // lines)
            audio = speech(lines, seconds)
            sent = np.roll(audio, 1, axis=0) if lines > 1 else audio[:, ::-1].copy()
            pairs = [
                (time_ours(row, audio, sent), time_peer(row, audio) if row.peers else float("nan"))
                for _ in range(chosen.repeats)
            ]
            ours, peer = (float(np.median(column)) for column in zip(*pairs, strict=True))
            ratios = sorted(a / b for a, b in pairs)
            ratio = float(np.median(ratios))
            goal = row.goals.get(lines)
            missed += goal is not None and ratio > goal
            mark = "" if goal is None else f"≤ {goal} {'met' if ratio <= goal else '**missed**'}"
            shown = f"{ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})" if row.peers else "–"
            theirs = f"{peer:.0f}" if row.peers else "–"
            tick = ours * lines / TICKS_A_SECOND
            text.append(f"| {row.name} | {lines} | {ours:.1f} | {tick:.0f} | {theirs} | {shown} | {mark} |")
            print(text[-1], flush=True)
    if chosen.out is not None:
        chosen.out.write_text("\n".join(text) + "\n", encoding="utf-8")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
