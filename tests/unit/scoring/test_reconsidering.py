"""What a text is for says something of its mood: a question is thought over, and what has no cues is left alone."""

import numpy as np

from scoring.domain.codes.reconsidering import cues_of, reconsidered
from scoring.domain.codes.signals import find_signals
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.text.language import read_languages

MODEL = TextModel.load(COMMITTED_WEIGHTS)
NEGATIVE, NEUTRAL, POSITIVE = range(3)


def both(*texts: str) -> tuple[np.ndarray, np.ndarray]:
    """What the tables say of these texts, and what remains of it."""
    before = MODEL.probabilities(texts, readings=read_languages(texts))
    return before, reconsidered(before, find_signals(texts))


def test_a_question_is_taken_for_more_neutral_than_its_words_sound() -> None:
    before, after = both("请问怎么退款？", "how do I get a refund?")

    assert (after[:, NEUTRAL] > before[:, NEUTRAL]).all()


def test_thanks_and_praise_are_taken_for_more_positive() -> None:
    before, after = both("谢谢，很好用", "thanks, love it")

    assert (after[:, POSITIVE] > before[:, POSITIVE]).all()


def test_a_threat_is_taken_for_more_negative() -> None:
    before, after = both("再不解决我就砸了你们店")

    assert (after[:, NEGATIVE] > before[:, NEGATIVE]).all()


def test_without_cues_the_order_of_the_labels_stays() -> None:
    texts = ("香蕉", "banana")

    before, after = both(*texts)

    assert not any(cues_of(signals) for signals in find_signals(texts))
    assert (before.argmax(axis=1) == after.argmax(axis=1)).all()


def test_probabilities_remain_probabilities_and_none_of_no_texts() -> None:
    _, after = both("😡😡😡退款退款退款！！！", "")
    nothing = reconsidered(np.empty((0, 3)), [])

    assert np.allclose(after.sum(axis=1), 1.0)
    assert (after >= 0).all()
    assert nothing.shape == (0, 3)
