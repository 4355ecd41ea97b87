"""Forgets what was counted long ago, once no topic can tell it again."""

from datetime import timedelta

from reporting.storage.known import forget
from reporting.storage.unit import ReportingUnit

# The topics keep facts for seven days; the eighth is for those told at the end of the first.
KEPT = timedelta(days=8)


async def forget_known(unit: ReportingUnit) -> None:
    """Remove the keys of facts that were counted more than eight days ago. What was counted stays counted."""
    await forget(unit.session, before=(unit.clock.now() - KEPT).date())
