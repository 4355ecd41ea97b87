"""How soon somebody should look at a text, with every reason and what it adds.

More of anything never makes it less urgent. Reasons add up as independent chances do, so that many small ones approach
1 and none passes it; what each adds is told, and these add up to the whole.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from huiying.events.assessments import Intent, IntentCode, Reason, Risk, RiskCode, Sentiment
from scoring.domain.codes.signals import Signals

# The first three are about lives, and never less than 0.9.
_RISKS = {
    RiskCode.SELF_HARM: 0.95,
    RiskCode.THREAT: 0.92,
    RiskCode.SAFETY_INCIDENT: 0.9,
    RiskCode.MEDIA_ENQUIRY: 0.5,
    RiskCode.LEGAL: 0.5,
    RiskCode.PERSONAL_DATA: 0.4,
    RiskCode.RUMOUR: 0.35,
    RiskCode.ABUSE: 0.35,
}
_INTENTS = {
    IntentCode.REFUND: 0.35,
    IntentCode.AFTER_SALES: 0.35,
    IntentCode.COMPLAINT: 0.3,
    IntentCode.QUESTION: 0.12,
    IntentCode.PURCHASE: 0.1,
}
_TIME_WORDS = {"haste": 0.2, "deadline": 0.2, "waiting": 0.12}
_NEGATIVE = 0.1
_REPEATED = 0.06
_MOST_REPEATED = 5
_FOLLOWERS = (1_000, 10_000, 100_000, 1_000_000)
_REACH = 0.08
_DECIMALS = 3


def urgency_of(
    *,
    intents: Sequence[Intent],
    risks: Sequence[Risk],
    sentiment: Sentiment | None,
    signals: Signals,
    reach: int | None = None,
    repeated: int = 1,
) -> tuple[float, tuple[Reason, ...]]:
    """The urgency from 0 to 1, and its reasons, the weightiest first.

    `reach` is how many follow the writer, `repeated` how often the writer wrote lately, this time included. Time words,
    repetition and reach count only where something is open: a celebrity's birthday wish can wait.
    """
    matters = [*_of_risks(risks), *_of_intents(intents)]
    context = [*_of_words(signals), *_of_feeling(sentiment), *_of_writer(reach=reach, repeated=repeated)]
    chances = sorted([*matters, *context] if matters else [], key=lambda reason: -reason.weight)
    total, reasons = 0.0, []
    for each in chances:
        added = each.weight * (1 - total)
        total += added
        reasons.append(Reason(code=each.code, weight=round(added, _DECIMALS), detail=each.detail))
    return round(total, _DECIMALS), tuple(reasons)


def _of_risks(risks: Sequence[Risk]) -> Iterator[Reason]:
    for risk in risks:
        if risk.code in _RISKS:
            yield Reason(code=risk.code, weight=_RISKS[risk.code], detail=_quoted(risk.evidence))


def _of_intents(intents: Sequence[Intent]) -> Iterator[Reason]:
    for intent in intents:
        if intent.code in _INTENTS:
            yield Reason(code=intent.code, weight=_INTENTS[intent.code], detail=_quoted(intent.evidence))


def _of_words(signals: Signals) -> Iterator[Reason]:
    for code, weight in _TIME_WORDS.items():
        found = signals.of(code)
        if found:
            yield Reason(code=code, weight=weight, detail=_quoted(signals.words(found)))


def _of_feeling(sentiment: Sentiment | None) -> Iterator[Reason]:
    if sentiment is not None and sentiment.scores.negative > sentiment.scores.positive:
        yield Reason(code="negative", weight=_NEGATIVE * sentiment.scores.negative)


def _of_writer(*, reach: int | None, repeated: int) -> Iterator[Reason]:
    if repeated > 1:
        yield Reason(code="repeated", weight=_REPEATED * min(repeated - 1, _MOST_REPEATED), detail=str(repeated))
    steps = bisect_right(_FOLLOWERS, reach or 0)
    if steps:
        yield Reason(code="reach", weight=_REACH * steps, detail=str(reach))


def _quoted(evidence: Sequence[str]) -> str | None:
    return ", ".join(evidence) or None
