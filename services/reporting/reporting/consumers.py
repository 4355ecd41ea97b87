"""What reporting does with each fact."""

from collections.abc import Sequence

from huiying.events.alerts import AlertOpened
from huiying.events.assessments import AssessmentMade
from huiying.events.envelope import Told
from huiying.events.interactions import InteractionReceived
from huiying.events.measurements import AccountMeasured, PostImported, PostMeasured
from huiying.events.threads import ThreadAnswered, ThreadOpened, ThreadReopened, ThreadResolved
from huiying.service.consumer import Handlers
from reporting.storage.unit import ReportingUnit
from reporting.usecases.count_alerts import count_alerts
from reporting.usecases.count_assessments import count_assessments
from reporting.usecases.count_interactions import count_interactions
from reporting.usecases.count_measurements import count_figures, count_followers, count_posts
from reporting.usecases.count_threads import count_answers, count_opened, count_reopened, count_resolved


async def on_interactions(unit: ReportingUnit, facts: Sequence[Told[InteractionReceived]]) -> None:
    """Volumes and people."""
    await count_interactions(unit, [told.event.interaction for told in facts])


async def on_assessments(unit: ReportingUnit, facts: Sequence[Told[AssessmentMade]]) -> None:
    """Sentiment."""
    await count_assessments(unit, [told.event for told in facts])


async def on_opened(unit: ReportingUnit, facts: Sequence[Told[ThreadOpened]]) -> None:
    """What there is to answer."""
    await count_opened(unit, [told.event for told in facts])


async def on_answered(unit: ReportingUnit, facts: Sequence[Told[ThreadAnswered]]) -> None:
    """Answers and response times."""
    await count_answers(unit, [told.event for told in facts])


async def on_resolved(unit: ReportingUnit, facts: Sequence[Told[ThreadResolved]]) -> None:
    """Resolution times, and a smaller backlog."""
    await count_resolved(unit, [told.event for told in facts])


async def on_reopened(unit: ReportingUnit, facts: Sequence[Told[ThreadReopened]]) -> None:
    """A larger backlog."""
    await count_reopened(unit, [told.event for told in facts])


async def on_imported(unit: ReportingUnit, facts: Sequence[Told[PostImported]]) -> None:
    """What was published."""
    await count_posts(unit, [told.event for told in facts])


async def on_measured(unit: ReportingUnit, facts: Sequence[Told[PostMeasured]]) -> None:
    """How it does."""
    await count_figures(unit, [told.event for told in facts])


async def on_accounts(unit: ReportingUnit, facts: Sequence[Told[AccountMeasured]]) -> None:
    """Followers."""
    await count_followers(unit, [told.event for told in facts])


async def on_alerts(unit: ReportingUnit, facts: Sequence[Told[AlertOpened]]) -> None:
    """Alarms."""
    await count_alerts(unit, [told.event for told in facts])


HANDLERS: Handlers[ReportingUnit] = {
    InteractionReceived: on_interactions,
    AssessmentMade: on_assessments,
    ThreadOpened: on_opened,
    ThreadAnswered: on_answered,
    ThreadResolved: on_resolved,
    ThreadReopened: on_reopened,
    PostImported: on_imported,
    PostMeasured: on_measured,
    AccountMeasured: on_accounts,
    AlertOpened: on_alerts,
}
