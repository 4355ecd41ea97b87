"""Counts alerts, by how severe they were when they opened."""

from collections import Counter
from collections.abc import Sequence

from huiying.db.statements import table_of, upsert
from huiying.events.alerts import AlertOpened
from reporting.domain.cells import bucket_of
from reporting.storage.known import digest_of, note_facts
from reporting.storage.tables import AlertCounts
from reporting.storage.unit import ReportingUnit

_COUNTS = table_of(AlertCounts)
_KEY = ("brand", "bucket", "severity")


async def count_alerts(unit: ReportingUnit, facts: Sequence[AlertOpened]) -> None:
    """Count each alert once, when it opened."""
    told = {digest_of(fact.type, fact.alert_id): fact for fact in reversed(facts)}
    new = [told[digest] for digest in await note_facts(unit.session, told, on=unit.clock.now().date())]
    if not new:
        return
    counts = Counter((fact.brand, bucket_of(fact.opened_at), str(fact.severity)) for fact in new)
    rows = [dict(zip(_KEY, key, strict=True), alerts=count) for key, count in sorted(counts.items())]
    statement = upsert(unit.session, _COUNTS)
    statement = statement.on_conflict_do_update(
        index_elements=list(_KEY), set_={"alerts": _COUNTS.c.alerts + statement.excluded.alerts}
    )
    await unit.session.execute(statement, rows)
