"""The committed weights: what they say of plain texts, and that nothing about a text's neighbours changes it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.events.assessments import SentimentLabel
from scoring.domain.model.sentiment import LABELS, SENTIMENT, Sentiments
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS, FACTS_FILE, WeightsDamaged, read_facts
from scoring.domain.text.language import read_languages

MODEL = TextModel.load(COMMITTED_WEIGHTS)
NEGATIVE, NEUTRAL, POSITIVE = LABELS


def label_of(text: str) -> SentimentLabel | None:
    found = MODEL.assess([text])[0]
    return found.label if found else None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("客服态度太差了，等了一个星期还没发货，再也不买了", NEGATIVE),
        ("垃圾产品，用两天就坏了，退款！", NEGATIVE),
        ("非常满意，物流很快，会推荐给朋友", POSITIVE),
        ("超级喜欢，质量很好", POSITIVE),
        ("請問什麼時候發貨", NEUTRAL),
        ("多少钱", NEUTRAL),
        ("Terrible service, my order never arrived and nobody answers", NEGATIVE),
        ("I love it, best purchase this year, thank you!", POSITIVE),
        ("What size should I get?", NEUTRAL),
        ("The product is terrible 质量太差了", NEGATIVE),
        ("I love this 真的很好用", POSITIVE),
        ("👍👍👍", POSITIVE),
        ("😡😡", NEGATIVE),
        ("666", POSITIVE),
    ],
)
def test_a_plain_text_reads_as_anyone_would_read_it(text: str, label: SentimentLabel) -> None:
    assert label_of(text) == label


def test_traditional_chinese_reads_as_simplified_does() -> None:
    traditional, simplified = MODEL.assess(["質量太差，客服不理人，退錢", "质量太差，客服不理人，退钱"])

    assert traditional == simplified


@pytest.mark.parametrize("text", ["", "   ", "...", "123", "ありがとうございます", "Gracias, muy bueno", "@shop"])
def test_what_the_model_cannot_read_has_no_sentiment(text: str) -> None:
    assert label_of(text) is None


@given(st.lists(st.text(st.characters(codec=None)), max_size=5))
def test_a_texts_sentiment_does_not_depend_on_its_batch(texts: list[str]) -> None:
    together = MODEL.assess(texts)

    assert together == [MODEL.assess([text])[0] for text in texts]


@given(st.lists(st.text(alphabet="很好差 good bad!😡👍", min_size=1), min_size=1, max_size=5))
def test_scores_are_probabilities_and_the_label_is_the_highest(texts: list[str]) -> None:
    found = [one for one in MODEL.assess(texts) if one]

    for sentiment in found:
        scores = (sentiment.scores.negative, sentiment.scores.neutral, sentiment.scores.positive)
        assert sum(scores) == pytest.approx(1, abs=2e-4)
        assert all(0 <= score <= 1 for score in scores)
        assert scores[LABELS.index(sentiment.label)] == max(scores)


def test_only_a_clear_text_is_read_with_confidence() -> None:
    clear, unclear = MODEL.assess(["太差了，垃圾，再也不买了，退款", "哪个人说的那件事"])

    assert clear
    assert unclear
    assert clear.confident
    assert not unclear.confident


def test_a_mixed_text_lies_between_its_halves() -> None:
    halves = ("但是客服态度太差了退款", "The product is great and I love it")
    text = " ".join(halves)
    reading = read_languages([text])

    both = MODEL.probabilities([text], readings=reading)[0]
    chinese, english = (MODEL.probabilities([half], readings=read_languages([half]))[0] for half in halves)

    assert reading[0].language == "mixed"
    assert chinese[2] < both[2] < english[2]


def test_the_weights_are_the_ones_the_record_names() -> None:
    facts = read_facts(COMMITTED_WEIGHTS)

    for head in facts.heads:
        assert hashlib.sha256((COMMITTED_WEIGHTS / head.file).read_bytes()).hexdigest() == head.sha256


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    for source in COMMITTED_WEIGHTS.glob("*.*"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    content = bytearray((tmp_path / "zh_sentiment.npy").read_bytes())
    content[-1] ^= 1
    (tmp_path / "zh_sentiment.npy").write_bytes(content)

    with pytest.raises(WeightsDamaged, match=r"zh_sentiment\.npy"):
        TextModel.load(tmp_path)


def test_weights_for_other_features_are_refused(tmp_path: Path) -> None:
    fingerprint = read_facts(COMMITTED_WEIGHTS).features_sha256
    record = (COMMITTED_WEIGHTS / FACTS_FILE).read_text(encoding="utf-8")
    (tmp_path / FACTS_FILE).write_text(record.replace(fingerprint, "0" * 64), encoding="utf-8")

    with pytest.raises(WeightsDamaged, match="other features"):
        TextModel.load(tmp_path)


def test_the_trained_model_is_one_of_the_things_that_tell_sentiment() -> None:
    sentiments: Sentiments = MODEL

    assert sentiments.probabilities(["很好"], readings=read_languages(["很好"])).shape == (1, len(LABELS))


def test_a_question_without_a_head_for_the_texts_language_has_no_answer() -> None:
    chinese_only = TextModel(name="half", heads={SENTIMENT: {"zh": MODEL.heads[SENTIMENT]["zh"]}})
    texts = ["很好", "very good", "very good 很好用"]

    rows = chinese_only.probabilities(texts, readings=read_languages(texts))

    assert np.isnan(rows).all(axis=1).tolist() == [False, True, False]
