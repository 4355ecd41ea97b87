"""What is told of alarms: each turn once, though late counts may have the same past judged differently again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from scoring.domain.alerts.alarm import Course, Entry, Figures, Turn


class Known(NamedTuple):
    """An alarm that was told: when it opened, up to when its turns were told, and what they left it at."""

    id: str
    opened_at: datetime
    closed_at: datetime | None
    told_until: datetime
    severity: int

    def overlaps(self, opened_at: datetime, closed_at: datetime | None) -> bool:
        """Whether this and an alarm of those times were going on at some time both."""
        is_before = self.closed_at is not None and self.closed_at < opened_at
        is_after = closed_at is not None and closed_at < self.opened_at
        return not is_before and not is_after


class Chapter(NamedTuple):
    """What is to be told of one alarm: of one that is `known`, or else of a new one, whose first entry opens it."""

    known: Known | None
    entries: tuple[Entry, ...]
    latest: Figures | None

    @property
    def opened_at(self) -> datetime:
        """When the alarm opened, as it was told."""
        return self.known.opened_at if self.known else self.entries[0].opened_at

    @property
    def is_history(self) -> bool:
        """Whether the alarm was over before anybody could be told, as one of last week that a backfill brings."""
        return self.known is None and self.latest is None

    @property
    def told(self) -> tuple[Entry, ...]:
        """What of it is news: of what is history, only that it is over. Nobody is called out for last week."""
        return self.entries[-1:] if self.is_history else self.entries


def chapters(known: Sequence[Known], course: Course, *, until: datetime) -> list[Chapter]:
    """What is new of a series' alarms, now that it is judged up to `until`.

    An alarm whose beginning late counts have moved is still the same. One that they have taken away closes.
    """
    left, found = list(known), []
    for opened_at, entries in course.alarms:
        closed_at = entries[-1].at if entries and entries[-1].turn is Turn.CLOSED else None
        latest = None if closed_at else course.latest
        same = _same(left, opened_at, closed_at)
        if same is not None:
            left.remove(same)
        elif not entries:
            continue
        found.append(Chapter(same, _news(same, entries, latest, until=until), latest))
    gone = [Chapter(one, _news(one, (), None, until=until), None) for one in left]
    return [one for one in (*gone, *found) if one.known is None or one.known.closed_at is None]


def _same(known: Sequence[Known], opened_at: datetime, closed_at: datetime | None) -> Known | None:
    exact = (one for one in known if one.opened_at == opened_at)
    return next(exact, None) or next((one for one in known if one.overlaps(opened_at, closed_at)), None)


def _news(
    known: Known | None, entries: Sequence[Entry], latest: Figures | None, *, until: datetime
) -> tuple[Entry, ...]:
    if known is None:
        return tuple(entries)
    fresh = tuple(entry for entry in entries if entry.at > known.told_until)
    if fresh and fresh[-1].turn is Turn.CLOSED:
        return fresh
    told = fresh[-1].figures.severity if fresh else known.severity
    if latest is not None and latest.severity == told:
        return fresh
    # Late counts have changed what was told before: it is put right now.
    figures = latest or Figures(
        severity=told, observed=0, baseline=0.0, ratio=0.0, negative_share=0.0, window_minutes=0
    )
    turn = Turn.CLOSED if latest is None else Turn.ESCALATED if latest.severity > told else Turn.EASED
    return (*fresh, Entry(opened_at=known.opened_at, at=until, turn=turn, was=told, figures=figures))
