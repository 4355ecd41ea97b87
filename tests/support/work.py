"""The least a unit of work can be: a transaction, a clock, and the mark that jobs leave."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.clock import Clock
from huiying.db.engine import Database


class Work:
    """One transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self.session = session
        self.clock = clock
        self.has_added_jobs = False


def opener(database: Database, clock: Clock) -> Callable[[], AbstractAsyncContextManager[Work]]:
    """Opens units of work on this database, committed when their block ends."""

    @asynccontextmanager
    async def open_unit() -> AsyncIterator[Work]:
        async with database.writing() as session:
            yield Work(session, clock)

    return open_unit
