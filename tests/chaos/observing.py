"""What can be found of a run afterwards: through the public APIs, and read-only in the databases."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from huiying.clock import SystemClock
from tests.chaos.apis import APIs
from tests.chaos.databases import Databases
from tests.chaos.ledger import Tag, tag_in
from tests.support.world import SERVICES

_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message as the inbox shows it. `id` grows in the order in which the inbox took messages in."""

    id: str
    thread_id: str
    interaction_id: str | None
    is_inbound: bool
    text: str
    is_assessed: bool
    delivery_status: str | None

    @property
    def tag(self) -> Tag | None:
        return tag_in(self.text) if self.is_inbound else None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far everything is: equal twice in a row means that nothing moves."""

    deliveries: int
    published: int
    filed: int
    assessed: int
    counted: int
    read: int
    replies_ended: int
    waiting_in_outboxes: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """Everything that the checker looks at."""

    # As the APIs list them, thread by thread.
    messages: list[Message]
    counted: int
    # Of those counted, the ones with a feeling: each assessment counts once.
    counted_with_sentiment: int
    # Assessments that scoring has told in its life.
    told_assessments: int
    deliveries: int
    refused_deliveries: int
    dead_letters: dict[str, int]
    at_platforms: list[str] = field(default_factory=list)


class Observer:
    """Looks, and changes nothing."""

    def __init__(self, *, apis: APIs, databases: Databases, brand: str) -> None:
        self._apis, self._databases, self._brand = apis, databases, brand

    async def progress(self) -> Progress:
        """The figures by which to see whether work goes on. Raises Unavailable."""
        return await asyncio.to_thread(self._progress)

    async def found(self, *, at_platforms: list[str]) -> Found:
        """Everything. Raises Refused, Unavailable."""
        threads = [item["id"] async for item in self._apis.every("inbox", "/threads", brand=self._brand)]
        room = asyncio.Semaphore(_AT_ONCE)
        lists = await asyncio.gather(*(self._messages(thread_id, room) for thread_id in threads))
        refused = "SELECT count(*) FROM deliveries WHERE status <> 'normalised'"
        return Found(
            messages=[message for messages in lists for message in messages],
            counted=await self._metric("interactions"),
            counted_with_sentiment=await asyncio.to_thread(self._number, "reporting", _READ),
            told_assessments=await asyncio.to_thread(self._number, "scoring", _TOLD),
            deliveries=await asyncio.to_thread(self._number, "ingest", _DELIVERIES),
            refused_deliveries=await asyncio.to_thread(self._number, "ingest", refused),
            dead_letters={name: await self._dead_letters(name) for name in SERVICES},
            at_platforms=at_platforms,
        )

    async def _messages(self, thread_id: str, room: asyncio.Semaphore) -> list[Message]:
        async with room:
            path = f"/threads/{thread_id}/messages"
            return [_message(item, thread_id) async for item in self._apis.every("inbox", path)]

    async def _metric(self, name: str) -> int:
        now = SystemClock().now()
        period = {"from": (now - timedelta(days=2)).isoformat(), "to": (now + timedelta(days=2)).isoformat()}
        answer = await self._apis.get("reporting", "/metrics", metric=name, brand=self._brand, **period)
        return int(answer["total"] or 0)

    async def _dead_letters(self, service: str) -> int:
        return len([letter async for letter in self._apis.every(service, "/dead-letters")])

    def _progress(self) -> Progress:
        return Progress(
            deliveries=self._number("ingest", _DELIVERIES),
            published=self._number("ingest", "SELECT count(*) FROM published_interactions"),
            filed=self._number("inbox", "SELECT count(*) FROM messages WHERE direction = 'inbound'"),
            assessed=self._number("inbox", "SELECT count(*) FROM assessments"),
            counted=self._number("reporting", "SELECT coalesce(sum(interactions), 0) FROM interaction_counts"),
            read=self._number("reporting", _READ),
            replies_ended=self._number("inbox", "SELECT count(*) FROM replies WHERE status <> 'queued'"),
            waiting_in_outboxes=sum(self._number(name, "SELECT count(*) FROM outbox") for name in SERVICES),
        )

    def _number(self, service: str, query: str) -> int:
        return int(self._databases.rows(service, query)[0][0])


_READ = "SELECT coalesce(sum(negative + neutral + positive), 0) FROM interaction_counts"
_TOLD = "SELECT next_sequence - 1 FROM outbox_head"
_DELIVERIES = "SELECT count(*) FROM deliveries"


def _message(item: dict[str, Any], thread_id: str) -> Message:
    return Message(
        id=item["id"],
        thread_id=thread_id,
        interaction_id=item.get("interaction_id"),
        is_inbound=item["direction"] == "inbound",
        text=item["text"] or "",
        is_assessed="assessment" in item,
        delivery_status=item.get("delivery", {}).get("status"),
    )
