"""Scoring, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from huiying.http.pagination import Cursors
from huiying.service.command import run
from huiying.service.definition import Service, Surroundings
from scoring import consumers
from scoring.api import assessments, model
from scoring.domain.text_model import TextModel
from scoring.domain.weights import COMMITTED_WEIGHTS, read_card
from scoring.settings import ScoringSettings
from scoring.storage.tables import METADATA
from scoring.storage.unit import ScoringTools, ScoringUnit


@asynccontextmanager
async def equip(surroundings: Surroundings[ScoringSettings]) -> AsyncIterator[ScoringTools]:
    """Scoring's tools: the model, read once."""
    yield ScoringTools(
        model=TextModel.load(COMMITTED_WEIGHTS),
        card=read_card(COMMITTED_WEIGHTS),
        cursors=Cursors(surroundings.vault.derive("cursors")),
    )


SERVICE = Service(
    name="scoring",
    description="How people feel: the language and sentiment of what they write.",
    settings=ScoringSettings,
    unit=ScoringUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[assessments.router, model.router],
    handlers=consumers.HANDLERS,
    equip=equip,
)

if __name__ == "__main__":
    run(SERVICE)
