"""Scoring's unit of work and the model it carries."""

from dataclasses import dataclass
from typing import Any

from huiying.http.pagination import Cursors
from huiying.outbox.unit import Unit
from scoring.domain.text_model import TextModel


@dataclass(frozen=True, kw_only=True)
class ScoringTools:
    """What scoring's use cases work with besides the database."""

    model: TextModel
    card: dict[str, Any]
    cursors: Cursors


class ScoringUnit(Unit[ScoringTools]):
    """One transaction of scoring."""
