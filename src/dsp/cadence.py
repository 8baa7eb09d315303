"""From bursts and pauses of one pitch on one line to the tones of a plan. Pure; knows samples, no audio.

A tone is believed when the newest whole stretches (three at least, or as many bursts as its plan asks for) fit its
cadence, from any point of the cycle, and fit no other as long. A stretch of which the beginning was missed is not
counted, but the tone is dated back to it. A continuous tone is believed when it outlasts every burst of the plan.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dsp.levels import samples
from dsp.plan import ToneSpec

STRETCHES_MIN: Final = 3  # "at least three halves": line-signalling on disconnect supervision
SPAN_MIN: Final = samples(800)  # assumed: that long at least must what fits be; speech has three short stretches
LEVELS_MAX_DB: Final = 3.0  # assumed: between the bursts of one tone
STRETCHES_KEPT: Final = 16  # two cycles of the longest Chinese cadence
SLACK: Final = samples(15)  # measured: edges come out within 10 ms at 10 dB SNR
CONTINUOUS_MIN: Final = samples(1200)  # assumed: music and speech hold no pure tone that long on a plan's pitch
CONTINUOUS_AGAIN: Final = samples(400)  # look again at a burst that was not pure enough
CONTINUOUS_GAP: Final = samples(100)  # a shorter gap does not end a continuous tone
PAUSE_MIN: Final = samples(500)  # after a burst that is believed alone
FORGET: Final = samples(500)  # past the longest pause of the plan
MISSES_MAX: Final = 2  # stretches that do not fit before a tone is over: one may be a click
NEVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tone or pause from `start` to `end`. `pure`: one steady tone on the pitch, or a pause that is quieter than the tone."""

    on: bool
    start: int
    end: int
    pure: bool = True
    level_db: float = 0.0  # of bursts, against any reference


@dataclass(frozen=True, slots=True)
class Began:
    tone: str
    start: int


@dataclass(frozen=True, slots=True)
class Ended:
    tone: str
    start: int
    end: int


class Patterns:
    """The tones that share a pitch."""

    def __init__(self, specs: Sequence[ToneSpec]) -> None:
        self.cadenced: Final = tuple(_Pattern(spec) for spec in specs if spec.cadence_ms)
        self.continuous: Final = next((spec.name for spec in specs if not spec.cadence_ms), None)
        longest_on = max((p.longest(on=True) for p in self.cadenced), default=0)
        self.continuous_after: Final = max(CONTINUOUS_MIN, longest_on + samples(20))
        self.forget_after: Final = max((p.longest(on=False) for p in self.cadenced), default=0) + FORGET


class _Pattern:
    def __init__(self, spec: ToneSpec) -> None:
        self.name: Final = spec.name
        self.lengths: Final = tuple(samples(ms) for ms in spec.cadence_ms)
        self.tolerance: Final = spec.cadence_tolerance
        self.bursts_min: Final = spec.bursts_min

    def longest(self, *, on: bool) -> int:
        return max(self.most(i) for i in range(0 if on else 1, len(self.lengths), 2))

    def most(self, place: int) -> int:
        """The longest that the stretch at this place of the cycle may take."""
        length = self.lengths[place % len(self.lengths)]
        return length + round(length * self.tolerance) + SLACK

    def fits(self, place: int, stretch: Stretch) -> bool:
        length = self.lengths[place % len(self.lengths)]
        off = abs(stretch.end - stretch.start - length)
        return stretch.pure and stretch.on == (place % 2 == 0) and off <= round(length * self.tolerance) + SLACK

    def is_like(self, other: "_Pattern") -> bool:
        """Nothing tells the two apart, as when a tone was taught that the plan has by another name; the first one counts."""
        return len(self.lengths) == len(other.lengths) and all(
            abs(length - other.lengths[place]) <= round(length * self.tolerance) + SLACK
            for place, length in enumerate(self.lengths)
        )

    def tail(self, heard: Sequence[Stretch]) -> tuple[int, int]:
        """(how many of the newest stretches fit, place of the newest in the cycle), best over the cycle."""
        best = (0, 0)
        for place in range(len(self.lengths)):
            count = 0
            levels = _Levels()
            while (
                count < len(heard) and self.fits(place - count, heard[-1 - count]) and levels.admit(heard[-1 - count])
            ):
                count += 1
            best = max(best, (count, place))
        return best


class _Levels:
    """Whether all bursts are equally loud."""

    def __init__(self) -> None:
        self._least, self._most = float("inf"), float("-inf")

    def admit(self, stretch: Stretch) -> bool:
        if stretch.on:
            self._least = min(self._least, stretch.level_db)
            self._most = max(self._most, stretch.level_db)
        return self._most - self._least <= LEVELS_MAX_DB


@dataclass(slots=True)
class _Active:
    pattern: _Pattern | None  # None: the continuous tone
    name: str
    start: int
    place: int  # of the newest whole stretch
    last_burst_end: int
    misses: int = 0
    cut_until: int = NEVER  # the newest burst was too short: it must have gone on by then, or the tone is over


class Follower:
    """One line on one pitch. `stretch` at each edge, `wait` when the time of `deadline` has come."""

    def __init__(self, patterns: Patterns) -> None:
        self._patterns: Final = patterns
        self._heard: Final[deque[Stretch]] = deque(maxlen=STRETCHES_KEPT)
        self._active: _Active | None = None

    @property
    def idle(self) -> bool:
        """Nothing heard that matters: it may be thrown away."""
        return not self._heard and self._active is None

    @property
    def burst_db(self) -> float:
        """How strong the newest burst was; infinitely, if there is none."""
        return next((done.level_db for done in reversed(self._heard) if done.on), float("inf"))

    def stretch(self, done: Stretch) -> list[Began | Ended]:
        """A whole burst or pause is over and its opposite began."""
        if self._active is not None and self._active.pattern is None:
            return self._after_continuous(done)
        if not done.pure and self._active is None:
            self._heard.clear()
            return []
        self._heard.append(done)
        told: list[Began | Ended] = []
        if self._active is not None:
            told += self._go_on(self._active, done)
        if self._active is None:
            told += self._recognise()
        return told

    def wait(self, *, on: bool, since: int, now: int, pure: bool) -> list[Began | Ended]:
        """The current stretch lasts since `since`; `pure` so far."""
        told: list[Began | Ended] = []
        lasted = now - since
        active = self._active
        if active is not None and active.pattern is None:
            if not on and lasted >= CONTINUOUS_GAP:
                active.last_burst_end = since
                told += self._end()
                self._heard.clear()
        elif active is not None and active.pattern is not None:
            if lasted > active.pattern.most(active.place + 1) or (not on and now > active.cut_until):
                told += self.interrupt()
        elif not on:
            told += self._alone(lasted)
            if lasted > self._patterns.forget_after:
                self._heard.clear()
        if on and self._active is None and pure and self._patterns.continuous and self._is_continuous(lasted):
            self._active = _Active(None, self._patterns.continuous, since, 0, now)
            self._heard.clear()
            told.append(Began(self._active.name, since))
        return told

    def interrupt(self) -> list[Began | Ended]:
        """Of a tone with a cadence nothing more will come."""
        if self._active is None or self._active.pattern is None:
            return []
        self._heard.clear()
        return self._end()

    @property
    def active(self) -> bool:
        """A tone was reported that has not ended."""
        return self._active is not None

    def deadline(self, *, on: bool, since: int, now: int) -> int:
        """When `wait` has something to say, if no edge comes first."""
        active = self._active
        if active is not None and active.pattern is None:
            return NEVER if on else since + CONTINUOUS_GAP
        if active is not None and active.pattern is not None:
            overdue = since + active.pattern.most(active.place + 1)
            return (overdue if on else min(overdue, active.cut_until)) + 1
        if on:
            after = since + self._patterns.continuous_after
            if self._patterns.continuous is None:
                return NEVER
            return after if after > now else now + CONTINUOUS_AGAIN
        if not self._heard:
            return NEVER
        alone = since + PAUSE_MIN
        return alone if alone > now else since + self._patterns.forget_after + 1

    def _is_continuous(self, lasted: int) -> bool:
        return lasted >= self._patterns.continuous_after

    def _after_continuous(self, done: Stretch) -> list[Began | Ended]:
        """A gap shorter than CONTINUOUS_GAP is over, or the tone may be over: `wait` says which."""
        assert self._active is not None
        if done.on:
            self._active.last_burst_end = done.end
        return []

    def _go_on(self, active: _Active, done: Stretch) -> list[Began | Ended]:
        assert active.pattern is not None
        count, place = active.pattern.tail(self._heard)
        active.cut_until = NEVER
        if active.pattern.fits(active.place + 1, done):
            active.place += 1
            active.misses = 0
        elif count >= 2:
            active.place = place
            active.misses = 0
        else:
            active.place += 1
            active.misses += 1
            if done.on:
                active.cut_until = done.start + active.pattern.most(active.place)
        if active.misses < MISSES_MAX:
            if done.on and not active.misses:
                active.last_burst_end = done.end
            return []
        fresh = list(self._heard)[-MISSES_MAX:]
        self._heard.clear()
        self._heard.extend(fresh)
        return self._end()

    def _recognise(self) -> list[Began | Ended]:
        if len(self._heard) < STRETCHES_MIN:
            return []
        patterns = self._patterns.cadenced
        tails = sorted(((*p.tail(self._heard), -i) for i, p in enumerate(patterns)), reverse=True)
        if not tails:
            return []
        count, place, index = tails[0]
        pattern = patterns[-index]
        needed = max(STRETCHES_MIN, 2 * pattern.bursts_min - 1)
        rivals = [patterns[-i] for other, _, i in tails[1:] if other == count]
        if count < needed or not all(pattern.is_like(rival) for rival in rivals):
            return []
        if self._heard[-1].end - self._heard[-count].start < SPAN_MIN:
            return []
        return self._begin(pattern, count, place)

    def _alone(self, lasted: int) -> list[Began | Ended]:
        """One burst that no other tone has, and then nothing for a while."""
        if not self._heard or lasted < PAUSE_MIN:
            return []
        for pattern in self._patterns.cadenced:
            if pattern.bursts_min == 1:
                count, place = pattern.tail(self._heard)
                if count and lasted <= pattern.most(place + 1):
                    return self._begin(pattern, count, place)
        return []

    def _begin(self, pattern: _Pattern, count: int, place: int) -> list[Began | Ended]:
        heard = list(self._heard)
        first = len(heard) - count
        start = heard[first].start
        if first > 0:  # the stretch before may be a burst of the tone that began before we listened, or was clipped
            before = heard[first - 1]
            room = pattern.most(place - count)
            if before.on and before.pure and before.end - before.start <= room:
                start = before.start
            elif not heard[first].on:
                start = heard[first + 1].start
        last_burst = next(s for s in reversed(heard) if s.on)
        self._active = _Active(pattern, pattern.name, start, place, last_burst.end)
        return [Began(pattern.name, start)]

    def _end(self) -> list[Began | Ended]:
        if self._active is None:
            return []
        active, self._active = self._active, None
        return [Ended(active.name, active.start, active.last_burst_end)]
