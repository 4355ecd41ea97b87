"""How stored messages read, and the codes by which their threads are found."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import elements, insert_all
from huiying.events.assessments import Assessment, IntentCode, RiskCode
from huiying.events.interactions import Direction
from inbox.domain.reading import Reading, Readings
from inbox.storage.reading_tables import ASSESSMENTS, CORRECTIONS, THREAD_CODES
from inbox.storage.tables import MESSAGES, REVISIONS, THREADS

_KEY = ("thread_id", "aspect", "code")
_FELT_AT = case((func.coalesce(CORRECTIONS.c.sentiment, ASSESSMENTS.c.sentiment).is_not(None), MESSAGES.c.occurred_at))
_IS_CORRECTED = CORRECTIONS.c.interaction_id.is_not(None)
_IS_READ = or_(ASSESSMENTS.c.interaction_id.is_not(None), _IS_CORRECTED)

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


async def of_threads(session: AsyncSession, answered: Mapping[str, datetime | None]) -> dict[str, Readings]:
    """How the messages of these threads read together, each answered up to its time.

    However many wait, few rows come: the newest, the most urgent, those that members have corrected, and every code.
    """
    if not answered:
        return {}
    found = dict.fromkeys(answered, Readings())
    for query in (_newest(answered), _most_urgent(answered), _messages().where(_waits(answered), _IS_CORRECTED)):
        for row in await session.execute(query):
            reading, until = _reading(row), answered[row.thread_id]
            if reading is not None:
                waits = until is None or reading.said_at > until
                found[row.thread_id] = found[row.thread_id].including(reading, waits=waits)
    intents, risks = await _waiting_codes(session, answered)
    return {one: readings.also_waiting(intents=intents[one], risks=risks[one]) for one, readings in found.items()}


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


def _newest(thread_ids: Collection[str]) -> Select[Any]:
    read = _messages().where(MESSAGES.c.thread_id.in_(thread_ids), _IS_READ)
    last_at = func.coalesce(func.max(_FELT_AT), func.max(MESSAGES.c.occurred_at)).label("last_at")
    newest = read.with_only_columns(MESSAGES.c.thread_id, last_at).group_by(MESSAGES.c.thread_id).subquery()
    is_newest = and_(MESSAGES.c.thread_id == newest.c.thread_id, MESSAGES.c.occurred_at == newest.c.last_at)
    return read.join(newest, is_newest)


def _most_urgent(answered: Mapping[str, datetime | None]) -> Select[Any]:
    urgency = func.coalesce(ASSESSMENTS.c.assessment["urgency"].as_float(), 0.0)
    order = func.rank().over(partition_by=MESSAGES.c.thread_id, order_by=(urgency.desc(), MESSAGES.c.occurred_at))
    waiting = _messages().where(_waits(answered), _IS_READ)
    ranked = waiting.with_only_columns(MESSAGES.c.interaction_id, order.label("rank")).subquery()
    return _messages().join(ranked, ranked.c.interaction_id == MESSAGES.c.interaction_id).where(ranked.c.rank == 1)


async def _waiting_codes(
    session: AsyncSession, answered: Mapping[str, datetime | None]
) -> tuple[dict[str, set[IntentCode]], dict[str, set[RiskCode]]]:
    """The codes of what waits, as it was assessed; what members have corrected is left out."""
    intents: dict[str, set[IntentCode]] = {thread_id: set() for thread_id in answered}
    risks: dict[str, set[RiskCode]] = {thread_id: set() for thread_id in answered}
    waiting = _messages().where(_waits(answered), ~_IS_CORRECTED)
    for aspect in ("intents", "risks"):
        each = elements(session, ASSESSMENTS.c.assessment[aspect])
        code = each.c.value["code"].as_string()
        query = waiting.with_only_columns(MESSAGES.c.thread_id, code).join(each, true()).where(code.is_not(None))
        for thread_id, found in await session.execute(query.distinct()):
            if aspect == "intents":
                intents[thread_id].add(IntentCode(found))
            else:
                risks[thread_id].add(RiskCode(found))
    return intents, risks


def _waits(answered: Mapping[str, datetime | None]) -> ColumnElement[bool]:
    """The condition that a message was said after its thread was answered."""
    waiting = [
        and_(MESSAGES.c.thread_id == thread_id, MESSAGES.c.occurred_at > until)
        for thread_id, until in answered.items()
        if until is not None
    ]
    never = [thread_id for thread_id, until in answered.items() if until is None]
    return or_(MESSAGES.c.thread_id.in_(never), *waiting)


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
