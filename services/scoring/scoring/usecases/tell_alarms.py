"""File what turned in a watch's alarms, explain it, and tell it."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from huiying.events.alerts import AlertClosed, AlertEased, AlertEscalated, AlertOpened
from huiying.events.envelope import Event
from scoring.domain.alarm import Course, Entry, Turn, alert_id
from scoring.domain.explanation import Explanation
from scoring.domain.story import Chapter, Known, chapters
from scoring.domain.watch import Watch
from scoring.storage import alerts
from scoring.storage.unit import ScoringUnit
from scoring.usecases.explain_alert import explain

OPEN, CLOSED = "open", "closed"


async def tell_alarms(
    unit: ScoringUnit, watch: Watch, course: Course, *, since: datetime, until: datetime, muted_until: datetime | None
) -> None:
    """Bring the alarms of a watch, judged from `since`, up to `until`. What turned before `muted_until` is not told."""
    # Of what began before, a member may have closed the alarm long ago.
    begins = min([since, *(at for at, _ in course.alarms)])
    rows = {
        row.id: row
        for row in await alerts.alerts_since(unit.session, brand=watch.brand, watch_id=watch.id, since=begins)
    }
    known = [Known(row.id, row.opened_at, row.closed_at, row.told_until, row.severity) for row in rows.values()]
    for chapter in chapters(known, course, until=until):
        opened_at = chapter.known.opened_at if chapter.known else chapter.entries[0].opened_at
        explanation = await explain(unit, watch, opened_at=opened_at, until=until)
        if chapter.known is None:
            number = alert_id(brand=watch.brand, watch_id=watch.id, opened_at=opened_at)
            await alerts.insert_alert(unit.session, _new(unit, watch, chapter, number, explanation, until=until))
        else:
            number = chapter.known.id
            changed = _changed(chapter, rows[number], explanation, until=until)
            await alerts.change_alert(unit.session, number, **changed)
        for entry in chapter.entries:
            if muted_until is None or entry.at > muted_until:
                unit.tell(_fact(unit, watch, number, entry, explanation))


def _new(
    unit: ScoringUnit, watch: Watch, chapter: Chapter, number: str, explanation: Explanation, *, until: datetime
) -> dict[str, Any]:
    first = chapter.entries[0]
    row = {
        "id": number,
        "brand": watch.brand,
        "watch_id": watch.id,
        "topic": watch.name or None,
        "status": OPEN,
        "peak_severity": first.figures.severity,
        "opened_at": first.opened_at,
        "detected_at": unit.clock.now(),
        "closed_at": None,
        "acknowledged_by": None,
        "closed_by": None,
        "timeline": [],
        "forecast": [],
        **_figures(first),
    }
    return {**row, **_changes(chapter, row, explanation, until=until)}


def _changed(chapter: Chapter, row: Row[Any], explanation: Explanation, *, until: datetime) -> dict[str, Any]:
    return _changes(chapter, row._asdict(), explanation, until=until)


def _changes(chapter: Chapter, row: dict[str, Any], explanation: Explanation, *, until: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "told_until": until,
        "timeline": [*row["timeline"], *(msgspec.to_builtins(entry) for entry in chapter.entries)],
        "explanation": msgspec.to_builtins(explanation),
        "samples": list(explanation.samples),
    }
    turned = [entry for entry in chapter.entries if entry.turn is not Turn.CLOSED]
    if turned:
        changes |= _figures(turned[-1])
        changes["peak_severity"] = max(row["peak_severity"], *(entry.figures.severity for entry in turned))
    if chapter.entries and chapter.entries[-1].turn is Turn.CLOSED:
        changes |= {"status": CLOSED, "closed_at": chapter.entries[-1].at}
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


def _fact(unit: ScoringUnit, watch: Watch, number: str, entry: Entry, explanation: Explanation) -> Event:
    figures = entry.figures
    common: dict[str, Any] = {
        "alert_id": number,
        "brand": watch.brand,
        "watch_id": watch.id,
        "topic": watch.name or None,
        "severity": figures.severity,
        "occurred_at": entry.at,
    }
    match entry.turn:
        case Turn.OPENED:
            return AlertOpened(
                **common,
                opened_at=entry.opened_at,
                detected_at=unit.clock.now(),
                baseline=figures.baseline,
                observed=figures.observed,
                ratio=figures.ratio,
                negative_share=figures.negative_share,
                reasons=figures.reasons,
                samples=explanation.samples,
            )
        case Turn.ESCALATED:
            return AlertEscalated(**common, was=entry.was, reasons=figures.reasons)
        case Turn.EASED:
            return AlertEased(**common, was=entry.was, reasons=figures.reasons)
        case Turn.CLOSED:
            return AlertClosed(**common, closed_at=entry.at)
