"""How stored messages read, and the codes by which their threads are found."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Text, and_, bindparam, case, cast, delete, exists, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import insert_all
from huiying.events.assessments import Assessment
from huiying.events.interactions import Direction
from inbox.domain.reading import Reading, Readings
from inbox.storage.reading_tables import ASSESSMENTS, CORRECTIONS, THREAD_CODES
from inbox.storage.tables import MESSAGES, REVISIONS, THREADS

_KEY = ("thread_id", "aspect", "code")
_FELT_AT = case((func.coalesce(CORRECTIONS.c.sentiment, ASSESSMENTS.c.sentiment).is_not(None), MESSAGES.c.occurred_at))
_IS_READ = or_(ASSESSMENTS.c.interaction_id.is_not(None), CORRECTIONS.c.interaction_id.is_not(None))

Aspect = Literal["intent", "risk"]

Found = tuple[Row[Any], Reading | None]
"""A message's `thread_id` and `worded_by`, and how it reads, if anybody knows."""


async def of_messages(session: AsyncSession, interaction_ids: Collection[str]) -> list[Found]:
    """The messages that these interactions are and of which it is known how they read."""
    query = _messages().where(MESSAGES.c.interaction_id.in_(interaction_ids), _IS_READ)
    return [(row, _reading(row)) for row in await session.execute(query)]


async def of_words(session: AsyncSession, interaction_ids: Collection[str]) -> list[Found]:
    """The messages whose present words come from these interactions."""
    edited = (
        select(REVISIONS.c.account_id, REVISIONS.c.object_id, REVISIONS.c.worded_by)
        .where(REVISIONS.c.worded_by.in_(interaction_ids))
        .subquery()
    )
    # Two index look-ups: by the interaction that was filed, and by the edit that gave a message its present words.
    is_unedited = MESSAGES.c.worded_by == MESSAGES.c.interaction_id
    original = _messages().where(MESSAGES.c.interaction_id.in_(interaction_ids), is_unedited)
    by_edit = _messages().join(
        edited,
        and_(
            MESSAGES.c.account_id == edited.c.account_id,
            MESSAGES.c.object_id == edited.c.object_id,
            MESSAGES.c.worded_by == edited.c.worded_by,
        ),
    )
    rows = [*await session.execute(original), *await session.execute(by_edit)]
    return [(row, _reading(row)) for row in rows]


async def of_threads(session: AsyncSession, thread_ids: Collection[str]) -> dict[str, list[Reading]]:
    """Of these threads how the newest messages read, and all that may still wait for an answer."""
    found: dict[str, list[Reading]] = {thread_id: [] for thread_id in thread_ids}
    if not found:
        return found
    read = _messages().where(MESSAGES.c.thread_id.in_(found), _IS_READ)
    last_at = func.coalesce(func.max(_FELT_AT), func.max(MESSAGES.c.occurred_at)).label("last_at")
    newest = read.with_only_columns(MESSAGES.c.thread_id, last_at).group_by(MESSAGES.c.thread_id).subquery()
    # What is stored of a thread may be behind what is known of its answers, so this may be more than waits.
    waits = or_(THREADS.c.answered_until.is_(None), MESSAGES.c.occurred_at > THREADS.c.answered_until)
    query = (
        read.outerjoin(THREADS, THREADS.c.id == MESSAGES.c.thread_id)
        .join(newest, newest.c.thread_id == MESSAGES.c.thread_id)
        .where(or_(waits, MESSAGES.c.occurred_at == newest.c.last_at))
    )
    for row in await session.execute(query):
        reading = _reading(row)
        if reading is not None:
            found[row.thread_id].append(reading)
    return found


async def index(session: AsyncSession, changes: Iterable[tuple[str, Readings, Readings]]) -> None:
    """Let these threads be found by the codes that they have now: a thread's id, its readings before and now."""
    gone, new = [], []
    for thread_id, before, now in changes:
        had, has = _codes(thread_id, before), _codes(thread_id, now)
        gone += sorted(had - has)
        new += sorted(has - had)
    if gone:
        # Through the connection: the session would take this for a deletion of objects that it keeps.
        connection = await session.connection()
        is_it = [THREAD_CODES.c[name] == bindparam(f"gone_{name}") for name in _KEY]
        keys = [{f"gone_{name}": one for name, one in zip(_KEY, key, strict=True)} for key in gone]
        await connection.execute(delete(THREAD_CODES).where(*is_it), keys)
    await insert_all(session, THREAD_CODES, [dict(zip(_KEY, key, strict=True)) for key in new])


async def erase(session: AsyncSession, interaction_ids: Collection[str]) -> None:
    """Forget how these read: what was assessed quotes words, and they are gone."""
    if interaction_ids:
        await session.execute(delete(ASSESSMENTS).where(ASSESSMENTS.c.interaction_id.in_(sorted(interaction_ids))))


def has_code(aspect: Aspect, code: str) -> ColumnElement[bool]:
    """The condition that a thread has this code."""
    is_it = (THREAD_CODES.c.thread_id == THREADS.c.id, THREAD_CODES.c.aspect == aspect, THREAD_CODES.c.code == code)
    return exists().where(*is_it)


def _codes(thread_id: str, readings: Readings) -> set[tuple[str, str, str]]:
    codes: tuple[tuple[Aspect, Sequence[str]], ...] = (("intent", readings.intents), ("risk", readings.risks))
    return {(thread_id, aspect, str(code)) for aspect, some in codes for code in some}


def _messages() -> Select[Any]:
    """What people said and nobody deleted, with what is known of how its words read."""
    return (
        select(
            MESSAGES.c.thread_id,
            MESSAGES.c.worded_by,
            MESSAGES.c.interaction_id,
            MESSAGES.c.occurred_at,
            # As text: decoding it straight into what is looked for is much cheaper than by way of a dictionary.
            cast(ASSESSMENTS.c.assessment, Text).label("assessment"),
            CORRECTIONS.c.sentiment,
            CORRECTIONS.c.intents,
            CORRECTIONS.c.risks,
        )
        .outerjoin(ASSESSMENTS, ASSESSMENTS.c.interaction_id == MESSAGES.c.worded_by)
        .outerjoin(CORRECTIONS, CORRECTIONS.c.interaction_id == MESSAGES.c.worded_by)
        .where(MESSAGES.c.direction == Direction.INBOUND, MESSAGES.c.deleted_at.is_(None))
    )


def _reading(row: Row[Any]) -> Reading | None:
    """How a message reads: as a member says, else as it was assessed; None if nobody knows."""
    said = {"sentiment": row.sentiment, "intents": row.intents, "risks": row.risks}
    corrected = {name: value for name, value in said.items() if value is not None}
    if row.assessment is None and not corrected:
        return None
    position = {"said_at": row.occurred_at, "interaction_id": row.interaction_id}
    return msgspec.convert({**position, **_assessed(row.assessment), **corrected}, Reading)


def _assessed(assessment: str | None) -> dict[str, Any]:
    if assessment is None:
        return {}
    read = msgspec.json.decode(assessment, type=Assessment)
    return {
        "sentiment": None if read.sentiment is None else read.sentiment.label,
        "intents": [intent.code for intent in read.intents],
        "risks": [risk.code for risk in read.risks],
        "urgency": read.urgency or 0.0,
        "urgency_reasons": read.urgency_reasons,
    }
