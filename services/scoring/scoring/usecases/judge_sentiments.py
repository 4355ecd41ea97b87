"""How texts read by the best model at hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from huiying.errors import Unavailable
from huiying.observability import metrics
from scoring.domain.codes.reconsidering import reconsidered
from scoring.domain.codes.signals import Signals, find_signals
from scoring.domain.model.heads import Probabilities
from scoring.domain.model.sentiment import CONFIDENT_ACCURACY, SENTIMENT, Sentiments
from scoring.domain.model.text_model import TextModel
from scoring.domain.text.language import Reading

log = structlog.get_logger(__name__)


class Models(Protocol):
    """What texts are read by. `own_model` is the operator's, asked for the feeling before `model`."""

    @property
    def model(self) -> TextModel:
        """The tables."""
        ...

    @property
    def own_model(self) -> Sentiments | None:
        """The operator's network, where there is one."""
        ...


@dataclass(frozen=True, kw_only=True)
class TablesAlone:
    """No network of anybody's own."""

    model: TextModel
    own_model: Sentiments | None = None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Which model answered, the probabilities, one row per text, and from which probability on it is to be believed."""

    model: str
    rows: Probabilities
    confident_from: Callable[[Reading], float]


def judge_sentiments(
    tools: Models,
    texts: Sequence[str],
    *,
    readings: Sequence[Reading],
    of_tables: Probabilities | None = None,
    signals: Sequence[Signals] | None = None,
) -> Judgement:
    """What the operator's own model says, where there is one; the tables, thought over, where it fails, this once.

    `of_tables` is what the tables say, and `signals` what was found, where they were asked already.
    """
    own = tools.own_model
    if own is not None:
        try:
            rows = own.probabilities(texts, readings=readings)
        except Unavailable as error:
            metrics.OWN_MODEL_FAILURES.labels("batch").inc()
            log.warning("own_model_failed", model=own.name, reason=str(error))
        else:
            # Nobody has measured it, so it is taken at its word.
            return Judgement(model=own.name, rows=rows, confident_from=lambda _reading: CONFIDENT_ACCURACY)
    tables = tools.model
    rows = of_tables if of_tables is not None else tables.probabilities(texts, readings=readings)
    return Judgement(
        model=tables.name,
        rows=reconsidered(rows, find_signals(texts) if signals is None else signals),
        confident_from=lambda reading: tables.confident_from(SENTIMENT, reading),
    )
