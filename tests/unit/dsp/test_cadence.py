"""Bursts and pauses become the tones of the Chinese plan: a tone once, dated back, from any point of its cycle."""

from collections.abc import Iterable
from itertools import cycle, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.cadence import Began, Ended, Follower, Patterns, Stretch
from dsp.levels import TICK_SAMPLES, samples
from dsp_hearing import CHINA

AT_450 = Patterns([spec for spec in CHINA.tones if spec.listen and spec.frequencies_hz == (450.0,)])
CADENCED = {spec.name: spec.cadence_ms for spec in CHINA.tones if spec.listen and spec.cadence_ms}


def follow(stretches_ms: Iterable[float], *, pure: bool = True) -> list[Began | Ended]:
    """Bursts and pauses by turns from sample 0 on, then a long pause; deadlines are kept to the tick."""
    follower, told, start = Follower(AT_450), [], 0
    lengths = list(stretches_ms)
    for number, ms in enumerate((*lengths, 20_000) if len(lengths) % 2 else (*lengths[:-1], 20_000)):
        on, end = number % 2 == 0, start + samples(ms)
        for now in range(start, end, TICK_SAMPLES):
            if follower.deadline(on=on, since=start, now=start) <= now:
                told += follower.wait(on=on, since=start, now=now, pure=pure)
        told += follower.stretch(Stretch(on, start, end, pure=pure or not on))
        start = end
    return told


def names(told: list[Began | Ended]) -> list[str]:
    return [what.tone for what in told if isinstance(what, Began)]


@pytest.mark.parametrize("tone", CADENCED)
@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_each_cadence_is_its_tone_10_percent_fast_or_slow(tone: str, speed: float) -> None:
    told = follow(ms * speed for ms in islice(cycle(CADENCED[tone]), 17))
    assert names(told) == [tone]
    assert told[0].start == 0
    assert isinstance(told[-1], Ended)


@given(st.sampled_from(sorted(CADENCED)), st.integers(0, 7), st.floats(0.1, 1.0))
def test_a_tone_that_began_before_we_listened_is_never_another(tone: str, skipped: int, rest: float) -> None:
    cadence = CADENCED[tone]
    skipped = skipped % len(cadence) // 2 * 2  # we begin inside a burst
    stretches = list(islice(cycle(cadence), skipped, skipped + 17))
    stretches[0] = round(stretches[0] * rest)
    assert set(names(follow(stretches))) <= {tone}


def test_ringback_then_busy_is_two_episodes_in_order() -> None:
    told = follow([1000, 4000, 1000, 4000, *[350, 350] * 4])
    assert told[:3] == [
        Began("ringback", 0),
        Ended("ringback", 0, samples(6000)),
        Began("busy", samples(10_000)),
    ]


def test_a_second_of_tone_and_silence_is_ringback_already() -> None:
    assert names(follow([1000])) == ["ringback"]


def test_continuous_tone_is_dial_tone_and_a_click_in_it_does_not_end_it() -> None:
    assert follow([3000, 60, 2000]) == [Began("dial", 0), Ended("dial", 0, samples(5060))]


@pytest.mark.parametrize("stretches", [[350], [350, 350], [100] * 5, [200, 300, 500, 900, 200], [400], [700]])
def test_too_little_or_nothing_regular_is_no_tone(stretches: list[int]) -> None:
    assert follow(stretches) == []


def test_bursts_that_are_no_pure_tone_are_no_tone() -> None:
    assert follow([350] * 20, pure=False) == []


def test_one_bad_stretch_does_not_end_a_busy_tone() -> None:
    assert names(follow([350, 350, 350, 350, 350, 250, 350, 350, 350, 350, 350])) == ["busy"]
