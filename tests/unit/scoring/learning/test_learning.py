"""What labels teach."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.events.assessments import SentimentLabel
from scoring.domain.model.heads import Probabilities
from scoring.domain.model.sentiment import LABELS
from scoring.domain.model.weights import features_fingerprint
from scoring.domain.teaching.adaptation import Adaptation
from scoring.domain.teaching.lessons import FEWEST_LABELS_FOR_NGRAMS, Learnt, Lessons, TooFewLabels, learn
from scoring.domain.text.language import read_languages

SUITS = ("红茶", "绿茶", "白茶", "黑茶")


def rows_of(labels: Sequence[str], *, sure: float = 0.8) -> Probabilities:
    """What a model says that is that sure of these labels."""
    names = [label.value for label in LABELS]
    return np.array([[sure if name == label else (1 - sure) / 2 for name in names] for label in labels]).reshape(-1, 3)


def lessons(said: Sequence[str], meant: Sequence[str], texts: Sequence[str] | None = None) -> Lessons:
    """Texts that a model reads as `said`, and their authors `meant`."""
    own = texts or [f"text {number}" for number in range(len(said))]
    return Lessons.of(own, [SentimentLabel(label) for label in meant], rows=rows_of(said))


def learnt(*args: Sequence[str]) -> Learnt:
    """What these lessons teach."""
    return learn(lessons(*args), model="test")


def read(adaptation: Adaptation, texts: Sequence[str], said: Sequence[str]) -> list[str]:
    """How these texts read by an adaptation."""
    rows = adaptation.apply(rows_of(said), texts=texts, readings=read_languages(texts))
    return [LABELS[index].value for index in rows.argmax(axis=1)]


def test_a_brand_that_means_neutral_is_read_as_neutral() -> None:
    said = ["negative", "neutral", "positive"] * 60
    meant = ["neutral", "neutral", "neutral", "negative", "neutral", "positive"] * 30

    found = learnt(said, meant)

    assert found.adaptation.bias[1] > max(found.adaptation.bias[0], found.adaptation.bias[2])
    assert found.effect.after.ece < found.effect.before.ece


def test_a_model_that_is_right_more_often_than_it_thinks_becomes_surer() -> None:
    said = ["negative", "neutral", "positive"] * 60

    found = learnt(said, said)

    assert found.effect.changed == 0
    assert found.effect.after.ece < found.effect.before.ece


def test_words_of_the_brand_count_once_there_are_labels_enough() -> None:
    count = FEWEST_LABELS_FOR_NGRAMS
    texts = [f"{SUITS[number % 4]}第{number}杯" for number in range(count)]
    meant = [("positive", "negative")[number % 2] for number in range(count)]

    found = learnt(["positive"] * count, meant, texts)

    assert found.effect.uses_ngrams
    assert found.effect.after.accuracy > 0.95
    assert read(found.adaptation, ["红茶", "绿茶"], ["positive"] * 2) == ["positive", "negative"]


def test_words_that_say_nothing_are_left_out() -> None:
    count = FEWEST_LABELS_FOR_NGRAMS
    rng = np.random.default_rng(7)
    texts = ["".join(rng.choice(list("天地玄黄宇宙洪荒"), 6)) + str(number) for number in range(count)]
    meant = rng.choice(["negative", "neutral", "positive"], count).tolist()

    found = learnt(meant, meant, texts)

    assert not found.effect.uses_ngrams
    assert found.adaptation.ngrams is None


def test_what_was_said_twice_is_not_both_learnt_and_measured() -> None:
    count = FEWEST_LABELS_FOR_NGRAMS
    rng = np.random.default_rng(7)
    once = ["".join(rng.choice(list("天地玄黄宇宙洪荒日月盈昃"), 8)) for _ in range(count // 4)]
    meant = rng.choice(["negative", "positive"], count // 4).tolist() * 4

    found = learnt(["positive"] * count, meant, once * 4)

    assert found.effect.after.accuracy < 0.75


def test_the_same_labels_teach_the_same() -> None:
    said = ["negative", "neutral", "positive"] * 40
    meant = ["neutral", "neutral", "positive"] * 40

    assert learnt(said, meant).adaptation == learnt(said, meant).adaptation


def test_an_adaptation_fits_only_the_model_that_it_was_learnt_with() -> None:
    found = learnt(["negative", "positive"] * 60, ["negative", "positive"] * 60).adaptation

    assert found.fits("test")
    assert not found.fits("another")
    assert not msgspec.structs.replace(found, features_sha256="other").fits("test")


def test_sharper_changes_no_decision() -> None:
    count = FEWEST_LABELS_FOR_NGRAMS
    texts = [f"{SUITS[number % 4]}第{number}杯" for number in range(count)]
    meant = [("positive", "negative")[number % 2] for number in range(count)]
    found = learnt(["positive"] * count, meant, texts).adaptation
    said = ["positive"] * count

    assert read(found.sharpened(0.1), texts, said) == read(found, texts, said)


def test_an_adaptation_survives_being_stored() -> None:
    count = FEWEST_LABELS_FOR_NGRAMS
    meant = [("positive", "negative")[number % 2] for number in range(count)]
    found = learnt(["positive"] * count, meant, [f"{SUITS[number % 4]}{number}" for number in range(count)]).adaptation

    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Adaptation)

    assert stored == found


@pytest.mark.parametrize("count", [0, 1, 99])
def test_too_few_labels_teach_nothing(count: int) -> None:
    with pytest.raises(TooFewLabels, match=str(count)):
        learnt(["neutral"] * count, ["neutral"] * count)


def test_one_text_over_and_over_teaches_nothing() -> None:
    with pytest.raises(TooFewLabels, match="same"):
        learnt(["neutral"] * 200, ["neutral"] * 200, ["还行"] * 200)


@given(
    texts=st.lists(st.text(max_size=30), min_size=1, max_size=8),
    bias=st.tuples(*[st.floats(-5, 5)] * 3),
    scale=st.floats(0.2, 5),
)
def test_whatever_is_read_has_probabilities(texts: list[str], bias: tuple[float, float, float], scale: float) -> None:
    adaptation = Adaptation(model="test", features_sha256=features_fingerprint(), scale=scale, bias=bias)

    rows = adaptation.apply(rows_of(["positive"] * len(texts)), texts=texts, readings=read_languages(texts))

    assert rows.shape == (len(texts), 3)
    assert np.allclose(rows.sum(axis=1), 1)


@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=8))
def test_a_text_is_read_the_same_in_any_company(texts: list[str]) -> None:
    together = WORDY.apply(rows_of(["positive"] * len(texts)), texts=texts, readings=read_languages(texts))

    alone = [WORDY.apply(rows_of(["positive"]), texts=[text], readings=read_languages([text])) for text in texts]

    assert np.allclose(together, np.concatenate(alone))


def _wordy() -> Adaptation:
    texts = [f"{SUITS[number % 4]} cup {number}" for number in range(FEWEST_LABELS_FOR_NGRAMS)]
    meant = [("positive", "negative")[number % 2] for number in range(FEWEST_LABELS_FOR_NGRAMS)]
    return learnt(["positive"] * FEWEST_LABELS_FOR_NGRAMS, meant, texts).adaptation


WORDY = _wordy()
