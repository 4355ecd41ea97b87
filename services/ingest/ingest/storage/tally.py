"""What hooks notice but must not wait for: counted in memory and written a little later."""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy import func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.clock import monotonic_seconds
from huiying.db.engine import Database
from huiying.db.statements import table_of
from huiying.errors import Unavailable
from huiying.observability.metrics import ACCOUNTS
from ingest.storage.health_tables import AccountState
from ingest.storage.hours import Arrival, count_hours

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 2.0
_MEASURE_SECONDS = 15.0
# Who guesses at a hook can make us count, not remember.
_MOST_NOTES = 10_000

_STATES = table_of(AccountState)


class Tally:
    """Requests that a hook turned away, and handshakes, by account."""

    def __init__(self) -> None:
        self._turned_away: list[Arrival] = []
        self._handshakes: dict[str, datetime] = {}
        self._stopping = asyncio.Event()

    def note_turned_away(self, account_id: str, *, at: datetime) -> None:
        """A request to the account's hook did not prove itself."""
        if len(self._turned_away) < _MOST_NOTES:
            self._turned_away.append(Arrival(account_id=account_id, at=at, turned_away=1))

    def note_handshake(self, account_id: str, *, at: datetime) -> None:
        """The platform asked whether the hook is ours, and it was."""
        self._handshakes[account_id] = at

    def stop(self) -> None:
        """End `run`, after what was noted is written."""
        self._stopping.set()

    async def run(self, database: Database) -> None:
        """Write what is noted, and measure how the accounts do, until stopped."""
        measured_at = 0.0
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(_EVERY_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                pass
            try:
                await self._write(database)
                if monotonic_seconds() - measured_at > _MEASURE_SECONDS:
                    measured_at = monotonic_seconds()
                    await _measure(database)
            except Unavailable as error:
                log.info("tally_waits", reason=str(error))

    async def _write(self, database: Database) -> None:
        turned_away, self._turned_away = self._turned_away, []
        handshakes, self._handshakes = self._handshakes, {}
        if not turned_away and not handshakes:
            return
        async with database.writing() as session:
            await count_hours(session, turned_away)
            await _store_handshakes(session, handshakes)


async def _store_handshakes(session: AsyncSession, handshakes: dict[str, datetime]) -> None:
    for account_id, at in sorted(handshakes.items()):
        mine = update(_STATES).where(_STATES.c.account_id == account_id)
        await session.execute(mine.values(handshake_at=at))


async def _measure(database: Database) -> None:
    """Every process shows the same figures, whichever of them looked after the accounts last."""
    counted = select(_STATES.c.platform, _STATES.c.status, func.count())
    async with database.reading() as session:
        rows = (await session.execute(counted.group_by(_STATES.c.platform, _STATES.c.status))).all()
    ACCOUNTS.clear()
    for platform, status, count in rows:
        ACCOUNTS.labels(platform=platform, status=status).set(count)
