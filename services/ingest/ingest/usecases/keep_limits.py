"""Speak no more often than a platform allows, over all replicas together."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from huiying.db.statements import insert_new, table_of
from huiying.events.replies import ReplyRequested
from ingest.clients.connectors.connector import Limit, LimitScope
from ingest.domain import allowance
from ingest.storage.tables import Allowance
from ingest.storage.unit import IngestUnit

_ALLOWANCES = table_of(Allowance)
_AT_ONCE = Limit(count=1, per=timedelta())


async def spend_allowance(unit: IngestUnit, request: ReplyRequested, limits: Sequence[Limit]) -> timedelta:
    """Count this send against the limits it falls under; how long it must wait instead, if one of them is used up."""
    now = unit.clock.now()
    asked = {_pause_name(request.account_id): _AT_ONCE, **{_name(limit, request): limit for limit in limits}}
    whole_at = await _locked(unit, asked, now)
    waits = [
        allowance.wait_for(whole_at[name], count=limit.count, per=limit.per, now=now) for name, limit in asked.items()
    ]
    if any(waits):
        return max(waits)
    spent = [
        {"row_name": name, "then": allowance.spend(whole_at[name], count=limit.count, per=limit.per, now=now)}
        for name, limit in asked.items()
        if limit.per
    ]
    if spent:
        await _store(unit, spent)
    return timedelta()


async def pause_account(unit: IngestUnit, account_id: str, *, until: datetime) -> None:
    """Let an account say nothing until then: the platform asked for it."""
    name = _pause_name(account_id)
    known = (await _locked(unit, {name: _AT_ONCE}, unit.clock.now()))[name]
    await _store(unit, [{"row_name": name, "then": max(known, until)}])


def _pause_name(account_id: str) -> str:
    return f"{account_id}/pause"


def _name(limit: Limit, request: ReplyRequested) -> str:
    place = ""
    if limit.scope is LimitScope.CONVERSATION:
        target = request.target
        place = target.conversation_id or target.counterpart_id or target.post_id or ""
    return f"{request.account_id}/{limit.count} in {limit.per.total_seconds():g} s/{place}"[:400]


async def _locked(unit: IngestUnit, names: Mapping[str, Limit], now: datetime) -> dict[str, datetime]:
    """When each of these is whole again; nobody else changes them until the end of this transaction."""
    rows = [{"name": name, "whole_at": now} for name in sorted(names)]
    await insert_new(unit.session, Allowance, rows, key="name")
    query = select(_ALLOWANCES).where(_ALLOWANCES.c.name.in_(names)).order_by(_ALLOWANCES.c.name).with_for_update()
    return {row.name: row.whole_at for row in await unit.session.execute(query)}


async def _store(unit: IngestUnit, rows: Sequence[Mapping[str, object]]) -> None:
    connection = await unit.session.connection()
    statement = update(_ALLOWANCES).where(_ALLOWANCES.c.name == bindparam("row_name"))
    await connection.execute(statement.values(whole_at=bindparam("then")), list(rows))
