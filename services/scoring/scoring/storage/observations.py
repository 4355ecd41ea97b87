"""What was said, kept for a while: each thing once, in its last words, and nothing of what was deleted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, case, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import insert_new, upsert
from huiying.events.assessments import SentimentLabel
from scoring.domain.alerts.explanation import Voice
from scoring.domain.alerts.observation import DIGEST_BYTES, EXCERPT_CHARACTERS, Observed
from scoring.domain.alerts.watch import WHOLE_BRAND, Watch
from scoring.storage.tables import OBSERVATIONS

_BAR = "|"
_KEYS = 256**DIGEST_BYTES
_WORDING = ("worded_at", "sentiment", "urgency", "read", "signature", "text", "watches")
_ERASED: Mapping[str, Any] = {
    "interaction_id": None,
    "post": None,
    "author": None,
    "followers": None,
    "sentiment": None,
    "urgency": None,
    "read": {},
    "signature": None,
    "text": None,
    "watches": "",
    "is_erased": True,
}


def row_of(observed: Observed, watches: Sequence[Watch], *, now: datetime) -> dict[str, Any]:
    """The row that keeps this."""
    read = observed.assessment
    return {
        "key": observed.key,
        "interaction_id": observed.interaction_id,
        "brand": observed.brand,
        "platform": observed.platform,
        "post": observed.post,
        "author": observed.author,
        "followers": observed.followers,
        "occurred_at": observed.occurred_at,
        "worded_at": observed.occurred_at,
        "sentiment": read.sentiment.label.value if read.sentiment else None,
        "urgency": read.urgency,
        "read": {
            "intents": [intent.code.value for intent in read.intents],
            "risks": [risk.code.value for risk in read.risks],
            "topics": list(read.topics),
            "keywords": list(read.keywords),
            **_named(observed),
        },
        "signature": observed.signature,
        # A NUL is text to a platform, and refused by PostgreSQL.
        "text": observed.text[:EXCERPT_CHARACTERS].replace("\0", ""),
        "watches": listed(watch.id for watch in watches),
        "is_counted": not observed.is_edit,
        "is_erased": False,
        "noted_at": now,
    }


def _named(observed: Observed) -> dict[str, list[str]]:
    """What only some watches ask for, and little that is said has."""
    named = {"products": sorted(observed.products), "regions": [observed.region] if observed.region else []}
    return {name: values for name, values in named.items() if values}


def of_watch(watch_id: str) -> ColumnElement[bool]:
    """The condition for what belongs to a watch, and was not erased."""
    if watch_id == WHOLE_BRAND:
        return OBSERVATIONS.c.is_erased.is_(False)
    return OBSERVATIONS.c.watches.contains(f"{_BAR}{watch_id}{_BAR}", autoescape=True)


def listed(watch_ids: Iterable[str]) -> str:
    """These watches as a row keeps them: all belongs to that of the whole brand, so it goes without saying."""
    ids = [watch_id for watch_id in watch_ids if watch_id != WHOLE_BRAND]
    return _BAR + _BAR.join(ids) + _BAR if ids else ""


def watches_in(listed: str) -> list[str]:
    """The watches to which a row belongs, that of the whole brand included."""
    return [WHOLE_BRAND, *filter(None, listed.split(_BAR))]


async def note_said(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[bytes]:
    """Keep what was said; the keys of what is counted by that. What was erased before it came stays so."""
    statement = upsert(session, OBSERVATIONS)
    said_by = statement.excluded.interaction_id
    statement = statement.on_conflict_do_update(
        index_elements=["key"],
        # An edit may have come first; everybody else knows the thing by what said it.
        set_={"is_counted": True, "interaction_id": case((~OBSERVATIONS.c.is_erased, said_by))},
        where=~OBSERVATIONS.c.is_counted,
    )
    found = await session.execute(statement.returning(OBSERVATIONS.c.key), list(rows))
    return set(found.scalars())


async def note_edits(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the last words of what was edited, each thing once; those of what has not come yet wait for it."""
    new = await insert_new(session, OBSERVATIONS, rows, key="key")
    changed = [
        {"of_key": row["key"], **{f"new_{name}": row[name] for name in _WORDING}}
        for row in rows
        if row["key"] not in new
    ]
    if not changed:
        return
    columns = OBSERVATIONS.c
    values = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in _WORDING}
    statement = update(OBSERVATIONS).where(
        columns.key == bindparam("of_key"), ~columns.is_erased, columns.worded_at <= values["worded_at"]
    )
    # Through the connection: the session would take this for a change of objects that it keeps.
    connection = await session.connection()
    await connection.execute(statement.values(values), changed)


async def erase(session: AsyncSession, keys: Mapping[bytes, Mapping[str, Any]]) -> None:
    """Erase what was deleted, all but its key; `keys` say of each what its row needs where there is none yet."""
    rows = [{"key": key, **place, **_ERASED, "is_counted": False} for key, place in sorted(keys.items())]
    statement = upsert(session, OBSERVATIONS).on_conflict_do_update(index_elements=["key"], set_=dict(_ERASED))
    await session.execute(statement, rows)


async def count_recent(
    session: AsyncSession, authors: Collection[bytes], *, brands: Collection[str], since: datetime
) -> dict[tuple[str, bytes], int]:
    """How much each of these authors has said to each of the brands since then, what is known already."""
    if not authors:
        return {}
    columns = OBSERVATIONS.c
    query = (
        select(columns.brand, columns.author, func.count())
        .where(columns.author.in_(sorted(authors)), columns.brand.in_(sorted(brands)), columns.occurred_at >= since)
        .group_by(columns.brand, columns.author)
    )
    return {(brand, author): count for brand, author, count in await session.execute(query)}


async def signed_between(
    session: AsyncSession, brand: str, *, since: datetime, until: datetime, share: float = 1.0
) -> Sequence[Row[Any]]:
    """The signatures of what was said from `since` until before `until`, and who said it when.

    Of a `share` of it, from 0 to 1, which is always the same: keys are digests, and the smallest of them are taken.
    """
    columns = OBSERVATIONS.c
    query = select(columns.signature, columns.author, columns.occurred_at, columns.watches).where(
        columns.brand == brand,
        columns.occurred_at >= since,
        columns.occurred_at < until,
        columns.signature.is_not(None),
        columns.is_counted,
    )
    if share < 1:
        query = query.where(columns.key < int(share * _KEYS).to_bytes(DIGEST_BYTES, "big"))
    return (await session.execute(query.order_by(columns.occurred_at, columns.key))).all()


async def voices_between(
    session: AsyncSession,
    brand: str,
    *,
    watch_id: str,
    since: datetime,
    until: datetime,
    limit: int,
    newest: bool = False,
) -> list[Voice]:
    """What was said of a watch from `since` until before `until`: the first so many, or the last; in order of time."""
    columns = OBSERVATIONS.c
    order = (columns.occurred_at, columns.key)
    query = (
        select(OBSERVATIONS)
        .where(
            columns.brand == brand,
            columns.occurred_at >= since,
            columns.occurred_at < until,
            columns.is_counted,
            of_watch(watch_id),
        )
        .order_by(*(column.desc() for column in order) if newest else order)
        .limit(limit)
    )
    voices = [_voice(row) for row in await session.execute(query)]
    return voices[::-1] if newest else voices


async def texts_of(
    session: AsyncSession, interaction_ids: Collection[str], *, brand: str, since: datetime
) -> Sequence[Row[Any]]:
    """What is still remembered of these, said since then."""
    columns = OBSERVATIONS.c
    query = select(OBSERVATIONS).where(
        columns.brand == brand, columns.occurred_at >= since, columns.interaction_id.in_(sorted(interaction_ids))
    )
    return (await session.execute(query.order_by(columns.occurred_at, columns.key))).all()


async def erase_noted(session: AsyncSession, *, before: datetime) -> None:
    """Erase what was noted before then, all but its key: as long as its counts are kept, nothing may count again."""
    columns = OBSERVATIONS.c
    await session.execute(update(OBSERVATIONS).where(columns.noted_at < before, ~columns.is_erased).values(_ERASED))


async def forget_observations(session: AsyncSession, *, before: datetime) -> None:
    """Delete what was noted before then, with its key."""
    await session.execute(delete(OBSERVATIONS).where(OBSERVATIONS.c.noted_at < before))


def _voice(row: Row[Any]) -> Voice:
    return Voice(
        interaction_id=row.interaction_id,
        at=row.occurred_at,
        platform=row.platform,
        post=row.post,
        author=row.author,
        followers=row.followers,
        is_negative=row.sentiment == SentimentLabel.NEGATIVE,
        urgency=row.urgency or 0.0,
        intents=tuple(row.read["intents"]),
        risks=tuple(row.read["risks"]),
        topics=tuple(row.read["topics"]),
        keywords=tuple(row.read["keywords"]),
        signature=row.signature,
    )
