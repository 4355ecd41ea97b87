"""Scoring, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from huiying.http.pagination import Cursors
from huiying.service.command import run
from huiying.service.definition import Service, Surroundings
from scoring import consumers
from scoring.api import adaptations, alerts, assessments, campaigns, corrections, demand, dictionaries, model, watches
from scoring.clients.own_model import load_own_model
from scoring.clients.reading_process import ReadingProcess
from scoring.domain.assessing import Utterance
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS, read_card
from scoring.jobs import make_jobs
from scoring.settings import ScoringSettings
from scoring.storage.tables import METADATA
from scoring.storage.unit import ScoringTools, ScoringUnit
from scoring.usecases.read_utterances import read_utterances


@asynccontextmanager
async def equip(surroundings: Surroundings[ScoringSettings]) -> AsyncIterator[ScoringTools]:
    """Scoring's tools: the models, read once."""
    settings = surroundings.settings
    weights = settings.scoring_weights_dir or COMMITTED_WEIGHTS
    tables = TextModel.load(weights)
    own_model = load_own_model(
        settings.scoring_onnx_model_dir, tables=tables, thread_count=settings.scoring_onnx_thread_count
    )
    apart = ReadingProcess(weights) if settings.scoring_reading_process and own_model is None else None
    tools = ScoringTools(
        model=tables,
        own_model=own_model,
        reading_process=apart,
        card=read_card(weights),
        cursors=Cursors(surroundings.vault.derive("cursors")),
        settings=settings,
    )
    # Lexicons and dictionaries are read at their first use, which would hold up the first comment for a second.
    first = [Utterance(text="第一条 first")]
    try:
        await read_utterances(tools, first)
        yield tools
    finally:
        if apart is not None:
            await apart.stop()


SERVICE = Service(
    name="scoring",
    description="How people feel and what they want, and when a crisis starts.",
    settings=ScoringSettings,
    unit=ScoringUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[
        module.router
        for module in (assessments, model, dictionaries, corrections, adaptations, watches, campaigns, alerts, demand)
    ],
    handlers=consumers.HANDLERS,
    equip=equip,
    jobs=make_jobs,
)

if __name__ == "__main__":
    run(SERVICE)
