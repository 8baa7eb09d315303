"""How the heart does: work of each tick, ticks that were late, ticks that never came. Counts; decides nothing."""

from bisect import bisect_left
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from cti_core.call_control.clock import RATE_HZ, Instant

TICK_S: Final = 0.02
SLOW_S: Final = 0.01  # work that takes longer raises an alarm (design.md, decision 1)
LAG_BOUNDS_MS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, inf)  # a tick whose work begins later than 20 ms is lost work
_BIN_S: Final = 10e-6
_BINS: Final = 5000  # 50 ms; what is longer stands in the last one and in `max`
_DRIFT: Final = 100e-6  # assumed: a board's crystal and ours differ by less (boards.md §3.2: ±25 ppm)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseView:
    """Since the start; work in ms of real time."""

    ticks: int
    ticks_late: int  # output not handed over within the 20 ms of the tick
    ticks_lost: int  # the board said so by a jump of `at`
    ticks_slow: int  # more than 10 ms of work
    work_p50_ms: float
    work_p99_ms: float
    work_max_ms: float
    lag_max_ms: float  # from the tick's due time to the begin of its work
    lag_buckets: tuple[tuple[float, int], ...] = ()  # its histogram: upper bound in ms, ticks of this bucket alone


class Pulse:
    """Keeps the figures. In virtual time nothing can be slow or late."""

    def __init__(self, *, real_time: bool) -> None:
        self.lost = 0
        self.late = 0
        self.slow = 0
        self._real_time = real_time
        self._bins: Final = np.zeros(_BINS, np.int64)
        self._max_s = 0.0
        self._lag_max_s = 0.0
        self._lags: Final = [0] * len(LAG_BOUNDS_MS)
        self._epoch_s: float | None = None  # when sample 0 was heard, by our clock: the earliest that fits all ticks
        self._at = 0

    def new_board(self) -> None:
        """Another clock begins."""
        self._epoch_s = None

    def beat(self, at: Instant, begun_s: float, handed_s: float, ended_s: float) -> bool:
        """One tick: received, its output handed over, all its work done (`perf_counter`); True if it was slow."""
        work_s = ended_s - begun_s
        self._bins[min(int(work_s / _BIN_S), _BINS - 1)] += 1
        self._max_s = max(self._max_s, work_s)
        if self._real_time:
            lag_s = self._lag(at, begun_s)
            self._lag_max_s = max(self._lag_max_s, lag_s)
            self._lags[bisect_left(LAG_BOUNDS_MS, lag_s * 1e3)] += 1
            self.late += lag_s + handed_s - begun_s > TICK_S
        slow = self._real_time and work_s > SLOW_S
        self.slow += slow
        return slow

    def view(self) -> PulseView:
        return PulseView(
            ticks=int(self._bins.sum()),
            ticks_late=self.late,
            ticks_lost=self.lost,
            ticks_slow=self.slow,
            work_p50_ms=self._percentile(0.5),
            work_p99_ms=self._percentile(0.99),
            work_max_ms=self._max_s * 1e3,
            lag_max_ms=self._lag_max_s * 1e3,
            lag_buckets=tuple(zip(LAG_BOUNDS_MS, self._lags, strict=True)),
        )

    def _lag(self, at: Instant, begun_s: float) -> float:
        """How long after its due time the tick's work began; the epoch follows a board that is slower than we are."""
        epoch_s = begun_s - at / RATE_HZ
        if self._epoch_s is None:
            self._epoch_s = epoch_s
        else:
            self._epoch_s = min(epoch_s, self._epoch_s + (at - self._at) / RATE_HZ * _DRIFT)
        self._at = at
        return epoch_s - self._epoch_s

    def _percentile(self, share: float) -> float:
        """Upper edge of the bin, ms."""
        total = self._bins.cumsum()
        if not total[-1]:
            return 0.0
        return min(float(np.searchsorted(total, share * total[-1]) + 1) * _BIN_S, self._max_s) * 1e3
