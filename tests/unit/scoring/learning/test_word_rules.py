"""Words that say by themselves how a text reads."""

import numpy as np
import pytest

from huiying.events.assessments import SentimentLabel
from scoring.domain.teaching.word_rules import WordRules

RULES = WordRules(
    {
        "踩雷": SentimentLabel.NEGATIVE,
        "好吃": SentimentLabel.POSITIVE,
        "不好吃": SentimentLabel.NEGATIVE,
        "mid": SentimentLabel.NEGATIVE,
        "鍋氣": SentimentLabel.POSITIVE,
    }
)
UNDECIDED = np.full((1, 3), 1 / 3)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("又踩雷了", 0),
        ("真好吃", 2),
        ("真不好吃", 0),
        ("it is MID honestly", 0),
        ("锅气十足", 2),
        ("ｍｉｄ", 0),
    ],
)
def test_a_word_decides_however_it_is_written_and_the_longer_one_first(text: str, label: int) -> None:
    (row,) = RULES.apply(UNDECIDED, texts=[text])

    assert row.argmax() == label
    assert row.sum() == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "open at midnight", "随便", "好吃也踩雷"])
def test_what_has_no_such_word_or_two_that_differ_stays_undecided(text: str) -> None:
    (row,) = RULES.apply(UNDECIDED, texts=[text])

    assert row[0] == pytest.approx(row[2])


def test_a_word_counts_once_in_a_text() -> None:
    once, often = RULES.apply(np.full((2, 3), 1 / 3), texts=["踩雷", "踩雷踩雷踩雷"])

    assert once.tolist() == often.tolist()


def test_a_word_does_not_overrule_a_model_that_is_certain() -> None:
    (row,) = RULES.apply(np.array([[0.999, 0.0005, 0.0005]]), texts=["好吃"])

    assert row.argmax() == 0


def test_no_rules_change_nothing() -> None:
    assert WordRules({}).apply(UNDECIDED, texts=["踩雷"]) is UNDECIDED
