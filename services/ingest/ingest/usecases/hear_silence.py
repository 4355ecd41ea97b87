"""Notice when far less comes to an account than usual at this time of the week, and when it speaks again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from huiying.db.statements import table_of
from huiying.jobs.job import Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.domain.rhythm import WINDOWS_HOURS, is_silent, same_time_in_past_weeks, window
from ingest.storage.health_tables import AccountHour, AccountState
from ingest.storage.unit import IngestUnit

HEAR_SILENCE = "hear_silence"
HEAR_EVERY = timedelta(minutes=15)

_HOURS = table_of(AccountHour)
_PORTION = 100

Counts = Mapping[str, Mapping[datetime, int]]


class HearSilence:
    """The job that listens to all accounts."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, _job: Job) -> Outcome[IngestUnit]:
        last = ""
        while True:
            async with self._open_unit() as unit:
                query = select(AccountState).where(col(AccountState.account_id) > last)
                found = await unit.session.execute(query.order_by(col(AccountState.account_id)).limit(_PORTION))
                states = found.scalars().all()
                await _hear(unit, states)
            if len(states) < _PORTION:
                return Done()
            last = states[-1].account_id


async def _hear(unit: IngestUnit, states: Sequence[AccountState]) -> None:
    now = unit.clock.now()
    counts = await _counts(unit, [state.account_id for state in states], now=now)
    for state in states:
        silence = _silence(counts[state.account_id], now=now, known_since=state.created_at)
        if silence is None and state.silent_since is None:
            continue
        state.silence_detail = silence
        state.silent_since = None if silence is None else state.silent_since or now
        unit.session.add(state)


def _silence(counts: Mapping[datetime, int], *, now: datetime, known_since: datetime) -> str | None:
    """What is unusual, as a sentence, or nothing."""
    for hours in WINDOWS_HOURS:
        observed = sum(counts.get(hour, 0) for hour in window(now, hours))
        weeks = same_time_in_past_weeks(now, hours, known_since=known_since)
        past = [sum(counts.get(hour, 0) for hour in week) for week in weeks]
        if is_silent(observed, past):
            return f"{observed} interactions came in {hours} hours, where at least {min(past)} came in past weeks"
    return None


async def _counts(unit: IngestUnit, ids: Sequence[str], *, now: datetime) -> Counts:
    hours = max(WINDOWS_HOURS)
    wanted = [*window(now, hours)]
    for week in same_time_in_past_weeks(now, hours, known_since=datetime.min.replace(tzinfo=now.tzinfo)):
        wanted += week
    query = select(_HOURS.c.account_id, _HOURS.c.hour, _HOURS.c.interactions)
    query = query.where(_HOURS.c.account_id.in_(ids), _HOURS.c.hour.in_(wanted))
    found: dict[str, dict[datetime, int]] = defaultdict(dict)
    for account_id, hour, count in (await unit.session.execute(query)).all():
        found[account_id][hour] = count
    return found
