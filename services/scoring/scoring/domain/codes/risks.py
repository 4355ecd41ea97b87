"""What could harm somebody or the brand, from what was found and how it weighs."""

from collections.abc import Sequence

from huiying.events.assessments import Entity, Risk, RiskCode
from scoring.domain.codes.masking import PERSONAL, mask
from scoring.domain.codes.signals import Signals
from scoring.domain.codes.weighing import Shares

RISK_FROM = 0.25
"""The share from which on a risk is given: one that is overlooked costs more than one that is looked at in vain."""

# That many post the same cannot be seen in one text.
_IN_ONE_TEXT = tuple(code for code in RiskCode if code is not RiskCode.COORDINATED)


def risks_of(signals: Signals, *, shares: Shares, entities: Sequence[Entity] = ()) -> tuple[Risk, ...]:
    """The risks that one text can show, the surest first. Evidence of personal data is masked."""
    codes = sorted((code for code in _IN_ONE_TEXT if shares[code] >= RISK_FROM), key=lambda code: -shares[code])
    return tuple(
        Risk(code=code, score=shares[code], evidence=_evidence(signals, code=code, entities=entities)) for code in codes
    )


def _evidence(signals: Signals, *, code: RiskCode, entities: Sequence[Entity]) -> tuple[str, ...]:
    words = signals.words(signals.of(code))
    if code is not RiskCode.PERSONAL_DATA:
        return words
    masks = dict.fromkeys(each.name for each in entities if each.kind in PERSONAL)
    return tuple(masks) or tuple(map(mask, words))
