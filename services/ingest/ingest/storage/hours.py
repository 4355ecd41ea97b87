"""Count what comes to each account in each hour: its rhythm, and how much of it goes wrong."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import table_of, upsert
from ingest.storage.health_tables import AccountHour

_HOURS = table_of(AccountHour)
COUNTERS = ("deliveries", "unreadable", "turned_away", "interactions")


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came to an account, at that time."""

    account_id: str
    at: datetime
    deliveries: int = 0
    unreadable: int = 0
    turned_away: int = 0
    interactions: int = 0


async def count_hours(session: AsyncSession, arrivals: Iterable[Arrival]) -> None:
    """Add these to the hours in which they came."""
    sums: dict[tuple[str, datetime], Counter[str]] = {}
    for one in arrivals:
        hour = one.at.replace(minute=0, second=0, microsecond=0)
        counted = sums.setdefault((one.account_id, hour), Counter())
        for counter in COUNTERS:
            counted[counter] += getattr(one, counter)
    # In one order everywhere, so that no two batches wait for each other.
    rows = [
        {"account_id": account_id, "hour": hour, **{counter: counted[counter] for counter in COUNTERS}}
        for (account_id, hour), counted in sorted(sums.items())
        if any(counted.values())
    ]
    if not rows:
        return
    statement = upsert(session, _HOURS)
    added: dict[str, ColumnElement[Any]] = {
        counter: _HOURS.c[counter] + statement.excluded[counter] for counter in COUNTERS
    }
    keys = [_HOURS.c.account_id, _HOURS.c.hour]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)
