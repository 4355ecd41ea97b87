"""What a writer wants, from what was found and how it weighs."""

from huiying.events.assessments import Intent, IntentCode, RiskCode
from scoring.domain.risks import GIVEN_FROM
from scoring.domain.signals import Signal, Signals
from scoring.domain.weighing import Shares

_GIVEN_FROM = 0.5
"""The share from which on an intent is given; it maximises F1 in cross-validation on the development half."""

_RISKS = frozenset(RiskCode)


def intents_of(signals: Signals, *, shares: Shares) -> tuple[Intent, ...]:
    """The intents, the surest first: at least one, `other` only alone."""
    candidates = [code for code in IntentCode if code is not IntentCode.OTHER]
    given = [code for code in candidates if shares[code] >= (GIVEN_FROM if code in _RISKS else _GIVEN_FROM)]
    # Without one that is sure enough the likeliest stands, but nobody is accused of a risk for want of something better.
    codes = given or [max((code for code in IntentCode if code not in _RISKS), key=lambda code: shares[code])]
    codes.sort(key=lambda code: -shares[code])
    return tuple(
        Intent(code=code, score=shares[code], evidence=signals.words(_evidence(signals, code=code))) for code in codes
    )


def _evidence(signals: Signals, *, code: IntentCode) -> list[Signal]:
    said = signals.of(code)
    if code is IntentCode.COMPLAINT:
        said += [each for each in signals.found if each.code == IntentCode.PRAISE and each.denied]
    return said
