"""What the API shows: threads, messages and contacts with what belongs to them."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from inbox.storage.reading_tables import ASSESSMENTS, CORRECTIONS
from inbox.storage.readings import has_code
from inbox.storage.tables import (
    ACCOUNTS,
    CONTACTS,
    MARKS,
    MEMBERS,
    MESSAGES,
    MODERATIONS,
    NOTES,
    REPLIES,
    TAGS,
    THREADS,
)

UNASSIGNED = "none"


class ThreadFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which threads are asked for. `assignee` may be `none`."""

    brand: str | None = None
    platform: str | None = None
    kind: str | None = None
    status: str | None = None
    assignee: str | None = None
    sentiment: str | None = None
    intent: str | None = None
    risk: str | None = None
    tag: str | None = None
    q: str | None = None


def threads(scope: Collection[str] | None) -> Select[Any]:
    """Threads of these brands (None: all) with their account and contact."""
    query = (
        select(
            *THREADS.c,
            ACCOUNTS.c.external_id.label("account_external_id"),
            ACCOUNTS.c.name.label("account_name"),
            CONTACTS.c.name.label("contact_name"),
            CONTACTS.c.username.label("contact_username"),
            CONTACTS.c.url.label("contact_url"),
            CONTACTS.c.followers.label("contact_followers"),
        )
        .outerjoin(ACCOUNTS, ACCOUNTS.c.id == THREADS.c.account_id)
        .outerjoin(CONTACTS, CONTACTS.c.id == THREADS.c.contact_id)
        .where(THREADS.c.merged_into.is_(None))
    )
    return query if scope is None else query.where(THREADS.c.brand.in_(scope))


def matching(filters: ThreadFilters) -> list[ColumnElement[bool]]:
    """The conditions that these filters mean."""
    columns = ("brand", "platform", "kind", "status", "sentiment")
    asked = {name: getattr(filters, name) for name in columns}
    found: list[ColumnElement[bool]] = [THREADS.c[name] == value for name, value in asked.items() if value is not None]
    if filters.assignee == UNASSIGNED:
        found.append(THREADS.c.assignee.is_(None))
    elif filters.assignee is not None:
        found.append(THREADS.c.assignee == filters.assignee)
    if filters.intent is not None:
        found.append(has_code("intent", filters.intent))
    if filters.risk is not None:
        found.append(has_code("risk", filters.risk))
    if filters.tag is not None:
        found.append(exists().where(TAGS.c.thread_id == THREADS.c.id, TAGS.c.tag == filters.tag))
    if filters.q is not None:
        said = MESSAGES.c.text.icontains(filters.q, autoescape=True)
        found.append(
            exists().where(MESSAGES.c.thread_id == THREADS.c.id, said)
            | CONTACTS.c.name.icontains(filters.q, autoescape=True)
        )
    return found


def messages_of(thread_id: str) -> Select[Any]:
    """A thread's messages, with how they read and, of replies, what became of them."""
    return (
        select(
            *MESSAGES.c,
            ASSESSMENTS.c.assessment,
            CORRECTIONS.c.correction_id,
            CORRECTIONS.c.sentiment.label("corrected_sentiment"),
            CORRECTIONS.c.intents.label("corrected_intents"),
            CORRECTIONS.c.risks.label("corrected_risks"),
            REPLIES.c.status.label("delivery_status"),
            REPLIES.c.error.label("delivery_error"),
            REPLIES.c.visibility,
            REPLIES.c.member_id,
            MEMBERS.c.name.label("member_name"),
        )
        .outerjoin(ASSESSMENTS, ASSESSMENTS.c.interaction_id == MESSAGES.c.worded_by)
        .outerjoin(CORRECTIONS, CORRECTIONS.c.interaction_id == MESSAGES.c.worded_by)
        .outerjoin(REPLIES, REPLIES.c.id == MESSAGES.c.id)
        .outerjoin(MEMBERS, MEMBERS.c.id == REPLIES.c.member_id)
        .where(MESSAGES.c.thread_id == thread_id)
    )


def contacts(scope: Collection[str] | None) -> Select[Any]:
    """Contacts of these brands (None: all)."""
    query = select(*CONTACTS.c)
    return query if scope is None else query.where(CONTACTS.c.brand.in_(scope))


def notes_of(thread_id: str) -> Select[Any]:
    """A thread's notes with the names of who wrote them."""
    return (
        select(*NOTES.c, MEMBERS.c.name.label("member_name"))
        .outerjoin(MEMBERS, MEMBERS.c.id == NOTES.c.member_id)
        .where(NOTES.c.thread_id == thread_id)
    )


async def tags_of(session: AsyncSession, thread_ids: Sequence[str]) -> dict[str, list[str]]:
    """The tags of these threads, in the order of the alphabet."""
    query = select(TAGS).where(TAGS.c.thread_id.in_(thread_ids)).order_by(TAGS.c.tag)
    found: dict[str, list[str]] = {thread_id: [] for thread_id in thread_ids}
    for row in await session.execute(query):
        found[row.thread_id].append(row.tag)
    return found


async def moderations_of(session: AsyncSession, message_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """What members had done to these messages, in the order in which they asked."""
    shown = ("id", "kind", "status", "member_id", "error", "requested_at")
    query = select(*(MODERATIONS.c[name] for name in shown), MODERATIONS.c.message_id)
    found: dict[str, list[Row[Any]]] = {message_id: [] for message_id in message_ids}
    for row in await session.execute(query.where(MODERATIONS.c.message_id.in_(message_ids)).order_by(MODERATIONS.c.id)):
        found[row.message_id].append(row)
    return found


async def marks_of(session: AsyncSession, contact_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many reactions, shares and follows of these contacts stand, by kind."""
    query = (
        select(MARKS.c.contact_id, MARKS.c.kind, func.count())
        .where(MARKS.c.contact_id.in_(contact_ids), MARKS.c.is_present)
        .group_by(MARKS.c.contact_id, MARKS.c.kind)
    )
    found: dict[str, dict[str, int]] = {contact_id: {} for contact_id in contact_ids}
    for contact_id, kind, count in await session.execute(query):
        found[contact_id][kind] = count
    return found


async def find_thread(session: AsyncSession, thread_id: str) -> Row[Any] | None:
    """The thread with this id, or the one that it has become part of."""
    while True:
        query = select(THREADS.c.id, THREADS.c.brand, THREADS.c.merged_into).where(THREADS.c.id == thread_id)
        row = (await session.execute(query)).one_or_none()
        if row is None or row.merged_into is None:
            return row
        thread_id = row.merged_into
