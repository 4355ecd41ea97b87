"""What is found is weighed up into intents and risks, with the words that say so."""

import pytest

from huiying.events.assessments import Intent, IntentCode, Risk, RiskCode, Sentiment, SentimentLabel, SentimentScores
from scoring.domain.assessing import CODES, Heads
from scoring.domain.codes.intents import intents_of
from scoring.domain.codes.numbers import find_numbers
from scoring.domain.codes.risks import risks_of
from scoring.domain.codes.signals import find_signals
from scoring.domain.codes.weighing import weigh
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.text.language import read_languages

MODEL = TextModel.load(COMMITTED_WEIGHTS)
ANGRY = Sentiment(
    label=SentimentLabel.NEGATIVE, scores=SentimentScores(negative=0.9, neutral=0.1, positive=0.0), confident=True
)


def read(text: str, *, sentiment: Sentiment | None = None) -> tuple[tuple[Intent, ...], tuple[Risk, ...]]:
    (signals,) = find_signals([text])
    entities = find_numbers(signals.text)
    rows = MODEL.score([text], readings=read_languages([text]), questions=[CODES])
    heads = Heads(labels={CODES: MODEL.labels(CODES)}, rows={CODES: rows[CODES][0]})
    shares = weigh(signals, sentiment=sentiment, entities=entities, leanings=heads.leanings())
    return intents_of(signals, shares=shares), risks_of(signals, shares=shares, entities=entities)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("请问这款可以机洗吗？", IntentCode.QUESTION),
        ("质量太差了，客服态度恶劣", IntentCode.COMPLAINT),
        ("太好喝了，强烈推荐", IntentCode.PRAISE),
        ("多少钱？怎么买", IntentCode.PURCHASE),
        ("三天了还没发货，物流不动", IntentCode.AFTER_SALES),
        ("我要退款，把钱退给我", IntentCode.REFUND),
        ("建议增加夜间模式", IntentCode.SUGGESTION),
        ("求推荐一款适合敏感肌的", IntentCode.NEED),
        ("谢谢你们，辛苦了", IntentCode.THANKS),
        ("兼职日结，加微信", IntentCode.SPAM),
        ("客服是傻逼吧", IntentCode.ABUSE),
        ("听说你们家用地沟油，是真的吗", IntentCode.RUMOUR),
        ("terrible quality, waste of money", IntentCode.COMPLAINT),
        ("how much is this and where can I buy it", IntentCode.PURCHASE),
        ("where is my order, still hasn't arrived", IntentCode.AFTER_SALES),
        ("I want a full refund", IntentCode.REFUND),
        ("you should add a dark mode", IntentCode.SUGGESTION),
        ("thank you so much for the help", IntentCode.THANKS),
    ],
)
def test_a_plain_wish_is_recognised(text: str, code: IntentCode) -> None:
    intents, _ = read(text)

    assert code in {each.code for each in intents}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("再不解决我就砸了你们店", RiskCode.THREAT),
        ("活着没意思，不想活了", RiskCode.SELF_HARM),
        ("充电宝突然起火，手被烧伤送医院了", RiskCode.SAFETY_INCIDENT),
        ("已经委托律师，法院见", RiskCode.LEGAL),
        ("我是晚报的记者，想采访贵公司负责人", RiskCode.MEDIA_ENQUIRY),
        ("我电话13800138000", RiskCode.PERSONAL_DATA),
        ("i will kill you", RiskCode.THREAT),
        ("i want to kill myself", RiskCode.SELF_HARM),
        ("the charger exploded and my kitchen caught fire", RiskCode.SAFETY_INCIDENT),
        ("see you in small claims court", RiskCode.LEGAL),
    ],
)
def test_a_plain_danger_is_recognised(text: str, code: RiskCode) -> None:
    _, risks = read(text)

    assert code in {each.code for each in risks}


@pytest.mark.parametrize(
    "text",
    [
        "笑死我了哈哈哈",
        "this sale is killing me lol",
        "好吃到爆炸",
        "订单号13800138000",
        "医生说我缺珍珠，我来治病了",
        "钱包：你再喝奶茶试试",
        "my wallet is bleeding after this drop",
        "Does the osmanthus latte have red bean in it? I'm allergic",
    ],
)
def test_what_only_sounds_dangerous_is_no_risk(text: str) -> None:
    assert read(text)[1] == ()


def test_there_is_always_an_intent_and_other_only_alone() -> None:
    for text in ("", "。", "路过打卡", "qwerty"):
        assert [each.code for each in read(text)[0]] == [IntentCode.OTHER]


@pytest.mark.parametrize("text", ["客服是傻逼吧", "兼职日结，加微信", "听说你们家用地沟油，是真的吗"])
def test_an_intent_that_is_a_risk_is_given_as_both(text: str) -> None:
    intents, risks = read(text)

    codes = {RiskCode.ABUSE, RiskCode.SPAM, RiskCode.RUMOUR}
    assert codes & {each.code.value for each in intents} == codes & {each.code.value for each in risks} != set()


def test_the_surest_comes_first_and_brings_its_evidence() -> None:
    intents, _ = read("我要退款，把钱退给我")

    assert intents[0].code is IntentCode.REFUND
    assert "退款" in " ".join(intents[0].evidence)
    assert list(intents) == sorted(intents, key=lambda intent: -intent.score)


def test_evidence_of_personal_data_is_masked() -> None:
    _, risks = read("我电话13800138000")

    assert [each.evidence for each in risks if each.code is RiskCode.PERSONAL_DATA] == [("138****8000",)]


def test_anger_makes_a_complaint_surer() -> None:
    (signals,) = find_signals(["这个包装"])

    calm, angry = (weigh(signals, sentiment=sentiment)["complaint"] for sentiment in (None, ANGRY))

    assert angry > calm


def test_a_hint_that_the_table_does_not_know_says_nothing() -> None:
    (signals,) = find_signals(["退款"])

    assert weigh(signals, sentiment=None, hints={"unheard of": 1.0}) == weigh(signals, sentiment=None)
