"""Which lists of which accounts are read, and when: made with an account, woken by a notice, paused by a person."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import delete, select, update
from sqlmodel import col

from huiying import jobs
from huiying.auth.principals import Permission, Principal
from huiying.clock import to_milliseconds
from huiying.db.statements import Row, table_of, upsert
from huiying.errors import Conflict, NotFound
from huiying.ids import new_id
from ingest.clients.connectors.abilities import Feed
from ingest.clients.connectors.connector import Connector
from ingest.storage.feed_tables import FeedState
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit
from ingest.usecases.publish_interactions import listing

POLL_FEED = "poll_feed"
ASKED, REFUSED, RECONNECT = "asked", "refused", "reconnect"

_FEEDS = table_of(FeedState)
_MOST_DUE = 500
_MANY = ":"


class FeedPaused(Conflict):
    """The feed is paused; resume it first."""

    code = "feed_paused"


class PollJob(msgspec.Struct, frozen=True):
    """Which feed is to be read."""

    feed_id: str


async def keep_feeds(unit: IngestUnit, accounts: Sequence[Account]) -> None:
    """These accounts have every feed that their platforms have; those that are there already stay as they are."""
    rows = [
        _row(unit, account, feed, name=feed.name)
        for account in accounts
        if (connector := unit.tools.connectors.get(account.platform)) is not None
        for feed in _feeds_of(connector)
        if not feed.name.endswith(_MANY)
    ]
    await _insert(unit, rows)


async def wake_feeds(unit: IngestUnit, woken: Mapping[str, Iterable[str]]) -> None:
    """Something waits in these feeds, by account: read them now. One that is named for the first time begins here."""
    for account_id, names in sorted(woken.items()):
        wanted = sorted(set(names))
        known = await _wake(unit, account_id, wanted)
        missing = [name for name in wanted if name not in known]
        account = await unit.session.get(Account, account_id) if missing else None
        if account is None or account.removed_at is not None:
            continue
        await _insert(unit, [row for name in missing if (row := _of_many(unit, account, name)) is not None])
        await _wake(unit, account_id, missing)


async def read_all_feeds(unit: IngestUnit, account_id: str) -> None:
    """Somebody wants to know what happened on this account lately: read every list of it now."""
    mine = select(_FEEDS.c.name).where(_FEEDS.c.account_id == account_id)
    await wake_feeds(unit, {account_id: (await unit.session.execute(mine)).scalars().all()})


async def names_of_feeds(unit: IngestUnit, account: Account) -> list[str]:
    """Every list that the account has."""
    mine = select(_FEEDS.c.name).where(_FEEDS.c.account_id == account.id).order_by(_FEEDS.c.name)
    return list((await unit.session.execute(mine)).scalars())


async def file_due(unit: IngestUnit) -> None:
    """File a job for every feed that is due."""
    now = unit.clock.now()
    query = (
        select(_FEEDS.c.id, _FEEDS.c.due_at)
        .where(_FEEDS.c.pause_reason.is_(None), _FEEDS.c.due_at <= now)
        .order_by(_FEEDS.c.due_at)
        .limit(_MOST_DUE)
    )
    for feed_id, due_at in (await unit.session.execute(query)).all():
        await _file(unit, feed_id, turn=str(to_milliseconds(due_at)))


async def get_feed(
    unit: IngestUnit, feed_id: str, *, principal: Principal, permission: Permission, to_change: bool = False
) -> FeedState:
    """A feed that this principal may see.

    Raises NotFound, Forbidden.
    """
    feed = await unit.session.get(FeedState, feed_id, with_for_update=to_change or None)
    if feed is None:
        raise NotFound(f"no feed {feed_id}")
    principal.demand(permission, feed.brand, what=f"feed {feed_id}")
    return feed


def pause_feed(unit: IngestUnit, feed: FeedState) -> None:
    """Do not read it until it is resumed."""
    feed.pause_reason = ASKED
    unit.session.add(feed)


async def resume_feed(unit: IngestUnit, feed: FeedState) -> None:
    """Read it again, from where it stood."""
    feed.pause_reason, feed.failure_count = None, 0
    await _now(unit, feed)


async def poll_now(unit: IngestUnit, feed: FeedState) -> None:
    """Read it without waiting for its turn.

    Raises FeedPaused.
    """
    if feed.pause_reason is not None:
        raise FeedPaused(f"feed {feed.id} is paused ({feed.pause_reason}): resume it first")
    await _now(unit, feed)


async def resume_refused(unit: IngestUnit, account_id: str) -> None:
    """The account has other secrets: what the platform refused may be allowed now."""
    await _resume(unit, account_id, paused_for=(REFUSED, RECONNECT))


async def resume_reconnected(unit: IngestUnit, account_id: str) -> None:
    """The account has a new token: what the old one was refused for may be read now."""
    await _resume(unit, account_id, paused_for=(RECONNECT,))


async def _resume(unit: IngestUnit, account_id: str, *, paused_for: Sequence[str]) -> None:
    refused = col(FeedState.pause_reason).in_(paused_for)
    values = {"pause_reason": None, "failure_count": 0, "due_at": unit.clock.now()}
    await unit.session.execute(update(FeedState).where(col(FeedState.account_id) == account_id, refused).values(values))


async def forget_feeds(unit: IngestUnit, account_id: str) -> None:
    """The account is gone."""
    await unit.session.execute(delete(FeedState).where(col(FeedState.account_id) == account_id))


async def _now(unit: IngestUnit, feed: FeedState) -> None:
    feed.due_at = unit.clock.now()
    unit.session.add(feed)
    await _file(unit, feed.id, turn=new_id())


async def _wake(unit: IngestUnit, account_id: str, names: Sequence[str]) -> set[str]:
    """Make them due now, unless they are paused; the names of those that exist."""
    now = unit.clock.now()
    mine = (_FEEDS.c.account_id == account_id, _FEEDS.c.name.in_(names))
    found = (await unit.session.execute(select(_FEEDS.c.id, _FEEDS.c.name, _FEEDS.c.pause_reason).where(*mine))).all()
    ids = [row.id for row in found if row.pause_reason is None]
    await unit.session.execute(update(_FEEDS).where(_FEEDS.c.id.in_(ids)).values(due_at=now))
    for feed_id in ids:
        await _file(unit, feed_id, turn=new_id())
    return {row.name for row in found}


async def _file(unit: IngestUnit, feed_id: str, *, turn: str) -> None:
    # Of a feed, one job at a time: what is filed while one reads is looked at when that has ended.
    name = f"feed:{feed_id}"
    await jobs.add(unit, kind=POLL_FEED, payload=PollJob(feed_id=feed_id), queue=name, dedupe_key=f"{name}:{turn}")


def _feeds_of(connector: Connector) -> Sequence[Feed]:
    lists = listing(connector)
    return lists.feeds if lists is not None else ()


def _of_many(unit: IngestUnit, account: Account, name: str) -> Row | None:
    """The row of a feed that a notice named, if its kind is known."""
    connector = unit.tools.connectors.get(account.platform)
    kind, separator, _ = name.partition(_MANY)
    for feed in _feeds_of(connector) if connector is not None else ():
        if feed.name in {name, kind, kind + separator}:
            return _row(unit, account, feed, name=name)
    return None


def _row(unit: IngestUnit, account: Account, feed: Feed, *, name: str) -> Row:
    now = unit.clock.now()
    return {
        "id": new_id(),
        "account_id": account.id,
        "brand": account.brand,
        "platform": account.platform,
        "name": name,
        "is_pushed": feed.is_pushed,
        "keeps_cursor": feed.keeps_cursor,
        "every_seconds": max(1, int(feed.every.total_seconds())),
        # What is pushed is compared from the connection on; what is not, is read a little further back.
        "read_until": now - (timedelta() if feed.is_pushed else unit.tools.settings.feed_first_window),
        "due_at": now + feed.every if feed.is_pushed else now,
        "failure_count": 0,
        "created_at": now,
    }


async def _insert(unit: IngestUnit, rows: Sequence[Row]) -> None:
    if not rows:
        return
    statement = upsert(unit.session, _FEEDS)
    changing = {name: statement.excluded[name] for name in ("is_pushed", "keeps_cursor", "every_seconds")}
    keys = [_FEEDS.c.account_id, _FEEDS.c.name]
    await unit.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changing), rows)
