"""Counts what posts and accounts gained, as platforms count it."""

from collections.abc import Sequence
from datetime import datetime

from huiying.events.measurements import AccountMeasured, PostImported, PostMeasured
from reporting.domain.cells import Additions, Cell, bucket_of
from reporting.storage.folding import fold
from reporting.storage.known import digest_of, note_facts
from reporting.storage.tables import MeasurementCounts
from reporting.storage.unit import ReportingUnit

_FIGURES = ("views", "likes", "comments", "shares", "clicks")
_EVERY_KIND = "all"

Measurement = PostImported | PostMeasured | AccountMeasured


async def count_posts(unit: ReportingUnit, facts: Sequence[PostImported]) -> None:
    """Count each post once, when it was published."""
    told = {digest_of(fact.type, fact.account_id, fact.post_id): fact for fact in facts}
    additions = Additions()
    for digest in await note_facts(unit.session, told, on=unit.clock.now().date()):
        additions.count(_cell(told[digest], told[digest].published_at), "posts")
    await fold(unit.session, MeasurementCounts, additions)


async def count_figures(unit: ReportingUnit, facts: Sequence[PostMeasured]) -> None:
    """Add what each post gained, once for each measurement."""
    told = {digest_of(fact.type, fact.account_id, fact.post_id, fact.measured_at.isoformat()): fact for fact in facts}
    additions = Additions()
    for digest in await note_facts(unit.session, told, on=unit.clock.now().date()):
        fact = told[digest]
        for figure in _FIGURES:
            change = getattr(fact.gained, figure)
            if change:
                additions.count(_cell(fact, fact.measured_at), figure, by=change)
    await fold(unit.session, MeasurementCounts, additions)


async def count_followers(unit: ReportingUnit, facts: Sequence[AccountMeasured]) -> None:
    """Add the followers that each account gained or lost."""
    told = {digest_of(fact.type, fact.account_id, fact.measured_at.isoformat()): fact for fact in facts}
    additions = Additions()
    for digest in await note_facts(unit.session, told, on=unit.clock.now().date()):
        fact = told[digest]
        if fact.followers_gained:
            additions.count(_cell(fact, fact.measured_at), "followers_change", by=fact.followers_gained)
    await fold(unit.session, MeasurementCounts, additions)


def _cell(fact: Measurement, at: datetime) -> Cell:
    return Cell(fact.brand, bucket_of(at), fact.platform, _EVERY_KIND, fact.account_id)
