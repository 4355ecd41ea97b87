"""What every service forgets in time: changes that no console will ask for, answers that nobody will repeat."""

import asyncio
from datetime import timedelta

import structlog

from huiying.clock import Clock
from huiying.db.engine import Database
from huiying.errors import Unavailable
from huiying.http.idempotency import forget_expired
from huiying.outbox import changes
from huiying.service import dead_letters

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
DEAD_LETTERS_KEPT = timedelta(days=30)
"""A dead letter holds what people wrote: long enough to be seen and replayed, and no longer."""


class Housekeeping:
    """Deletes what is past its time, in one process of all that share a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Tidy now and then until stopped."""
        while not self._stopping.is_set():
            try:
                async with self._database.exclusive("housekeeping") as mine:
                    if mine:
                        await self.tidy()
            except Unavailable as error:
                log.warning("housekeeping_waits", reason=str(error))
            await self._pause()

    async def tidy(self) -> None:
        """Delete what is past its time."""
        now = self._clock.now()
        async with self._database.writing() as session:
            await changes.forget_old(session, now=now)
            await forget_expired(session, now=now)
            await dead_letters.forget_old(session, before=now - DEAD_LETTERS_KEPT)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(EVERY.total_seconds()):
                await self._stopping.wait()
        except TimeoutError:
            return
