"""What a writer wants, from what was found and how it weighs."""

from huiying.events.assessments import Intent, IntentCode
from scoring.domain.codes.risks import RISK_FROM
from scoring.domain.codes.signals import Signal, Signals
from scoring.domain.codes.weighing import Shares

_INTENT_FROM = 0.4
"""The share from which on an intent is given: best on the development half, with a table learnt without it."""

_ALSO_RISKS = frozenset({IntentCode.ABUSE, IntentCode.RUMOUR, IntentCode.SPAM})
# Where nothing is sure enough the likeliest stands, but nobody is accused for want of something better.
_HARMLESS = tuple(code for code in IntentCode if code not in _ALSO_RISKS)


def intents_of(signals: Signals, *, shares: Shares) -> tuple[Intent, ...]:
    """The intents, the surest first: at least one, `other` only alone. Those that are risks too are given as both."""
    given = [code for code in IntentCode if shares[code] >= (RISK_FROM if code in _ALSO_RISKS else _INTENT_FROM)]
    codes: list[IntentCode] = [code for code in given if code is not IntentCode.OTHER]
    codes = codes or [max(_HARMLESS, key=lambda code: shares[code])]
    codes.sort(key=lambda code: -shares[code])
    return tuple(
        Intent(code=code, score=shares[code], evidence=signals.words(_evidence(signals, code=code))) for code in codes
    )


def _evidence(signals: Signals, *, code: IntentCode) -> list[Signal]:
    said = signals.of(code)
    if code is IntentCode.COMPLAINT:
        said += [each for each in signals.found if each.code == IntentCode.PRAISE and each.denied]
    return said
