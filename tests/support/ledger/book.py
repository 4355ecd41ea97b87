"""A made-up service for tests of what all services share: it writes every brand it hears of into a book."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Integer, String, Table, select

from huiying.db.engine import Database
from huiying.db.platform import service_metadata
from huiying.db.statements import insert_all
from huiying.events.accounts import AccountRemoved
from huiying.events.brands import BrandCreated
from huiying.events.envelope import Told
from huiying.events.members import MemberChanged
from huiying.outbox.changes import Change
from huiying.outbox.unit import Unit
from huiying.service.consumer import Handlers
from huiying.service.definition import Service, Surroundings
from huiying.settings import ServiceSettings
from tests.support.clock import START

METADATA = service_metadata()

# The number shows the order, and nothing is unique: what is taken in twice stands here twice.
BOOK = Table(
    "book",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False),
)


@dataclass
class Rules:
    """What a test makes the handlers do."""

    faults: dict[str, Exception] = field(default_factory=dict)
    """Name -> what is raised whenever it is among the facts, after all of them were written down."""

    before: Callable[[Sequence[str]], None] = lambda _names: None
    """Called with the names before anything is written down."""

    hold: asyncio.Event | None = None
    """If given, handlers wait for it."""

    offered: list[list[str]] = field(default_factory=list)
    """The names of each call."""


class LedgerUnit(Unit[Rules]):
    """One transaction of the book."""


async def write_brands(unit: LedgerUnit, facts: Sequence[Told[BrandCreated]]) -> None:
    """Write the brands down, and tell a fact and announce a change for each."""
    names = [told.event.slug for told in facts]
    await _write(unit, names)
    for name in names:
        unit.tell(AccountRemoved(account_id=name, brand=name, removed_at=unit.clock.now()))
        unit.announce(Change("written", name, {}))
    _stumble(unit.tools, names)


async def write_members(unit: LedgerUnit, facts: Sequence[Told[MemberChanged]]) -> None:
    """Write the members down."""
    names = [told.event.member_id for told in facts]
    await _write(unit, names)
    _stumble(unit.tools, names)


async def _write(unit: LedgerUnit, names: Sequence[str]) -> None:
    unit.tools.offered.append(list(names))
    unit.tools.before(names)
    if unit.tools.hold is not None:
        await unit.tools.hold.wait()
    await insert_all(unit.session, BOOK, [{"name": name} for name in names])


def _stumble(rules: Rules, names: Sequence[str]) -> None:
    for name in names:
        if name in rules.faults:
            raise rules.faults[name]


HANDLERS: Handlers[LedgerUnit] = {BrandCreated: write_brands, MemberChanged: write_members}


@asynccontextmanager
async def _equip(_surroundings: Surroundings[ServiceSettings]) -> AsyncIterator[Rules]:
    yield Rules()


LEDGER = Service(
    name="ledger",
    description="A book of brands.",
    settings=ServiceSettings,
    unit=LedgerUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[],
    handlers=HANDLERS,
    equip=_equip,
)


def a_brand(slug: str, *, at: datetime = START) -> BrandCreated:
    """A fact that the ledger takes in."""
    return BrandCreated(slug=slug, name=slug, created_at=at)


def a_member(member_id: str) -> MemberChanged:
    """A fact of another topic that the ledger takes in too."""
    return MemberChanged(
        member_id=member_id, name="", is_active=True, is_administrator=False, roles={}, changed_at=START
    )


async def written(database: Database) -> list[str]:
    """What stands in the book, in order."""
    async with database.reading() as session:
        return list((await session.execute(select(BOOK.c.name).order_by(BOOK.c.number))).scalars())
