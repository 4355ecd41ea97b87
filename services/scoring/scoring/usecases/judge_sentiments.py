"""How texts read by the best model at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from huiying.errors import Unavailable
from huiying.observability import metrics
from scoring.domain.heads import Probabilities
from scoring.domain.language import Reading
from scoring.storage.unit import ScoringTools

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Which model answered, and the probabilities, one row per text."""

    model: str
    rows: Probabilities


def judge_sentiments(tools: ScoringTools, texts: Sequence[str], *, readings: Sequence[Reading]) -> Judgement:
    """What the operator's own model says, where there is one; the tables where it fails, this once."""
    if tools.own_model is not None:
        try:
            rows = tools.own_model.probabilities(texts, readings=readings)
        except Unavailable as error:
            metrics.OWN_MODEL_FAILURES.labels("batch").inc()
            log.warning("own_model_failed", model=tools.own_model.name, reason=str(error))
        else:
            return Judgement(model=tools.own_model.name, rows=rows)
    return Judgement(model=tools.model.name, rows=tools.model.probabilities(texts, readings=readings))
