"""Scoring as a test of crises meets it: it hears what people say, and somebody asks."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx  # noqa: TID251 - the API's client, which reaches no network
import msgspec
from sqlalchemy import Row, exists, func, select

from huiying.auth.principals import Principal
from huiying.bus.embedded import EmbeddedTransport
from huiying.events.assessments import (
    Assessment,
    Entity,
    EntityKind,
    Intent,
    IntentCode,
    Risk,
    RiskCode,
    Sentiment,
    SentimentLabel,
    SentimentScores,
)
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
    Target,
)
from huiying.events.registry import EVENT_BY_TYPE
from huiying.jobs import Job
from huiying.outbox.tables import OUTBOX
from scoring.domain.alerts.observation import Observed, observe
from scoring.main import SERVICE
from scoring.storage.tables import ALERTS, MINUTE_COUNTS, OBSERVATIONS, SERIES
from scoring.usecases.count_observations import count_observations, erase_deleted
from scoring.usecases.evaluate_brand import EVALUATE, EvaluateBrand, EvaluateJob
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.running import Running, a_service, an_administrator

NOON = datetime.fromisoformat("2026-03-10T12:00:00+00:00")
_BATCH = 500
_numbers = count()


def an_interaction(
    *,
    name: str | None = None,
    at: datetime = NOON,
    brand: str = "tea",
    platform: str = "facebook",
    text: str = "hello",
    action: Action = Action.CREATED,
    author: str | None = None,
    followers: int | None = None,
    post: str | None = None,
    **extensions: Any,
) -> Interaction:
    """Somebody said something; what else the platform tells of it goes into the extensions."""
    name = name or f"said-{next(_numbers)}"
    return Interaction(
        id=f"{platform}:{name}" + ("" if action is Action.CREATED else f":{action}:{at.isoformat()}"),
        platform=platform,
        kind=Kind.COMMENT,
        action=action,
        direction=Direction.INBOUND,
        account=AccountRef(id=f"account-{brand}", external_id=f"x-{brand}", brand=brand),
        actor=Actor(id=author or f"author-of-{name}", followers=followers),
        object=Object(id=name, text=None if action is Action.DELETED else text),
        target=Target(post_id=post),
        occurred_at=at,
        received_at=at,
        verified=Proof.HMAC,
        extensions=extensions,
    )


def every(
    gap: timedelta, *, since: datetime, until: datetime, negative_every: int = 8, **said_of_each: Any
) -> list[Observed]:
    """Something said every so often, by somebody else each time; every so manyth is negative."""
    number = int((until - since) / gap)
    return [
        said("negative" if place % negative_every == 0 else "neutral", at=since + place * gap, **said_of_each)
        for place in range(number)
    ]


def said(
    label: str | None = "neutral",
    *,
    intents: Sequence[str] = (),
    risks: Sequence[str] = (),
    topics: Sequence[str] = (),
    keywords: Sequence[str] = (),
    products: Sequence[str] = (),
    signature: bytes | None = None,
    **interaction: Any,
) -> Observed:
    """Something that was said and read."""
    scores = SentimentScores(negative=0.4, neutral=0.3, positive=0.3)
    sentiment = None if label is None else Sentiment(label=SentimentLabel(label), scores=scores, confident=True)
    read = Assessment(
        language="en",
        sentiment=sentiment,
        intents=tuple(Intent(code=IntentCode(code), score=0.9) for code in intents),
        risks=tuple(Risk(code=RiskCode(code), score=0.9) for code in risks),
        topics=tuple(topics),
        keywords=tuple(keywords),
        entities=tuple(Entity(kind=EntityKind.PRODUCT, name=name, start=0, end=1) for name in products),
        model="test",
    )
    return observe(an_interaction(**interaction), read, signature=signature)


class Scoring:
    """A running service that is told what was said, already read."""

    def __init__(self, service: Running, *, clock: FrozenClock, principal: Principal) -> None:
        self.service = service
        self.clock = clock
        self._principal = principal

    def seen_by(self, principal: Principal) -> "Scoring":
        """The same, asked by somebody else than an administrator."""
        return Scoring(self.service, clock=self.clock, principal=principal)

    async def hears(self, *observed: Observed) -> None:
        """What was said is counted, in batches as a consumer gets them."""
        for start in range(0, len(observed), _BATCH):
            async with self.service.open_unit() as unit:
                await count_observations(unit, observed[start : start + _BATCH])

    async def looks(self, *, at: datetime | None = None, brand: str = "tea") -> None:
        """At some time the watches of a brand are evaluated, as the job does it."""
        if at is not None:
            self.clock.advance(at - self.clock.now())
        payload = msgspec.to_builtins(EvaluateJob(brand))
        job = Job(number=1, kind=EVALUATE, queue=None, payload=payload, attempt=1, was_interrupted=False, lease="test")
        await EvaluateBrand(self.service.open_unit, retention=timedelta(days=14))(job)

    async def fills(self) -> None:
        """A minute later the past of what is newly watched is counted."""
        self.clock.advance(timedelta(minutes=1))

        async def is_filled() -> bool:
            async with self.service.open_view() as unit:
                return not (
                    await unit.session.execute(select(exists().where(SERIES.c.fill_id.is_not(None))))
                ).scalar_one()

        await eventually(is_filled)

    async def told(self) -> list[Event]:
        """What has been told of alarms, once all of it has reached the bus."""

        async def is_sent() -> bool:
            async with self.service.open_view() as unit:
                return not (await unit.session.execute(select(func.count()).select_from(OUTBOX))).scalar_one()

        await eventually(is_sent)
        assert isinstance(self.service.transport, EmbeddedTransport)
        batches = await self.service.transport.read("alerts", offset=0, limit=1_000)
        records = [record for batch in batches for record in batch.records]
        types = [dict(record.headers)[TYPE_HEADER].decode() for record in records]
        return [decode(EVENT_BY_TYPE[name], record.value) for name, record in zip(types, records, strict=True)]

    async def alerts(self) -> Sequence[Row[Any]]:
        """The alarms, the oldest first."""
        async with self.service.open_view() as unit:
            return (await unit.session.execute(select(ALERTS).order_by(ALERTS.c.opened_at))).all()

    async def forgets(self, names: Iterable[str]) -> None:
        """What was said under these names is deleted."""
        deleted = [an_interaction(name=name, action=Action.DELETED) for name in names]
        async with self.service.open_unit() as unit:
            await erase_deleted(
                unit, [Told(InteractionReceived(interaction=one), "interactions", 0, 0, 0) for one in deleted]
            )

    async def coordinated(self) -> int:
        """How many posts were found to repeat others."""
        async with self.service.open_view() as unit:
            found = (await unit.session.execute(select(func.sum(MINUTE_COUNTS.c.coordinated)))).scalar_one()
            return int(found)

    async def counts(self, *, brand: str = "tea", watch_id: str = "") -> dict[datetime, tuple[int, int]]:
        """All and negative things said, by the minute."""
        table = MINUTE_COUNTS.c
        query = select(table.minute, table.total, table.negative).where(
            table.brand == brand, table.watch_id == watch_id
        )
        async with self.service.open_view() as unit:
            return {row.minute: (row.total, row.negative) for row in await unit.session.execute(query)}

    async def observations(self) -> Sequence[Row[Any]]:
        """What is remembered."""
        async with self.service.open_view() as unit:
            return (await unit.session.execute(select(OBSERVATIONS).order_by(OBSERVATIONS.c.occurred_at))).all()

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the API."""
        async with self.service.client(self._principal) as client:
            return await client.request(method, path, **more)

    async def answer(self, method: str, path: str, **more: Any) -> Any:
        """What the API answers, which must be a success."""
        found = await self.ask(method, path, **more)
        assert found.is_success, found.text
        return found.json() if found.content else None


@asynccontextmanager
async def a_scoring(directory: Path, *, database_url: str = "") -> AsyncIterator[Scoring]:
    """Scoring that has heard nothing yet."""
    clock = FrozenClock(NOON)
    async with a_service(SERVICE, directory=directory, clock=clock, database_url=database_url) as service:
        yield Scoring(service, clock=clock, principal=an_administrator())
