"""Scoring's unit of work and the model it carries."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from huiying.http.pagination import Cursors
from huiying.outbox.unit import Unit
from scoring.clients.reading_process import ReadingProcess
from scoring.domain.model.sentiment import Sentiments
from scoring.domain.model.text_model import TextModel
from scoring.settings import ScoringSettings
from scoring.storage.knowledge_cache import KnowledgeCache


@dataclass(frozen=True, kw_only=True)
class ScoringTools:
    """What scoring's use cases work with besides the database. `own_model` is the operator's, asked before `model`;
    `reading_process`, where there is one, reads what comes in.
    """

    model: TextModel
    card: dict[str, Any]
    cursors: Cursors
    settings: ScoringSettings
    own_model: Sentiments | None = None
    reading_process: ReadingProcess | None = None
    knowledge: KnowledgeCache = field(default_factory=KnowledgeCache)


class ScoringUnit(Unit[ScoringTools]):
    """One transaction of scoring."""


class Opener(Protocol):
    """Who opens units of work: the edge, where an answer takes more than one transaction."""

    def open_unit(self) -> AbstractAsyncContextManager[ScoringUnit]:
        """A unit that is committed when the block ends."""

    def open_view(self) -> AbstractAsyncContextManager[ScoringUnit]:
        """A unit for reading only."""
