"""Bad manners change the order and the bursts, and lose nothing."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.manners import GOOD, Manners, arranged


@given(
    count=st.integers(0, 60),
    window=st.integers(1, 12),
    burst=st.integers(1, 9),
    late=st.floats(0, 1),
    seed=st.integers(),
)
def test_nothing_is_lost_and_nothing_is_doubled(count: int, window: int, burst: int, late: float, seed: int) -> None:
    manners = Manners(mixed_within=window, burst=burst, late_share=late)

    bursts = list(arranged(range(count), manners=manners, chance=random.Random(seed)))

    assert sorted(one for some in bursts for one in some) == list(range(count))
    assert all(1 <= len(some) <= burst for some in bursts)


def test_good_manners_keep_the_order() -> None:
    assert list(arranged("abc", manners=GOOD, chance=random.Random(1))) == [("a",), ("b",), ("c",)]


def test_disorder_stays_within_its_window() -> None:
    manners = Manners(mixed_within=4)

    order = [one for (one,) in arranged(range(40), manners=manners, chance=random.Random(1))]

    assert order != sorted(order)
    assert all(abs(place - one) < 4 for place, one in enumerate(order))


@pytest.mark.parametrize("nonsense", [{"copies": 1, "at_once": 2}, {"burst": 0}, {"mixed_within": 0}])
def test_manners_that_make_no_sense_are_refused(nonsense: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Manners(**nonsense)


def test_some_are_lost_and_some_come_twice_in_the_shares_that_were_asked_for() -> None:
    manners = Manners(dropped_share=0.1, doubled_share=0.2)

    told = [thing for burst in arranged(range(10_000), manners=manners, chance=random.Random(1)) for thing in burst]

    counts = Counter(told)
    assert 850 < 10_000 - len(counts) < 1_150
    assert 1_600 < sum(count == 2 for count in counts.values()) < 2_000
    assert max(counts.values()) == 2
