"""What consoles hear at once: changes to what they show, stored with the changes themselves.

Each replica reads the table and tells its own listeners, so a console hears everything whichever replica it reached,
and one that comes back with the last number it saw gets what it missed. Numbers follow the order of the commits.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import Column, LargeBinary, Table, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.engine import Database
from huiying.db.platform import PLATFORM
from huiying.db.types import BigNumber, UTCDateTime
from huiying.errors import Unavailable

log = structlog.get_logger(__name__)

CHANGES = Table(
    "changes",
    PLATFORM,
    Column("number", BigNumber, primary_key=True, autoincrement=False),
    # All changes of one transaction, packed.
    Column("changes", LargeBinary, nullable=False),
    Column("created_at", UTCDateTime, nullable=False, index=True),
)

KEPT = timedelta(minutes=10)
POLL_SECONDS = 0.5
ROW_COUNT = 500


class Change(msgspec.Struct, frozen=True, array_like=True):
    """Something that is shown has changed: ids and changed fields, for the members of one brand."""

    event: str
    brand: str
    data: dict[str, Any]


class ChangeSet(msgspec.Struct, frozen=True):
    """What changed in one transaction, with its place in the order."""

    number: int
    changes: tuple[Change, ...]


Listener = Callable[[ChangeSet], None]

_packer = msgspec.msgpack.Encoder()
_unpacker = msgspec.msgpack.Decoder(tuple[Change, ...])


def row_of(change_set: ChangeSet, *, now: datetime) -> dict[str, Any]:
    """The row that holds these changes."""
    return {"number": change_set.number, "changes": _packer.encode(change_set.changes), "created_at": now}


class ChangeFeed:
    """Reads new changes and hands them to every listener in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._newest = 0

    async def listen(self, listener: Listener) -> Callable[[], None]:
        """Hand every change from now on to `listener`, which must not wait; call the result to end that."""
        if not self._listeners:
            async with self._database.reading() as session:
                self._newest = (await session.execute(select(func.max(CHANGES.c.number)))).scalar_one() or 0
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def missed(self, number: int) -> list[ChangeSet] | None:
        """What came after `number`, oldest first; None if some of that is no longer kept."""
        async with self._database.reading() as session:
            oldest = (await session.execute(select(func.min(CHANGES.c.number)))).scalar_one()
            if oldest is None or number < oldest - 1:
                return None
            return await _since(session, number)

    def wake(self) -> None:
        """There may be something new."""
        self._wake.set()

    def stop(self) -> None:
        """End `run`."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Follow the table until stopped."""
        while not self._stopping:
            self._wake.clear()
            try:
                await self._follow()
            except Unavailable as error:
                log.warning("changes_wait", reason=str(error))
            await self._pause()

    async def _follow(self) -> None:
        if not self._listeners:
            return
        async with self._database.reading() as session:
            fresh = await _since(session, self._newest)
        for change_set in fresh:
            self._newest = change_set.number
            for listener in list(self._listeners):
                listener(change_set)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return


async def forget_old(session: AsyncSession, *, now: datetime) -> None:
    """Delete what no console will ask for any more."""
    await session.execute(delete(CHANGES).where(CHANGES.c.created_at < now - KEPT))


async def _since(session: AsyncSession, number: int) -> list[ChangeSet]:
    query = select(CHANGES).where(CHANGES.c.number > number).order_by(CHANGES.c.number).limit(ROW_COUNT)
    return [ChangeSet(row.number, _unpacker.decode(row.changes)) for row in await session.execute(query)]
