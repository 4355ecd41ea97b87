"""An inbox without its surroundings, and the interactions that tests tell it of."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row, Table, select

from huiying.auth.principals import Principal
from huiying.db.engine import Database
from huiying.events.assessments import (
    Assessment,
    AssessmentMade,
    Intent,
    IntentCode,
    Reason,
    Risk,
    RiskCode,
    Sentiment,
    SentimentLabel,
    SentimentScores,
)
from huiying.events.deliveries import Proof
from huiying.events.envelope import Event, decode
from huiying.events.interactions import (
    AccountRef,
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from huiying.events.registry import EVENT_BY_TYPE
from huiying.events.replies import ReplySent
from huiying.http.pagination import Cursors
from huiying.outbox.tables import OUTBOX
from huiying.outbox.unit import Fact
from inbox.domain.thread import Thread
from inbox.storage.tables import MESSAGES, THREADS
from inbox.storage.threads import thread_from
from inbox.storage.unit import InboxTools, InboxUnit
from inbox.usecases.file_assessments import file_assessments
from inbox.usecases.file_interactions import file_interactions
from inbox.usecases.file_reply_results import file_sent
from inbox.usecases.reply_to_thread import Wording, reply_to_thread
from inbox.usecases.take_thread import Request
from tests.support.clock import START, FrozenClock
from tests.support.running import an_administrator

E = TypeVar("E", bound=Event)

ACCOUNT = AccountRef(id="account-1", external_id="page-1", brand="acme")
AGENT = an_administrator("acme")
_ANSWERS = {
    Kind.MESSAGE: (Capability.DIRECT_MESSAGE,),
    Kind.COMMENT: (Capability.PUBLIC_REPLY, Capability.PRIVATE_REPLY),
    Kind.MENTION: (Capability.PUBLIC_REPLY,),
}
_unpacker = msgspec.msgpack.Decoder(list[Fact])


class Inbox:
    """A database and the use cases on it."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database = database
        self.clock = clock
        self._tools = InboxTools(cursors=Cursors(b"test"), claim_lifetime=timedelta(minutes=15))

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[InboxUnit]:
        """A unit of work, committed at the end."""
        async with self.database.writing() as session:
            unit = InboxUnit(session, clock=self.clock, tools=self._tools)
            yield unit
            await unit.store_facts()

    async def hears(self, *interactions: Interaction) -> None:
        """File these in one batch."""
        async with self.unit() as unit:
            await file_interactions(unit, interactions)

    async def reads(self, *assessments: AssessmentMade) -> None:
        """File these in one batch."""
        async with self.unit() as unit:
            await file_assessments(unit, assessments)

    async def reply(self, thread_id: str, text: str, *, by: Principal = AGENT, message_id: str | None = None) -> str:
        """Queue a reply and give its id."""
        async with self.unit() as unit:
            asked = Request(thread_id=thread_id, principal=by)
            return await reply_to_thread(unit, asked, Wording(text=text, message_id=message_id))

    async def sent(self, reply_id: str, *, object_id: str | None) -> None:
        """The platform took the reply, now."""
        thread = await self.thread()
        fact = ReplySent(
            reply_id=reply_id,
            thread_id=thread.id,
            brand=thread.brand,
            account_id=thread.account_id,
            platform=thread.platform,
            object_id=object_id,
            sent_at=self.clock.now(),
        )
        async with self.unit() as unit:
            await file_sent(unit, [fact])

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        """All rows of a table, in the order of their first column."""
        async with self.database.reading() as session:
            return (await session.execute(select(table).order_by(table.c[0]))).all()

    async def threads(self) -> list[Thread]:
        """The threads there are, oldest first."""
        return [thread_from(row) for row in await self.rows(THREADS) if row.merged_into is None]

    async def thread(self) -> Thread:
        """The only thread there is."""
        (thread,) = await self.threads()
        return thread

    async def messages(self) -> list[Row[Any]]:
        """All messages as a reader sees them."""
        return sorted(await self.rows(MESSAGES), key=lambda row: (row.occurred_at, row.id))

    async def facts(self, event_class: type[E]) -> list[E]:
        """What was told of this class, in order."""
        async with self.database.reading() as session:
            packed = (await session.execute(select(OUTBOX.c.facts).order_by(OUTBOX.c.first_sequence))).scalars().all()
        facts = [fact for one in packed for fact in _unpacker.decode(one)]
        return [decode(event_class, fact.value) for fact in facts if EVENT_BY_TYPE[fact.type] is event_class]


def at(minutes: float) -> datetime:
    """That many minutes after the clock's start."""
    return START + timedelta(minutes=minutes)


def an_interaction(
    object_id: str,
    *,
    kind: Kind = Kind.COMMENT,
    action: Action = Action.CREATED,
    text: str | None = "hello",
    by: str | None = "ann",
    parent: str | None = None,
    conversation: str | None = None,
    post: str | None = "post-1",
    minutes: float = 0,
    is_ours: bool = False,
    account: AccountRef = ACCOUNT,
    reaction: str | None = None,
    window: timedelta | None = None,
    max_replies: int | None = None,
    capabilities: tuple[Capability, ...] | None = None,
    handle: dict[str, str] | None = None,
) -> Interaction:
    """Something that happened, of which only what matters is said."""
    occurred_at = at(minutes)
    suffix = "" if action is Action.CREATED else f":{action}:{minutes}"
    actor = None if by is None else Actor(id=account.external_id if is_ours else by, name=by.title(), is_self=is_ours)
    return Interaction(
        id=f"facebook:{account.external_id}:{kind}:{object_id}{suffix}",
        platform="facebook",
        kind=kind,
        action=action,
        direction=Direction.OUTBOUND if is_ours else Direction.INBOUND,
        account=account,
        actor=actor,
        object=Object(id=object_id, text=text, reaction=reaction),
        target=Target(post_id=post, parent_id=parent, conversation_id=conversation),
        occurred_at=occurred_at,
        received_at=occurred_at,
        reply=ReplyOptions(
            capabilities=() if is_ours else _ANSWERS.get(kind, ()) if capabilities is None else capabilities,
            window_expires_at=None if window is None else occurred_at + window,
            max_replies=max_replies,
            handle=handle or {},
        ),
        verified=Proof.HMAC,
    )


def a_comment(object_id: str = "c1", **what: Any) -> Interaction:
    """A comment."""
    return an_interaction(object_id, **what)


def a_message(object_id: str = "m1", *, conversation: str | None = "ann", **what: Any) -> Interaction:
    """A private message."""
    return an_interaction(object_id, kind=Kind.MESSAGE, conversation=conversation, post=None, **what)


def an_edit(object_id: str = "c1", *, text: str, minutes: float = 5, **what: Any) -> Interaction:
    """A comment that was edited."""
    return an_interaction(object_id, action=Action.UPDATED, text=text, minutes=minutes, **what)


def a_deletion(object_id: str = "c1", *, minutes: float = 9, **what: Any) -> Interaction:
    """A comment that was deleted."""
    return an_interaction(object_id, action=Action.DELETED, text=None, minutes=minutes, **what)


def an_assessment(
    interaction: Interaction,
    label: SentimentLabel | None = SentimentLabel.NEGATIVE,
    *,
    intents: Sequence[IntentCode] = (),
    risks: Sequence[RiskCode] = (),
    urgency: float | None = None,
) -> AssessmentMade:
    """How an interaction reads; without a label its feeling was not made out."""
    scores = SentimentScores(negative=0.2, neutral=0.2, positive=0.6)
    return AssessmentMade(
        interaction_id=interaction.id,
        account_id=interaction.account.id,
        brand=interaction.account.brand,
        platform=interaction.platform,
        kind=interaction.kind,
        direction=interaction.direction,
        counterpart_key="any",
        occurred_at=interaction.occurred_at,
        assessment=Assessment(
            language="en",
            sentiment=None if label is None else Sentiment(label=label, scores=scores, confident=True),
            intents=tuple(Intent(code=code, score=0.9) for code in intents),
            risks=tuple(Risk(code=code, score=0.9) for code in risks),
            urgency=urgency,
            urgency_reasons=(Reason(code="waiting", weight=urgency, detail=interaction.id),) if urgency else (),
            model="test",
        ),
    )
