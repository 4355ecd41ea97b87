"""A lexicon counts felt words, turns them round after a denial, and stays within its text."""

import numpy as np
import pytest

from scoring.domain.model.lexicon import chinese_lexicon, english_lexicon
from scoring.domain.text.ngrams import words
from scoring.domain.text.normalisation import code_points

Verdicts = list[set[int]]


def english(*texts: str) -> Verdicts:
    owners, hashes = english_lexicon().verdicts(words(*code_points(texts)), texts=len(texts))
    return [set(hashes[owners == index].tolist()) for index in range(len(texts))]


def chinese(*texts: str) -> Verdicts:
    owners, hashes = chinese_lexicon().verdicts(*code_points(texts), texts=len(texts))
    return [set(hashes[owners == index].tolist()) for index in range(len(texts))]


@pytest.mark.parametrize(
    ("good", "bad", "plain"),
    [
        (english("a great phone"), english("an awful phone"), english("a black phone")),
        (chinese("很好看的手机"), chinese("很难看的手机"), chinese("黑色的手机")),
        (chinese("[赞]"), chinese("[怒]"), chinese("[手机]")),
    ],
)
def test_felt_words_are_told_apart_from_plain_ones(good: Verdicts, bad: Verdicts, plain: Verdicts) -> None:
    assert good[0] - plain[0]
    assert bad[0] - plain[0]
    assert good != bad


@pytest.mark.parametrize("denied", ["not good", "isn't very good", "isn’t very good", "never been good"])
def test_a_denial_turns_an_english_word_round(denied: str) -> None:
    good, turned = english("good", denied)

    assert turned != good
    assert turned & english("bad")[0]


@pytest.mark.parametrize("denied", ["不好看", "没有很好看", "並不好看"])
def test_a_denial_turns_a_chinese_word_round(denied: str) -> None:
    assert chinese(denied)[0] & chinese("难看")[0] - chinese("好看")[0]


def test_a_word_of_degree_raises_what_follows() -> None:
    plain, raised = chinese("满意", "非常满意")

    assert plain < raised


def test_the_longest_of_the_words_that_begin_together_counts() -> None:
    assert chinese("不错") == chinese("香")


def test_traditional_words_are_felt_as_simplified_ones() -> None:
    assert chinese("滿意") == chinese("满意")


def test_a_denial_does_not_reach_into_the_next_text() -> None:
    assert english("not", "good")[1] == english("good")[0]
    assert chinese("不", "好看")[1] == chinese("好看")[0]


def test_no_word_stands_in_a_lexicon_twice() -> None:
    for hashes in (english_lexicon().hashes, chinese_lexicon().felt.hashes):
        assert (np.diff(hashes) > 0).all()
