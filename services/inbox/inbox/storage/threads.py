"""Threads in bulk: placed by their anchors, loaded, saved, counted anew."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import insert_all, insert_new
from huiying.events.assessments import SentimentLabel
from huiying.events.interactions import Direction, Kind
from huiying.ids import new_id
from inbox.domain.anchors import Anchor, Placement, connect
from inbox.domain.reading import Readings
from inbox.domain.thread import Status, Thread
from inbox.storage import readings
from inbox.storage.messages import change
from inbox.storage.tables import ANCHORS, MESSAGES, NOTES, TAGS, THREADS

_COLUMNS = tuple(column.name for column in THREADS.columns)
_FIELDS = tuple(field.name for field in msgspec.structs.fields(Thread))


async def place(
    session: AsyncSession, groups: Sequence[Sequence[Anchor]], *, belonging: dict[Anchor, str] | None = None
) -> Placement:
    """Give each anchor its thread, for good, and say which threads turned out to be one.

    `belonging` are anchors whose thread is decided already. A thread that nobody has stored yet has an id all the same.
    """
    wanted = {anchor for group in groups for anchor in group}
    known = {**(belonging or {}), **await _known(session, wanted)}
    while True:
        placement = connect(groups, known=known, new_id=new_id)
        missing = sorted(wanted - known.keys())
        rows = [
            {"account_id": one.account_id, "name": one.name, "thread_id": placement.thread_of[one]} for one in missing
        ]
        if len(await insert_new(session, ANCHORS, rows, key="name")) == len(rows):
            break
        # Another replica has come first with some of them, so what hangs together is decided again.
        known = {**known, **await _known(session, set(missing))}
    for absorbed, survivor in placement.merged.items():
        await _move(session, absorbed, survivor)
    return placement


async def load(session: AsyncSession, thread_ids: Collection[str]) -> dict[str, Thread]:
    """These threads, as far as they are stored, locked until the transaction ends."""
    if not thread_ids:
        return {}
    query = select(THREADS).where(THREADS.c.id.in_(thread_ids)).order_by(THREADS.c.id).with_for_update()
    return {row.id: thread_from(row) for row in await session.execute(query)}


async def save(session: AsyncSession, threads: Iterable[Thread], *, before: Mapping[str, Thread]) -> None:
    """Store these threads: those not among `before` are new, of the others only changes are written."""
    new = []
    changed: dict[tuple[str, ...], list[tuple[str, dict[str, Any]]]] = {}
    read = []
    for thread in threads:
        now, was = msgspec.structs.astuple(thread), before.get(thread.id)
        if was is None or was.readings is not thread.readings:
            read.append((thread.id, Readings() if was is None else was.readings, thread.readings))
        if was is None:
            new.append(dict(zip(_FIELDS, now, strict=True)))
            continue
        then = msgspec.structs.astuple(was)
        fields = {name: one for name, one, other in zip(_FIELDS, now, then, strict=True) if one != other}
        changed.setdefault(tuple(fields), []).append((thread.id, fields))
    await insert_all(session, THREADS, new)
    # Most threads of a batch change in the same few ways, so these are a handful of statements.
    for alike in changed.values():
        await change(session, THREADS, alike)
    await readings.index(session, read)


async def recount(session: AsyncSession, threads: Collection[Thread]) -> None:
    """Bring what is unread, who waits and the last message up to date from the messages themselves."""
    if not threads:
        return
    by_id = {thread.id: thread for thread in threads}
    await _count_waiting(session, by_id)
    for thread in threads:
        last = (
            select(MESSAGES.c.text, MESSAGES.c.occurred_at, MESSAGES.c.direction)
            .where(MESSAGES.c.thread_id == thread.id)
            .order_by(MESSAGES.c.occurred_at.desc(), MESSAGES.c.id.desc())
            .limit(1)
        )
        row = (await session.execute(last)).one_or_none()
        if row is not None:
            thread.last_message_text, thread.last_message_at = row.text, row.occurred_at
            thread.last_message_direction = Direction(row.direction)


def thread_from(row: Row[Any]) -> Thread:
    """The thread that a row holds, whose first columns are those of the table."""
    fields = dict(zip(_COLUMNS, row, strict=False))
    fields["kind"], fields["status"] = Kind(fields["kind"]), Status(fields["status"])
    fields["last_message_direction"] = Direction(fields["last_message_direction"])
    if fields["sentiment"] is not None:
        fields["sentiment"] = SentimentLabel(fields["sentiment"])
    return Thread(**fields)


class _Waiting(msgspec.Struct, frozen=True):
    unread: int = 0
    waiting_since: datetime | None = None


async def _count_waiting(session: AsyncSession, by_id: dict[str, Thread]) -> None:
    found: dict[str, _Waiting] = {}
    inbound = and_(MESSAGES.c.thread_id.in_(by_id), MESSAGES.c.direction == Direction.INBOUND)
    for name in ("seen_until", "answered_until"):
        limits = [
            and_(MESSAGES.c.thread_id == thread.id, MESSAGES.c.occurred_at > getattr(thread, name))
            for thread in by_id.values()
            if getattr(thread, name) is not None
        ]
        if not limits:
            continue
        query = (
            select(MESSAGES.c.thread_id, func.count(), func.min(MESSAGES.c.occurred_at))
            .where(inbound, or_(*limits))
            .group_by(MESSAGES.c.thread_id)
        )
        for thread_id, count, oldest in await session.execute(query):
            before = found.get(thread_id, _Waiting())
            changes = {"unread": count} if name == "seen_until" else {"waiting_since": oldest}
            found[thread_id] = msgspec.structs.replace(before, **changes)
    for thread in by_id.values():
        waiting = found.get(thread.id, _Waiting())
        if thread.seen_until is not None:
            thread.unread = min(thread.unread, waiting.unread)
        if thread.answered_until is not None:
            thread.waiting_since = waiting.waiting_since


async def _known(session: AsyncSession, wanted: Collection[Anchor]) -> dict[Anchor, str]:
    if not wanted:
        return {}
    query = select(ANCHORS).where(
        ANCHORS.c.account_id.in_({anchor.account_id for anchor in wanted}),
        ANCHORS.c.name.in_([anchor.name for anchor in wanted]),
    )
    rows = (await session.execute(query)).all()
    found = {Anchor(row.account_id, row.name): str(row.thread_id) for row in rows}
    return {anchor: thread_id for anchor, thread_id in found.items() if anchor in wanted}


async def _move(session: AsyncSession, absorbed: str, survivor: str) -> None:
    for table in (ANCHORS, MESSAGES, NOTES):
        await session.execute(update(table).where(table.c.thread_id == absorbed).values(thread_id=survivor))
    tags = (await session.execute(select(TAGS.c.tag).where(TAGS.c.thread_id == absorbed))).scalars().all()
    await insert_new(session, TAGS, [{"thread_id": survivor, "tag": tag} for tag in tags], key="tag")
