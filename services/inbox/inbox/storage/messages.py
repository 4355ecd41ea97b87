"""Messages in bulk, and what became of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, Table, and_, bindparam, or_, select, union_all, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import upsert
from huiying.events.interactions import Interaction
from huiying.ids import new_id
from inbox.domain.anchors import PRIVATE, conversation_of
from inbox.domain.revision import Revision, attachments_of
from inbox.storage.reading_tables import ASSESSMENTS
from inbox.storage.tables import MESSAGES, REVISIONS, THREADS

ObjectKey = tuple[str, str]
"""An account's id and the platform's id of an object on it."""


class Words(NamedTuple):
    """What the message of an interaction says now, the interaction that this comes from, and to which brand."""

    interaction_id: str
    worded_by: str
    text: str | None
    brand: str


UNREVISED = Revision()
_REVISION_FIELDS = tuple(field.name for field in msgspec.structs.fields(Revision))


def key_of(interaction: Interaction) -> ObjectKey:
    """By what the object of an interaction is known."""
    return interaction.account.id, interaction.object.id


def message_row(interaction: Interaction, *, thread_id: str, revision: Revision) -> dict[str, Any]:
    """The row of something said, as it reads after all that is known to have become of it."""
    actor, target, answers = interaction.actor, interaction.target, interaction.reply
    row = {
        "id": new_id(),
        "thread_id": thread_id,
        "account_id": interaction.account.id,
        "interaction_id": interaction.id,
        "object_id": interaction.object.id,
        "post_id": target.post_id if target else None,
        "conversation_id": conversation_of(interaction) if interaction.kind in PRIVATE else None,
        "kind": interaction.kind.value,
        "direction": interaction.direction.value,
        "author_id": actor.id if actor else None,
        "author_name": (actor.name or actor.username) if actor else None,
        "occurred_at": interaction.occurred_at,
        "text": interaction.object.text,
        "attachments": attachments_of(interaction) if interaction.object.attachments else [],
        "capabilities": " ".join(answers.capabilities),
        "window_expires_at": answers.window_expires_at,
        "max_replies": answers.max_replies,
        "handle": answers.handle,
        "worded_by": interaction.id,
        "edited_at": None,
        "deleted_at": None,
        "is_hidden": False,
        "is_answer": False,
    }
    return row if revision is UNREVISED else {**row, **revised(row, revision)}


def revised(message: Mapping[str, Any], revision: Revision) -> dict[str, Any]:
    """The fields of a message that what became of it decides."""
    now = {name: message[name] for name in ("text", "attachments", "worded_by")}
    if revision.edited_at is not None:
        text = revision.text if revision.text is not None else message["text"]
        attachments = revision.attachments if revision.attachments is not None else message["attachments"]
        now = {"text": text, "attachments": attachments, "worded_by": revision.worded_by}
    if revision.deleted_at is not None:
        now = {**now, "text": None, "attachments": []}
    return {
        **now,
        "edited_at": revision.edited_at,
        "deleted_at": revision.deleted_at,
        "is_hidden": revision.is_hidden,
    }


def gone_from(message: Mapping[str, Any], *, before: str | None = None) -> set[str]:
    """The interactions whose words a message had, those of `before` as well, and has no more."""
    has = message["worded_by"] if message["deleted_at"] is None else None
    return {message["interaction_id"], before, message["worded_by"]} - {has, None}


async def filed(session: AsyncSession, interaction_ids: Collection[str]) -> set[str]:
    """Which of these interactions are filed already."""
    query = select(MESSAGES.c.interaction_id).where(MESSAGES.c.interaction_id.in_(interaction_ids))
    return set((await session.execute(query)).scalars())


async def of_objects(session: AsyncSession, keys: Collection[ObjectKey]) -> list[Row[Any]]:
    """The messages that are these objects."""
    query = select(MESSAGES).where(
        MESSAGES.c.account_id.in_({account_id for account_id, _ in keys}),
        MESSAGES.c.object_id.in_({object_id for _, object_id in keys}),
    )
    return [row for row in await session.execute(query) if (row.account_id, row.object_id) in keys]


async def revisions_of(session: AsyncSession, keys: Collection[ObjectKey]) -> dict[ObjectKey, Revision]:
    """What became of these objects, where anything did."""
    if not keys:
        return {}
    query = select(REVISIONS).where(
        REVISIONS.c.account_id.in_({account_id for account_id, _ in keys}),
        REVISIONS.c.object_id.in_({object_id for _, object_id in keys}),
    )
    return {
        (row.account_id, row.object_id): Revision(**{name: getattr(row, name) for name in _REVISION_FIELDS})
        for row in await session.execute(query)
        if (row.account_id, row.object_id) in keys
    }


async def keep_revisions(session: AsyncSession, revisions: Mapping[ObjectKey, Revision]) -> None:
    """Store what became of these objects."""
    rows = [
        {"account_id": account_id, "object_id": object_id, **{name: getattr(one, name) for name in _REVISION_FIELDS}}
        for (account_id, object_id), one in revisions.items()
    ]
    await put(session, REVISIONS, rows, key=("account_id", "object_id"))


async def assessed(session: AsyncSession, interaction_ids: Collection[str]) -> set[str]:
    """Which of these interactions have an assessment already."""
    query = select(ASSESSMENTS.c.interaction_id).where(ASSESSMENTS.c.interaction_id.in_(interaction_ids))
    return set((await session.execute(query)).scalars())


async def words_of(session: AsyncSession, interaction_ids: Collection[str]) -> dict[str, Words]:
    """The present words of the messages that these interactions are, or to which they gave them by an edit."""
    present = (MESSAGES.c.worded_by, MESSAGES.c.text, THREADS.c.brand)
    said = (
        select(MESSAGES.c.interaction_id, *present)
        .join(THREADS, THREADS.c.id == MESSAGES.c.thread_id)
        .where(MESSAGES.c.interaction_id.in_(interaction_ids))
    )
    is_it = [MESSAGES.c[name] == REVISIONS.c[name] for name in ("account_id", "object_id", "worded_by")]
    edited = (
        select(REVISIONS.c.worded_by.label("interaction_id"), *present)
        .join(MESSAGES, and_(*is_it))
        .join(THREADS, THREADS.c.id == MESSAGES.c.thread_id)
        .where(REVISIONS.c.worded_by.in_(interaction_ids))
    )
    rows = await session.execute(union_all(said, edited))
    return {row.interaction_id: Words(*row) for row in rows}


async def gone(session: AsyncSession, interaction_ids: Collection[str]) -> set[str]:
    """Those of these interactions whose words no message has any more: they were edited, or deleted."""
    if not interaction_ids:
        return set()
    is_other = or_(MESSAGES.c.deleted_at.is_not(None), MESSAGES.c.worded_by != MESSAGES.c.interaction_id)
    said = select(MESSAGES.c.interaction_id).where(MESSAGES.c.interaction_id.in_(interaction_ids), is_other)
    edited = select(REVISIONS.c.worded_by).where(
        REVISIONS.c.worded_by.in_(interaction_ids), REVISIONS.c.deleted_at.is_not(None)
    )
    return set((await session.execute(union_all(said, edited))).scalars())


async def put(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]], *, key: Collection[str]) -> None:
    """Store the rows, in place of those with the same key."""
    if not rows:
        return
    statement = upsert(session, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows))


async def change(session: AsyncSession, table: Table, changes: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Change rows by their ids; all changes are of the same columns."""
    rows = [{"row_id": row_id, **fields} for row_id, fields in changes]
    if not rows:
        return
    names = [name for name in rows[0] if name != "row_id"]
    # Through the connection: the session would take this for a change of objects that it keeps.
    connection = await session.connection()
    statement = update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam(name) for name in names})
    await connection.execute(statement, rows)
