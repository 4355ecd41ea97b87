"""What is watched of each brand, and the promotions that it has declared."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import insert_all, upsert
from scoring.domain.alerts.watch import Watch, watches_of
from scoring.storage.tables import CAMPAIGNS, WATCH_LISTS, WATCHES

_NAMES = ("topics", "keywords", "products", "platforms", "regions")


async def read_watches(session: AsyncSession, brands: Collection[str]) -> dict[str, list[Watch]]:
    """The watches of these brands, in their order; each has at least that of the whole brand."""
    query = select(WATCHES).where(WATCHES.c.brand.in_(sorted(brands))).order_by(WATCHES.c.brand, WATCHES.c.place)
    kept: dict[str, list[Watch]] = {brand: [] for brand in brands}
    for row in await session.execute(query):
        kept[row.brand].append(_watch(row))
    return {brand: watches_of(brand, watches) for brand, watches in kept.items()}


async def replace_watches(session: AsyncSession, brand: str, watches: Sequence[Watch]) -> None:
    """Keep these watches of a brand and no others."""
    await session.execute(delete(WATCHES).where(WATCHES.c.brand == brand))
    rows = [
        {
            "brand": brand,
            "id": watch.id,
            "place": place,
            "name": watch.name,
            "sensitivity": watch.sensitivity,
            **{name: list(getattr(watch, name)) for name in _NAMES},
        }
        for place, watch in enumerate(watches)
    ]
    await insert_all(session, WATCHES, rows)


async def version_of(session: AsyncSession, brand: str) -> int:
    """The version of a brand's watches; 0 where nobody has set any up."""
    query = select(WATCH_LISTS.c.version).where(WATCH_LISTS.c.brand == brand)
    return (await session.execute(query)).scalar_one_or_none() or 0


async def next_version(session: AsyncSession, brand: str) -> int:
    """The version after this one. Who asks has the list locked until the transaction ends."""
    statement = upsert(session, WATCH_LISTS).values(brand=brand, version=1)
    statement = statement.on_conflict_do_update(index_elements=["brand"], set_={"version": WATCH_LISTS.c.version + 1})
    return int((await session.execute(statement.returning(WATCH_LISTS.c.version))).scalar_one())


async def hold_watches(session: AsyncSession, brand: str) -> None:
    """Nobody changes a brand's watches until this transaction ends."""
    await session.execute(select(WATCH_LISTS.c.version).where(WATCH_LISTS.c.brand == brand).with_for_update())


async def campaigns_of(session: AsyncSession, brand: str, *, since: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when a brand had promotions, as far as they were not over by `since`."""
    query = select(CAMPAIGNS.c.begins_at, CAMPAIGNS.c.ends_at).where(
        CAMPAIGNS.c.brand == brand, CAMPAIGNS.c.ends_at > since
    )
    return [(row.begins_at, row.ends_at) for row in await session.execute(query)]


def _watch(row: Row[Any]) -> Watch:
    return Watch(
        id=row.id,
        brand=row.brand,
        name=row.name,
        sensitivity=row.sensitivity,
        **{name: tuple(getattr(row, name)) for name in _NAMES},
    )
