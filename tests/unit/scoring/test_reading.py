"""The process that reads for another answers what it is asked; what a brand has taught it need be told only once."""

from io import BytesIO

import msgspec
import pytest

from huiying.events.assessments import SentimentLabel
from scoring.clients.reading_process import LENGTH_BYTES, Answer, Asked, Question, framed
from scoring.domain.assessing import Utterance
from scoring.domain.codes.dictionary import BrandDictionary
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.teaching.knowledge import BrandKnowledge
from scoring.reading import Reader, serve
from scoring.usecases.assess_texts import read_texts
from scoring.usecases.judge_sentiments import TablesAlone

TAUGHT = BrandKnowledge(
    dictionary=BrandDictionary(products={"星壶": ("starpot",)}, word_rules={"绝绝子": SentimentLabel.POSITIVE})
)


@pytest.fixture(scope="module")
def tools() -> TablesAlone:
    return TablesAlone(model=TextModel.load(COMMITTED_WEIGHTS))


def asked(text: str, *, knowledge: bytes | None = None) -> Asked:
    return Asked(text, "zh", 200, 3, knowledge)


def test_texts_read_as_they_do_without_the_process(tools: TablesAlone) -> None:
    reader = Reader(tools)
    utterance = Utterance(text="星壶绝绝子!", language_hint="zh", followers=200, repeated=3, knowledge=TAUGHT)
    question = Question([asked(utterance.text, knowledge=TAUGHT.digest)], {TAUGHT.digest: TAUGHT.packed})

    answer = reader.answer(question)

    assert answer.read == read_texts([utterance], tools=tools)
    assert [each.name for each in answer.read[0].assessment.entities] == ["星壶"]


def test_knowledge_is_asked_for_once(tools: TablesAlone) -> None:
    reader = Reader(tools)
    question = Question([asked("星壶", knowledge=TAUGHT.digest)], {})

    first = reader.answer(question)
    reader.answer(Question(question.asked, {TAUGHT.digest: TAUGHT.packed}))
    third = reader.answer(question)

    assert first == Answer(unknown=[TAUGHT.digest])
    assert third.unknown == []
    assert len(third.read) == 1


def test_knowledge_that_differs_has_another_name() -> None:
    other = BrandKnowledge(dictionary=BrandDictionary(products={"星壶": ("star pot",)}))

    assert other.digest != TAUGHT.digest
    assert BrandKnowledge.unpacked(TAUGHT.packed) == TAUGHT


def test_the_knowledge_of_the_brands_that_were_asked_for_last_stays(tools: TablesAlone) -> None:
    reader = Reader(tools, brand_count=2)
    brands = [BrandKnowledge(dictionary=BrandDictionary(words=(word,))) for word in "甲乙丙"]
    for brand in brands:
        reader.answer(Question([asked("好", knowledge=brand.digest)], {brand.digest: brand.packed}))

    unknown = [reader.answer(Question([asked("好", knowledge=brand.digest)], {})).unknown for brand in brands]

    assert unknown == [[brands[0].digest], [], []]


def test_what_is_asked_for_is_not_forgotten_for_what_is_told_with_it(tools: TablesAlone) -> None:
    reader = Reader(tools, brand_count=2)
    first, second, third = (BrandKnowledge(dictionary=BrandDictionary(words=(word,))) for word in "甲乙丙")
    for brand in (first, second):
        reader.answer(Question([asked("好", knowledge=brand.digest)], {brand.digest: brand.packed}))
    both = [asked("好", knowledge=first.digest), asked("好", knowledge=third.digest)]

    answer = reader.answer(Question(both, {third.digest: third.packed}))

    assert answer.unknown == []
    assert len(answer.read) == 2


def test_what_cannot_be_read_is_said_without_its_words(tools: TablesAlone) -> None:
    broken = Asked(None, None, None, 1, None)  # type: ignore[arg-type] # what no sender sends

    answer = Reader(tools).answer(Question([broken], {}))

    assert answer == Answer(failed="TypeError")


def test_it_answers_until_there_are_no_more_questions(tools: TablesAlone) -> None:
    questions = BytesIO(framed(Question([asked("好")], {})) + framed(Question([asked("差"), asked("坏")], {})))
    answers = BytesIO()

    serve(questions, answers, reader=Reader(tools))

    told, counts = answers.getvalue(), []
    while told:
        length = int.from_bytes(told[:LENGTH_BYTES])
        counts.append(len(msgspec.msgpack.decode(told[LENGTH_BYTES : LENGTH_BYTES + length], type=Answer).read))
        told = told[LENGTH_BYTES + length :]
    assert counts == [1, 2]
