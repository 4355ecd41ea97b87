"""An assessment holds what every reader made of a text, what its brand has taught, and what is known of its writer."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from huiying.events.assessments import Assessment, AssessmentMade, EntityKind, IntentCode, RiskCode, SentimentLabel
from huiying.events.envelope import Told, decode
from huiying.events.interactions import Action, Actor, Interaction, InteractionReceived
from huiying.outbox.unit import Unit
from scoring.domain.assessing import Utterance
from scoring.usecases.assess_interactions import assess_interactions
from scoring.usecases.assess_texts import assess_texts
from tests.unit.scoring.learning.world import NOON, TEA, Teaching, an_interaction

WRITER = Actor(id="ann", followers=200_000)


def read(teaching: Teaching, text: str, **known: Any) -> Assessment:
    return assess_texts([Utterance(text=text, **known)], tools=teaching.service.runtime.tools)[0]


def label_of(assessment: Assessment) -> SentimentLabel | None:
    return assessment.sentiment.label if assessment.sentiment else None


def urgency_of(assessment: Assessment) -> float:
    assert assessment.urgency is not None
    return assessment.urgency


async def told_of(teaching: Teaching, *interactions: Interaction) -> list[Assessment]:
    """What is told of a batch that comes in, without storing it twice."""
    facts = [Told(InteractionReceived(interaction=one), "interactions", 0, 0, 0) for one in interactions]
    async with teaching.service.open_unit() as unit:
        already = len(_facts(unit))
        await assess_interactions(unit, facts)
        return [decode(AssessmentMade, fact).assessment for fact in _facts(unit)[already:]]


def _facts(unit: Unit[Any]) -> list[bytes]:
    return [fact.value for _, fact in unit._facts]


@pytest.mark.parametrize(
    ("text", "personal", "mask"),
    [
        ("ordered days ago call 415-555-0134 broken", "415-555-0134", "41*-***-0134"),
        ("you jo.doe@mail.example moron", "jo.doe", "you j***@mail.example moron"),
        ("客服a@b.co废物", "a@b", "客服a***@b.co废物"),
    ],
)
async def test_what_is_personal_is_masked_wherever_it_stands(
    teaching: Teaching, text: str, personal: str, mask: str
) -> None:
    found = read(teaching, text)

    told = msgspec.json.encode(found).decode()
    assert personal not in told
    assert mask in told


async def test_a_complaint_is_read_whole(teaching: Teaching) -> None:
    text = "退款三天了还没到账，客服不理人😡 订单号 88237712，电话13812345678"

    found = read(teaching, text)

    assert found.sentiment
    assert found.sentiment.label is SentimentLabel.NEGATIVE
    assert IntentCode.REFUND in {intent.code for intent in found.intents}
    assert all(words in text for intent in found.intents for words in intent.evidence)
    assert urgency_of(found) > urgency_of(read(teaching, "这家店环境不错"))
    assert found.urgency_reasons
    assert found.keywords
    assert {entity.kind for entity in found.entities} == {EntityKind.ORDER_NUMBER, EntityKind.PHONE_NUMBER}


async def test_personal_data_is_masked_wherever_it_is_told(teaching: Teaching) -> None:
    found = read(teaching, "退款到13812345678，邮箱 ann@example.com")

    assert RiskCode.PERSONAL_DATA in {risk.code for risk in found.risks}
    assert b"13812345678" not in msgspec.json.encode(found)
    assert b"ann@example.com" not in msgspec.json.encode(found)


async def test_the_language_that_a_platform_gave_settles_what_the_script_leaves_open(teaching: Teaching) -> None:
    found = read(teaching, "Gracias, muy bueno", language_hint="es")

    assert (found.language, found.sentiment) == ("es", None)
    assert found.model == teaching.service.runtime.tools.model.name


async def test_a_text_without_words_has_no_feeling(teaching: Teaching) -> None:
    found = read(teaching, "12345")

    assert (found.sentiment, found.emotion, found.sarcasm) == (None, None, None)


async def test_each_text_of_a_batch_is_read_as_its_own_brand_has_it(teaching: Teaching) -> None:
    await teaching.answer(
        "PUT", f"/dictionaries/{TEA}", json={"products": {"绝绝紫": []}, "word_rules": {"绝绝紫": "negative"}}
    )
    texts = ("绝绝紫", "绝绝紫", "绝绝紫")
    brands = (TEA, "coffee", TEA)

    ours, theirs, again = await told_of(
        teaching,
        *(
            an_interaction(str(place), brand=brand, text=text)
            for place, (brand, text) in enumerate(zip(brands, texts, strict=True))
        ),
    )

    assert label_of(ours) == label_of(again) == SentimentLabel.NEGATIVE
    assert [entity.name for entity in ours.entities] == ["绝绝紫"]
    assert label_of(theirs) != SentimentLabel.NEGATIVE
    assert theirs.entities == ()


async def test_who_writes_again_and_is_followed_by_many_is_more_urgent(teaching: Teaching) -> None:
    complaint = msgspec.structs.replace(an_interaction("first", text="等了一周还没发货"), actor=WRITER)
    await teaching.hears(complaint)
    later = msgspec.structs.replace(
        an_interaction("second", text="等了一周还没发货"), actor=WRITER, occurred_at=NOON + timedelta(minutes=1)
    )

    (repeated,) = await told_of(teaching, later)

    reasons = {reason.code: reason.detail for reason in repeated.urgency_reasons}
    assert reasons["repeated"] == "2"
    assert reasons["reach"] == "200000"
    assert urgency_of(repeated) > urgency_of(read(teaching, "等了一周还没发货"))


async def test_an_utterance_of_an_unknown_brand_is_read_without_knowledge(teaching: Teaching) -> None:
    plain = read(teaching, "很好喝")

    named = await teaching.answer("POST", "/assessments", json={"brand": "new", "items": [{"text": "很好喝"}]})

    (item,) = named["items"]
    assert plain.sentiment
    assert item["sentiment"]["label"] == plain.sentiment.label
    assert item["intents"][0]["code"] == plain.intents[0].code


async def test_an_edit_is_not_one_more_time_that_somebody_writes(teaching: Teaching) -> None:
    first, edit = (
        msgspec.structs.replace(an_interaction("once", action=action, text="怎么还没到账"), actor=WRITER)
        for action in (Action.CREATED, Action.UPDATED)
    )
    await teaching.hears(first)

    (found,) = await told_of(teaching, edit)

    assert "repeated" not in {reason.code for reason in found.urgency_reasons}
