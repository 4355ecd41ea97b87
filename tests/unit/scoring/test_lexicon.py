"""The lexicon counts felt words, turns them round after a denial, and stays within its text."""

import numpy as np
import pytest

from scoring.domain.lexicon import english_lexicon
from scoring.domain.ngrams import words
from scoring.domain.normalisation import code_points


def verdicts_of(*texts: str) -> list[set[int]]:
    owners, hashes = english_lexicon().verdicts(words(*code_points(texts)), texts=len(texts))
    return [set(hashes[owners == index].tolist()) for index in range(len(texts))]


def test_felt_words_are_told_apart_from_plain_ones() -> None:
    great, awful, plain = verdicts_of("a great phone", "an awful phone", "a black phone")

    assert great != awful != plain
    assert great - plain
    assert awful - plain


@pytest.mark.parametrize("denied", ["not good", "isn't very good", "isn’t very good", "never been good"])
def test_a_denial_turns_a_word_round(denied: str) -> None:
    good, turned = verdicts_of("good", denied)

    assert turned != good
    assert turned & verdicts_of("bad")[0]


def test_a_denial_does_not_reach_into_the_next_text() -> None:
    _, after = verdicts_of("not", "good")

    assert after == verdicts_of("good")[0]


def test_no_word_stands_in_the_lexicon_twice() -> None:
    lexicon = english_lexicon()

    assert (np.diff(lexicon.hashes) > 0).all()
    assert lexicon.hashes.size == lexicon.valences.size
