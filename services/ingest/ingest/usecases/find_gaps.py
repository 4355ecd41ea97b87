"""Compare what a list shows with what was pushed: what is missing is published, and what comes late is counted."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import update

from huiying.db.statements import insert_new, table_of
from huiying.events.interactions import Interaction
from huiying.ids import new_id
from huiying.observability.metrics import GAPS
from ingest.domain.keys import interaction_digest
from ingest.storage.feed_tables import FeedState, Gap, GapCheck
from ingest.storage.unit import IngestUnit
from ingest.usecases.publish_interactions import Published
from ingest.usecases.tell_story import Severity, note

_CHECKS, _GAPS = table_of(GapCheck), table_of(Gap)


def open_check(unit: IngestUnit, feed: FeedState, *, since: datetime) -> None:
    """Begin to count what this reading of the feed finds."""
    feed.check_id = new_id()
    unit.session.add(
        GapCheck(
            id=feed.check_id,
            account_id=feed.account_id,
            brand=feed.brand,
            feed=feed.name,
            since=since,
            began_at=unit.clock.now(),
        )
    )


async def count_page(
    unit: IngestUnit, check_id: str, interactions: Sequence[Interaction], published: Published
) -> None:
    """Count a page: what had arrived, and what had not and is remembered as missing."""
    listed = {one.id for one in interactions}
    missing = [{"digest": interaction_digest(one), "check_id": check_id} for one in sorted(published.new & listed)]
    now = unit.clock.now()
    await insert_new(unit.session, Gap, [{**row, "found_at": now} for row in missing], key="digest")
    found = len(listed) - len(missing) - len(published.untold.keys() & listed)
    GAPS.labels(what="missing").inc(len(missing))
    counts = {"found": _CHECKS.c.found + found, "missing": _CHECKS.c.missing + len(missing)}
    await unit.session.execute(update(_CHECKS).where(_CHECKS.c.id == check_id).values(counts))


async def close_check(unit: IngestUnit, feed: FeedState) -> None:
    """The feed was read to its end. What was missing belongs into the account's story."""
    ended = update(_CHECKS).where(_CHECKS.c.id == feed.check_id).values(ended_at=unit.clock.now())
    check = (await unit.session.execute(ended.returning(_CHECKS.c.found, _CHECKS.c.missing))).one_or_none()
    feed.check_id = None
    if check is not None and check.missing:
        detail = f"{check.missing} of {check.found + check.missing} on the list {feed.name} had not been delivered"
        await note(
            unit,
            account_id=feed.account_id,
            brand=feed.brand,
            code="gap_filled",
            detail=f"{detail}; they are published now",
            severity=Severity.WARNING,
        )


async def note_late(unit: IngestUnit, known: Collection[bytes]) -> None:
    """Some that are known already were pushed now: those that a list had shown first came late."""
    if not known:
        return
    arrived = update(_GAPS).where(_GAPS.c.digest.in_(known), _GAPS.c.arrived_at.is_(None))
    found = await unit.session.execute(arrived.values(arrived_at=unit.clock.now()).returning(_GAPS.c.check_id))
    for check_id, count in sorted(Counter(found.scalars()).items()):
        GAPS.labels(what="late").inc(count)
        late = update(_CHECKS).where(_CHECKS.c.id == check_id).values(late=_CHECKS.c.late + count)
        await unit.session.execute(late)
