"""Scoring as a brand meets it that teaches it something."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx  # noqa: TID251 - the API's client, which reaches no network
from sqlalchemy import func, select

from huiying.auth.principals import Principal
from huiying.bus.embedded import EmbeddedTransport
from huiying.events.assessments import SentimentLabel
from huiying.events.deliveries import Proof
from huiying.events.envelope import TYPE_HEADER, Event, Told, decode
from huiying.events.interactions import (
    AccountRef,
    Action,
    Actor,
    Direction,
    Interaction,
    InteractionReceived,
    Kind,
    Object,
)
from huiying.events.registry import EVENT_BY_TYPE
from huiying.outbox.tables import OUTBOX
from scoring.consumers import on_interactions
from scoring.domain.teaching.knowledge import BrandKnowledge
from scoring.main import SERVICE
from scoring.storage.knowledge import knowledge_of
from scoring.usecases.correct_assessment import NewCorrection, correct_assessment
from scoring.usecases.forget_old import forget
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.running import Running, a_service, an_administrator

NOON = datetime.fromisoformat("2026-03-10T12:00:00+00:00")
TEA = "tea"
_numbers = count()


class Teaching:
    """A running service, and somebody who teaches it."""

    def __init__(self, service: Running, *, clock: FrozenClock, principal: Principal) -> None:
        self.service = service
        self.clock = clock
        self._principal = principal

    def asked_by(self, principal: Principal) -> "Teaching":
        """The same, asked by somebody else than an administrator."""
        return Teaching(self.service, clock=self.clock, principal=principal)

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the API, a second after the last time."""
        self.clock.advance(timedelta(seconds=1))
        async with self.service.client(self._principal) as client:
            return await client.request(method, path, **more)

    async def answer(self, method: str, path: str, **more: Any) -> Any:
        """What the API answers, which must be a success."""
        found = await self.ask(method, path, **more)
        assert found.is_success, found.text
        return found.json() if found.content else None

    async def correct(self, text: str = "还行", **more: Any) -> Any:
        """A correction of the tea brand."""
        return await self.answer("POST", "/corrections", json={"brand": TEA, "text": text, **more})

    async def correct_interaction(self, interaction: Interaction, *, brand: str = TEA) -> httpx.Response:
        """What is answered to a member of a brand who says how an interaction reads, and sends its words along."""
        text = interaction.object.text or "what it once said"
        said = {"brand": brand, "text": text, "sentiment": "neutral", "interaction_id": interaction.id}
        return await self.ask("POST", "/corrections", json=said)

    async def corrected_texts(self) -> list[str]:
        """The words that corrections hold, the newest first."""
        return [one["text"] for one in (await self.answer("GET", "/corrections"))["items"]]

    async def label(self, pairs: Sequence[tuple[str, str]], *, brand: str = TEA) -> None:
        """Many texts are labelled."""
        async with self.service.open_unit() as unit:
            for label, text in pairs:
                new = NewCorrection(
                    brand=brand,
                    text=text,
                    interaction_id=None,
                    sentiment=SentimentLabel(label),
                    intents=None,
                    risks=None,
                    assessed=None,
                )
                await correct_assessment(unit, new, principal=self._principal)

    async def hears(self, *interactions: Interaction) -> None:
        """A batch comes in."""
        facts = [Told(InteractionReceived(interaction=one), "interactions", 0, 0, 0) for one in interactions]
        async with self.service.open_unit() as unit:
            await on_interactions(unit, facts)

    async def forgets(self, *, after: timedelta) -> None:
        """Time goes by, and what is past its time is deleted."""
        self.clock.advance(after)
        async with self.service.open_unit() as unit:
            await forget(unit)

    async def knows(self, brand: str = TEA) -> BrandKnowledge:
        """What the brand has taught, as the next batch would use it."""
        async with self.service.open_view() as unit:
            return (await knowledge_of(unit, {brand}))[brand]

    async def told(self, topic: str = "corrections") -> list[Event]:
        """What has been told on a topic, once all of it has reached the bus."""

        async def is_sent() -> bool:
            async with self.service.open_view() as unit:
                return not (await unit.session.execute(select(func.count()).select_from(OUTBOX))).scalar_one()

        await eventually(is_sent)
        assert isinstance(self.service.transport, EmbeddedTransport)
        batches = await self.service.transport.read(topic, offset=0, limit=1_000)
        records = [record for batch in batches for record in batch.records]
        return [decode(EVENT_BY_TYPE[dict(one.headers)[TYPE_HEADER].decode()], one.value) for one in records]


def an_interaction(
    name: str,
    *,
    brand: str = TEA,
    text: str = "还行",
    action: Action = Action.CREATED,
    kind: Kind = Kind.COMMENT,
) -> Interaction:
    """Somebody said something to a brand, or took it back."""
    return Interaction(
        id=f"facebook:{name}:{action}",
        platform="facebook",
        kind=kind,
        action=action,
        direction=Direction.INBOUND,
        account=AccountRef(id=f"account-{brand}", external_id=brand, brand=brand),
        actor=Actor(id=f"author-{next(_numbers)}"),
        object=Object(id=name, text=None if action is Action.DELETED else text),
        occurred_at=NOON,
        received_at=NOON,
        verified=Proof.HMAC,
    )


@asynccontextmanager
async def a_teaching(directory: Path, *, database_url: str = "", **settings: Any) -> AsyncIterator[Teaching]:
    """Scoring that has been taught nothing yet."""
    clock = FrozenClock(NOON)
    async with a_service(SERVICE, directory=directory, clock=clock, database_url=database_url, **settings) as service:
        yield Teaching(service, clock=clock, principal=an_administrator())
