"""Declare promotions and lotteries, in which volume is expected: only a rise in the negative share alarms then."""

from datetime import datetime

from sqlalchemy import delete, select

from huiying.db.statements import upsert
from huiying.errors import Invalid, NotFound
from scoring.storage.counting import make_stale
from scoring.storage.tables import CAMPAIGNS
from scoring.storage.unit import ScoringUnit


async def declare_campaign(unit: ScoringUnit, *, brand: str, name: str, begins_at: datetime, ends_at: datetime) -> None:
    """Declare a campaign, or change when one is. What was judged otherwise is judged again. Raises Invalid."""
    if begins_at >= ends_at:
        raise Invalid(f"a campaign from {begins_at} to {ends_at} never is", pointer="/to")
    known = select(CAMPAIGNS.c.begins_at).where(CAMPAIGNS.c.brand == brand, CAMPAIGNS.c.name == name)
    began_at = (await unit.session.execute(known.with_for_update())).scalar_one_or_none()
    statement = upsert(unit.session, CAMPAIGNS).values(brand=brand, name=name, begins_at=begins_at, ends_at=ends_at)
    statement = statement.on_conflict_do_update(
        index_elements=["brand", "name"], set_={"begins_at": begins_at, "ends_at": ends_at}
    )
    await unit.session.execute(statement)
    since = begins_at if began_at is None else min(began_at, begins_at)
    await make_stale(unit.session, brand, since=since, now=unit.clock.now())


async def end_campaign(unit: ScoringUnit, *, brand: str, name: str) -> None:
    """Take a campaign back, as though it had never been declared. Raises NotFound."""
    statement = delete(CAMPAIGNS).where(CAMPAIGNS.c.brand == brand, CAMPAIGNS.c.name == name)
    begins_at = (await unit.session.execute(statement.returning(CAMPAIGNS.c.begins_at))).scalar_one_or_none()
    if begins_at is None:
        raise NotFound(f"brand {brand} has no campaign {name}")
    await make_stale(unit.session, brand, since=begins_at, now=unit.clock.now())
