"""Measure intents, risks and urgency on labelled comments."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from huiying.errors import Invalid
from huiying.events.assessments import IntentCode, RiskCode
from huiying.events.envelope import Value
from scoring.domain.assessing import Utterance
from scoring.domain.model.text_model import TextModel
from scoring.usecases.assess_texts import assess_texts
from scoring.usecases.judge_sentiments import TablesAlone

URGENCY_BANDS = {"low": 0.0, "medium": 0.3, "high": 0.75}
"""The urgency from which on a text is said to be so urgent, where urgency is told in words."""


class Labelled(Value, frozen=True, kw_only=True):
    """A comment, and what a person said of it."""

    text: str
    intents: frozenset[IntentCode]
    risks: frozenset[RiskCode]
    urgency: str


class CodeScore(Value, frozen=True, kw_only=True):
    """How well a code is given: shares from 0 to 1, and how many texts have it."""

    precision: float
    recall: float
    f1: float
    texts: int


class CodeScores(Value, frozen=True, kw_only=True):
    """Every code's score; micro counts every label alike, macro every code.

    `urgency` is the share of texts whose urgency falls into the band that the label names, `urgency_order` the share of
    pairs with different labels that are in the right order.
    """

    intents: dict[str, CodeScore]
    risks: dict[str, CodeScore]
    intents_micro_f1: float
    intents_macro_f1: float
    risks_micro_f1: float
    risks_macro_f1: float
    urgency: float
    urgency_order: float


def read_labelled(path: Path) -> list[Labelled]:
    """The comments of a file with a header, tabs and no quoting. Raises Invalid for a column or code it lacks."""
    header, *lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    names = header.split("\t")
    try:
        return [_labelled(dict(zip(names, line.split("\t"), strict=True))) for line in lines]
    except (KeyError, ValueError) as error:
        raise Invalid(f"{path}: not labelled comments: {error}") from error


def score_codes(labelled: Sequence[Labelled], *, model: TextModel) -> CodeScores:
    """How what is said of these comments agrees with what a person said."""
    found = _found([each.text for each in labelled], model=model)
    intents = _scores(IntentCode, wanted=[each.intents for each in labelled], given=[each.intents for each in found])
    risks = _scores(RiskCode, wanted=[each.risks for each in labelled], given=[each.risks for each in found])
    bands = list(URGENCY_BANDS)
    wanted = [bands.index(each.urgency) for each in labelled]
    urgencies = [each.urgency for each in found]
    right = [bisect_right(list(URGENCY_BANDS.values()), urgency) - 1 for urgency in urgencies]
    return CodeScores(
        intents=intents.by_code,
        risks=risks.by_code,
        intents_micro_f1=intents.micro_f1,
        intents_macro_f1=intents.macro_f1,
        risks_micro_f1=risks.micro_f1,
        risks_macro_f1=risks.macro_f1,
        urgency=sum(map(int.__eq__, wanted, right)) / len(labelled),
        urgency_order=_in_order(wanted, urgencies),
    )


class _Found(NamedTuple):
    """What is said of one comment."""

    intents: frozenset[IntentCode]
    risks: frozenset[RiskCode]
    urgency: float


class _Scores(NamedTuple):
    by_code: dict[str, CodeScore]
    micro_f1: float
    macro_f1: float


def _labelled(row: Mapping[str, str]) -> Labelled:
    return Labelled(
        text=row["text"],
        intents=frozenset(map(IntentCode, row["intents"].split(","))),
        risks=frozenset(map(RiskCode, filter(None, row["risks"].split(",")))),
        urgency=row["urgency"],
    )


def _found(texts: Sequence[str], *, model: TextModel) -> list[_Found]:
    utterances = [Utterance(text=text) for text in texts]
    return [
        _Found(
            frozenset(intent.code for intent in each.intents),
            frozenset(risk.code for risk in each.risks),
            each.urgency or 0.0,
        )
        for each in assess_texts(utterances, tools=TablesAlone(model=model))
    ]


def _scores(codes: Iterable[str], *, wanted: Sequence[Collection[str]], given: Sequence[Collection[str]]) -> _Scores:
    """The score of every code that somebody wanted or gave."""
    counts = {code: _count(code, wanted=wanted, given=given) for code in codes}
    by_code = {
        str(code): CodeScore(
            precision=both / one_given if one_given else 0.0,
            recall=both / one_wanted if one_wanted else 0.0,
            f1=2 * both / (one_wanted + one_given),
            texts=one_wanted,
        )
        for code, (both, one_wanted, one_given) in counts.items()
        if one_wanted + one_given
    }
    both, all_wanted, all_given = map(sum, zip(*counts.values(), strict=True))
    return _Scores(by_code, 2 * both / (all_wanted + all_given), fmean(each.f1 for each in by_code.values()))


def _count(code: str, *, wanted: Sequence[Collection[str]], given: Sequence[Collection[str]]) -> tuple[int, int, int]:
    """In how many texts the code is both wanted and given, wanted, given."""
    pairs = [(code in one, code in other) for one, other in zip(wanted, given, strict=True)]
    return sum(a and b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)


def _in_order(bands: Sequence[int], urgencies: Sequence[float]) -> float:
    """The share of pairs of different bands whose urgencies differ likewise; equal ones count half."""
    pairs = [
        (one > other) + (one == other) / 2
        for band, one in zip(bands, urgencies, strict=True)
        for lower, other in zip(bands, urgencies, strict=True)
        if band > lower
    ]
    return fmean(pairs)
