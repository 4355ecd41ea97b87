"""File what turned in a watch's alarms, explain it, and tell it."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from huiying.events.alerts import AlertClosed, AlertEased, AlertEscalated, AlertOpened
from huiying.events.envelope import Event
from scoring.domain.alerts.alarm import Course, Entry, Turn, alert_id
from scoring.domain.alerts.explanation import Explanation
from scoring.domain.alerts.story import Chapter, Known, chapters
from scoring.domain.alerts.watch import Watch
from scoring.domain.crises.forecast import Band, forecast
from scoring.storage import alerts
from scoring.storage.unit import ScoringUnit
from scoring.usecases.explain_alert import explain

OPEN, CLOSED = "open", "closed"
_HOURS_AHEAD = 6


class News(NamedTuple):
    """What is new of one alarm, what it is about, and how it may go on; all up to `until`."""

    entries: tuple[Entry, ...]
    explanation: Explanation
    bands: list[Band]
    until: datetime


async def tell_alarms(
    unit: ScoringUnit, watch: Watch, course: Course, *, since: datetime, until: datetime, muted_until: datetime | None
) -> None:
    """Bring the alarms of a watch, judged from `since`, up to `until`. What turned before `muted_until` is not told.

    An alarm that was over before it was found is kept with all its turns, and only its end is told.
    """
    # Of what began before, a member may have closed the alarm long ago.
    begins = min([since, *(at for at, _ in course.alarms)])
    rows = {
        row.id: row
        for row in await alerts.alerts_since(unit.session, brand=watch.brand, watch_id=watch.id, since=begins)
    }
    known = [Known(row.id, row.opened_at, row.closed_at, row.told_until, row.severity) for row in rows.values()]
    for chapter in chapters(known, course, until=until):
        news = await _news(unit, watch, chapter, course, until=until)
        if chapter.known is None:
            row = _opened(unit, watch, chapter)
            await alerts.insert_alert(unit.session, {**row, **_changes(news, row)})
        else:
            row = rows[chapter.known.id]._asdict()
            await alerts.change_alert(unit.session, row["id"], **_changes(news, row))
        for entry in chapter.told:
            if muted_until is None or entry.at > muted_until:
                unit.tell(_fact(unit, row, entry, samples=news.explanation.samples))


async def _news(unit: ScoringUnit, watch: Watch, chapter: Chapter, course: Course, *, until: datetime) -> News:
    is_over = chapter.latest is None
    ends_at = chapter.entries[-1].at if is_over else until
    return News(
        entries=chapter.entries,
        explanation=await explain(unit, watch, opened_at=chapter.opened_at, until=ends_at),
        bands=[] if is_over else forecast(course.standing.detector, now=until, hours=_HOURS_AHEAD),
        until=until,
    )


def _opened(unit: ScoringUnit, watch: Watch, chapter: Chapter) -> dict[str, Any]:
    first = chapter.entries[0]
    return {
        "id": alert_id(brand=watch.brand, watch_id=watch.id, opened_at=first.opened_at),
        "brand": watch.brand,
        "watch_id": watch.id,
        "topic": watch.name or None,
        "status": OPEN,
        "peak_severity": first.figures.severity,
        "opened_at": first.opened_at,
        "detected_at": unit.clock.now(),
        "found_afterwards": chapter.is_history,
        "closed_at": None,
        "acknowledged_by": None,
        "closed_by": None,
        "timeline": [],
        **_figures(first),
    }


def _changes(news: News, row: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "told_until": news.until,
        "timeline": [*row["timeline"], *map(msgspec.to_builtins, news.entries)],
        "explanation": msgspec.to_builtins(news.explanation),
        "samples": list(news.explanation.samples),
        "forecast": [msgspec.to_builtins(band) for band in news.bands],
    }
    turned = [entry for entry in news.entries if entry.turn is not Turn.CLOSED]
    if turned:
        changes |= _figures(turned[-1])
        changes["peak_severity"] = max(row["peak_severity"], *(entry.figures.severity for entry in turned))
    if news.entries and news.entries[-1].turn is Turn.CLOSED:
        changes |= {"status": CLOSED, "closed_at": news.entries[-1].at}
    return changes


def _figures(entry: Entry) -> dict[str, Any]:
    figures = entry.figures
    return {
        "severity": figures.severity,
        "observed": figures.observed,
        "baseline": figures.baseline,
        "ratio": figures.ratio,
        "negative_share": figures.negative_share,
        "reasons": [msgspec.to_builtins(reason) for reason in figures.reasons],
    }


def _fact(unit: ScoringUnit, row: dict[str, Any], entry: Entry, *, samples: tuple[str, ...]) -> Event:
    figures = entry.figures
    common: dict[str, Any] = {
        "alert_id": row["id"],
        "brand": row["brand"],
        "watch_id": row["watch_id"],
        "topic": row["topic"],
        "severity": figures.severity,
        "occurred_at": entry.at,
    }
    match entry.turn:
        case Turn.OPENED:
            return AlertOpened(
                **common,
                opened_at=row["opened_at"],
                detected_at=unit.clock.now(),
                baseline=figures.baseline,
                observed=figures.observed,
                ratio=figures.ratio,
                negative_share=figures.negative_share,
                reasons=figures.reasons,
                samples=samples,
            )
        case Turn.ESCALATED:
            return AlertEscalated(**common, was=entry.was, reasons=figures.reasons)
        case Turn.EASED:
            return AlertEased(**common, was=entry.was, reasons=figures.reasons)
        case Turn.CLOSED:
            return AlertClosed(**common, closed_at=entry.at)
