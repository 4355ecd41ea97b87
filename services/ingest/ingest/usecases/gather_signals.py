"""Everything that says how accounts do, in a handful of queries however many accounts there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import func, select

from huiying.db.statements import table_of
from ingest.domain.health import Day, FeedSignal, Health, Signals, assess
from ingest.storage.feed_tables import FeedState, GapCheck
from ingest.storage.health_tables import AccountHour, AccountState
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit

_LOOKED_AT = timedelta(days=1)

_STATES, _FEEDS = table_of(AccountState), table_of(FeedState)
_HOURS, _CHECKS = table_of(AccountHour), table_of(GapCheck)


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """How an account does, and what that was decided from."""

    health: Health
    signals: Signals


async def check_up(unit: IngestUnit, accounts: Sequence[Account]) -> dict[str, Checkup]:
    """How each of these does now."""
    ids, now = [account.id for account in accounts], unit.clock.now()
    states = {state.account_id: state for state in await _states(unit, ids)}
    feeds, hours, gaps = await _feeds(unit, ids), await _hours(unit, ids), await _gaps(unit, ids)
    found = {}
    for account in accounts:
        signals = _signals(
            account,
            states.get(account.id),
            feeds=feeds[account.id],
            day=Day(**{**hours.get(account.id, {}), **gaps.get(account.id, {})}),
        )
        found[account.id] = Checkup(health=assess(signals, now=now), signals=signals)
    return found


def _signals(account: Account, state: AccountState | None, *, feeds: Sequence[FeedState], day: Day) -> Signals:
    known = Signals(
        connected_at=account.created_at,
        # Where every list is the only source, nobody need deliver.
        takes_deliveries=not feeds or any(feed.is_pushed for feed in feeds),
        last_delivery_at=account.last_delivery_at,
        last_error=account.last_error,
        feeds=[
            FeedSignal(
                name=feed.name,
                pause_reason=feed.pause_reason,
                failure_count=feed.failure_count,
                last_error=feed.last_error,
            )
            for feed in feeds
        ],
        day=day,
    )
    if state is None:
        return known
    return msgspec.structs.replace(
        known,
        handshake_at=state.handshake_at,
        token_expires_at=state.token_expires_at,
        token_error=state.token_error,
        reconnect_since=state.reconnect_since,
        renews_itself=state.renew_due_at is not None,
        subscription=state.subscription,
        subscription_detail=state.subscription_detail,
        silent_since=state.silent_since,
        silence_detail=state.silence_detail,
        measure_error=state.measure_error,
    )


async def _states(unit: IngestUnit, ids: Sequence[str]) -> Sequence[AccountState]:
    return (await unit.session.execute(select(AccountState).where(_STATES.c.account_id.in_(ids)))).scalars().all()


async def _feeds(unit: IngestUnit, ids: Sequence[str]) -> Mapping[str, list[FeedState]]:
    found: dict[str, list[FeedState]] = defaultdict(list)
    query = select(FeedState).where(_FEEDS.c.account_id.in_(ids)).order_by(_FEEDS.c.name)
    for feed in (await unit.session.execute(query)).scalars():
        found[feed.account_id].append(feed)
    return found


async def _hours(unit: IngestUnit, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    names = ("deliveries", "unreadable", "turned_away")
    query = (
        select(_HOURS.c.account_id, *(func.sum(_HOURS.c[name]) for name in names))
        .where(_HOURS.c.account_id.in_(ids), _HOURS.c.hour > unit.clock.now() - _LOOKED_AT)
        .group_by(_HOURS.c.account_id)
    )
    rows = (await unit.session.execute(query)).all()
    return {row[0]: dict(zip(names, map(int, row[1:]), strict=True)) for row in rows}


async def _gaps(unit: IngestUnit, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    names = ("found", "missing")
    query = (
        select(_CHECKS.c.account_id, *(func.sum(_CHECKS.c[name]) for name in names))
        .where(_CHECKS.c.account_id.in_(ids), _CHECKS.c.began_at > unit.clock.now() - _LOOKED_AT)
        .group_by(_CHECKS.c.account_id)
    )
    rows = (await unit.session.execute(query)).all()
    return {row[0]: dict(zip(names, map(int, row[1:]), strict=True)) for row in rows}
