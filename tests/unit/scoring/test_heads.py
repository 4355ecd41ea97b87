"""A head says what its integers, scales and hidden units add up to."""

import numpy as np
import pytest

from scoring.domain.model.features import Features
from scoring.domain.model.heads import Head, HeadFacts, HiddenUnit

BITS = 2


def a_head(weights: list[list[int]], *, hidden: tuple[HiddenUnit, ...] = (), temperature: float = 1.0) -> Head:
    facts = HeadFacts(
        question="mood",
        language="en",
        labels=("low", "high"),
        file="en_mood.npy",
        sha256="",
        bits=BITS,
        scale=(1.0,) * len(weights),
        bias=(0.0, 0.0),
        hidden=hidden,
        temperature=temperature,
        confident_from=0.5,
    )
    return Head(facts=facts, weights=np.array(weights, dtype=np.int8))


def seen(*texts: list[int], bits: int = BITS) -> Features:
    return Features(
        bits=bits,
        buckets=np.array([bucket for text in texts for bucket in text], dtype=np.int32),
        starts=np.cumsum([0, *map(len, texts)]),
    )


def odds(head: Head, features: Features) -> list[float]:
    rows = head.probabilities(features)
    return [pytest.approx(float(value)) for value in np.log(rows[:, 1] / rows[:, 0])]


def test_a_label_says_the_sum_of_its_integers_by_the_root_of_their_number() -> None:
    head = a_head([[0, 0, 0, 0], [1, 2, 3, 4]])

    assert odds(head, seen([3], [0, 1, 2, 3])) == [4.0, 5.0]


def test_a_text_without_features_gets_the_bias() -> None:
    head = a_head([[0, 0, 0, 0], [1, 2, 3, 4]])

    assert odds(head, seen([], [0])) == [0.0, 1.0]


def test_a_hidden_unit_counts_only_above_zero() -> None:
    unit = HiddenUnit(bias=-1.0, weights=(0.0, 10.0))
    head = a_head([[0, 0, 0, 0], [0, 0, 0, 0], [3, -3, 0, 1]], hidden=(unit,))

    assert odds(head, seen([0], [1], [2], [3])) == [20.0, 0.0, 0.0, 0.0]


def test_a_higher_temperature_is_less_sure() -> None:
    head = a_head([[0, 0, 0, 0], [4, 0, 0, 0]], temperature=2.0)

    assert odds(head, seen([0])) == [2.0]


def test_a_narrower_head_reads_the_features_of_a_wider_one() -> None:
    head = a_head([[0, 0, 0, 0], [1, 2, 3, 4]])

    assert odds(head, seen([6, 7], bits=3)) == odds(head, seen([3, 3]))
