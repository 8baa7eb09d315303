"""What cradle and disc do to the loop."""

from itertools import pairwise

import numpy as np
import pytest

from simulator.extension_model import ExtensionModel
from simulator.hook_switch import Edge, dialled, flashed, moved

RIGID = ExtensionModel(bounce_ms=0.0, disc_bounce_ms=0.0)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(50))
def test_contacts_chatter_for_some_milliseconds_and_end_where_they_went(seed: int) -> None:
    edges = moved(800, 6.0, rng(seed), closed=True)
    assert edges[0] == Edge(800, closed=True)
    assert edges[-1].closed
    assert all(earlier.at < later.at and earlier.closed != later.closed for earlier, later in pairwise(edges))
    assert edges[-1].at <= 800 + 48


def test_some_contacts_chatter_and_some_do_not() -> None:
    assert {len(moved(0, 6.0, rng(seed), closed=True)) for seed in range(50)} == {1, 3, 5, 7}


def test_the_same_seed_chatters_the_same() -> None:
    assert flashed(0, 300, ExtensionModel(), rng(4)) == flashed(0, 300, ExtensionModel(), rng(4))


def test_a_flash_is_as_long_as_the_finger_wanted() -> None:
    assert flashed(80, 300, RIGID, rng()) == (Edge(80, closed=False), Edge(80 + 2400, closed=True))


@pytest.mark.parametrize(("make", "break_samples"), [(0.33, 536), (0.4, 480)])
def test_a_disc_breaks_ten_times_a_second(make: float, break_samples: int) -> None:
    """33/66 and 40/60 ms (boards.md §3.3)."""
    edges = dialled("3", 0, ExtensionModel(disc_make=make, disc_bounce_ms=0.0), rng())
    assert [edge.closed for edge in edges] == [False, True] * 3
    assert [later.at - earlier.at for earlier, later in pairwise(edges)] == [break_samples, 800 - break_samples] * 2 + [
        break_samples
    ]


def test_a_nought_has_ten_breaks() -> None:
    assert len(dialled("0", 0, RIGID, rng())) == 20


@pytest.mark.parametrize("digit", ["*", "A", "", "12", "٣"])
def test_what_is_not_on_a_disc_is_refused_in_words(digit: str) -> None:
    with pytest.raises(ValueError, match="disc"):
        dialled(digit, 0, RIGID, rng())
