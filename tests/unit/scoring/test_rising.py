"""A term rises when it is said more than its own past explains; chance among many terms is not mistaken for that."""

import numpy as np

from scoring.domain.words.rising import Window, rising_terms

USUAL = {"物流": 40, "refund": 20, "栗子拿铁": 2}
PAST = [Window(texts=1_000, counts=USUAL) for _ in range(7)]


def test_a_term_said_far_more_than_before_rises() -> None:
    now = Window(texts=1_000, counts=USUAL | {"栗子拿铁": 30})

    [rise] = rising_terms(now, earlier=PAST)

    assert (rise.term, rise.observed) == ("栗子拿铁", 30)
    assert 2 <= rise.expected < 2.2
    assert rise.score > 3


def test_a_term_never_said_before_can_rise() -> None:
    now = Window(texts=1_000, counts=USUAL | {"发霉": 12})

    assert [rise.term for rise in rising_terms(now, earlier=PAST)] == ["发霉"]


def test_more_of_everything_is_no_rise() -> None:
    now = Window(texts=5_000, counts={term: 5 * count for term, count in USUAL.items()})

    assert rising_terms(now, earlier=PAST) == []


def test_what_only_a_few_say_is_not_named() -> None:
    now = Window(texts=1_000, counts=USUAL | {"typo": 4})

    assert rising_terms(now, earlier=PAST, false_share=1.0, fewest_texts=5) == []


def test_without_a_past_nothing_rises() -> None:
    now = Window(texts=1_000, counts=USUAL)

    assert rising_terms(now, earlier=[]) == []
    assert rising_terms(now, earlier=[Window(texts=0, counts={})]) == []


def test_a_term_that_comes_and_goes_must_rise_higher() -> None:
    restless = [Window(texts=1_000, counts={"直播": count, "物流": 20}) for count in (1, 60, 2, 3, 55, 4, 15)]
    now = Window(texts=1_000, counts={"直播": 60, "物流": 60})

    assert [rise.term for rise in rising_terms(now, earlier=restless)] == ["物流"]


def test_the_least_likely_by_chance_comes_first() -> None:
    now = Window(texts=1_000, counts=USUAL | {"退款": 20, "发霉": 90})

    assert [rise.term for rise in rising_terms(now, earlier=PAST)] == ["发霉", "退款"]


def test_among_thousands_of_terms_that_do_not_change_hardly_one_is_named() -> None:
    rng = np.random.default_rng(7)
    rates = 100 / np.arange(1, 3_001)

    def window() -> Window:
        counts = rng.poisson(rates * rng.gamma(20, 1 / 20, size=rates.size))
        return Window(texts=1_000, counts={f"w{place}": int(count) for place, count in enumerate(counts) if count})

    named = [len(rising_terms(window(), earlier=[window() for _ in range(7)])) for _ in range(20)]

    assert sum(named) <= 3
