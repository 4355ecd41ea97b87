"""The labelled comments are complete enough to measure with, and the two halves share nothing."""

from collections import Counter

import pytest

from tests.support.labelled_texts import DEVELOPMENT, FINAL, LabelledText, labelled_texts

HALVES = {half: labelled_texts(half) for half in (DEVELOPMENT, FINAL)}
ALL = [text for texts in HALVES.values() for text in texts]
INTENTS = {
    "question", "complaint", "praise", "purchase", "after_sales", "refund", "suggestion",
    "need", "thanks", "spam", "abuse", "rumour", "other",
}  # fmt: skip
RISKS = {
    "abuse", "threat", "self_harm", "safety_incident", "legal",
    "media_enquiry", "rumour", "spam", "personal_data",
}  # fmt: skip


def key(text: LabelledText) -> str:
    """What is left of a text when case, spaces, punctuation and emoji are not looked at."""
    return "".join(char for char in text.text.casefold() if char.isalnum()) or text.text


def test_every_label_is_one_that_exists() -> None:
    assert {code for text in ALL for code in text.intents} == INTENTS
    assert {code for text in ALL for code in text.risks} == RISKS
    assert {text.sentiment for text in ALL} == {"neg", "neu", "pos"}
    assert {text.urgency for text in ALL} == {"low", "medium", "high"}
    assert all(text.intents and text.text.strip() == text.text != "" for text in ALL)


def test_half_are_chinese_and_some_of_those_traditional() -> None:
    languages = Counter(text.language for text in ALL)
    traditional = sum(text.id.startswith("hant-") for text in ALL)

    assert len(ALL) >= 960
    assert 0.48 <= languages["zh"] / len(ALL) <= 0.52
    assert languages["mixed"] / len(ALL) >= 0.06
    assert traditional / len(ALL) >= 0.07


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_occurs_often_enough_in_each_language(language: str) -> None:
    intents = Counter(code for text in ALL if text.language == language for code in text.intents)
    risks = Counter(code for text in ALL if text.language == language for code in text.risks)

    assert min(intents[code] for code in INTENTS) >= 25
    assert min(risks[code] for code in RISKS) >= 20


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", sorted(INTENTS | RISKS))
def test_a_code_is_as_frequent_in_one_half_as_in_the_other(language: str, code: str) -> None:
    development, final = (
        sum(text.language == language and code in text.intents | text.risks for text in texts)
        for texts in HALVES.values()
    )

    assert abs(development - final) <= 2


def test_what_is_both_an_intent_and_a_risk_is_given_as_both() -> None:
    both = INTENTS & RISKS

    assert [text.id for text in ALL if text.intents & both != text.risks & both] == []


def test_no_text_stands_twice_in_either_half() -> None:
    repeats = [key for key, count in Counter(map(key, ALL)).items() if count > 1]

    assert repeats == []
    assert len({text.id for text in ALL}) == len(ALL)
