"""Alarms: that something unusual started, what it is about, and what people do about it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from huiying.auth.principals import Permission, Principal
from huiying.errors import Invalid
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from scoring.api.shapes import ALWAYS, Asked, BrandSlug, Instant, Reader, Viewing, Worker, Writing
from scoring.storage.observations import texts_of
from scoring.storage.tables import ALERTS
from scoring.storage.unit import ScoringUnit
from scoring.usecases.work_on_alerts import AlertIsClosed, acknowledge, close, mute, visible_alert

router = APIRouter(tags=["alerts"])

_NEWEST_FIRST = Keyset("alerts:-opened_at", descending(ALERTS.c.opened_at), descending(ALERTS.c.id))
AlertIdOf = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The alert's id.")]


class Status(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class MuteIn(Asked):
    """Until when nothing is told of the alert's watch."""

    until: Instant


class ReasonView(BaseModel):
    """Part of why the severity is what it is."""

    code: str
    weight: float
    detail: str | None = None


class FiguresView(BaseModel):
    """How bad it was, and what said so."""

    severity: int
    observed: int
    baseline: float
    ratio: float
    negative_share: float
    window_minutes: int = Field(description="Within so many minutes so much was observed.")
    reasons: list[ReasonView] = []


class TurnView(BaseModel):
    """What happened to the alert, and when the figures showed it."""

    at: datetime
    turn: str = Field(description="opened, escalated, eased or closed")
    was: int = Field(description="The severity before; 0 where it opened.")
    figures: FiguresView


class AlertView(BaseModel):
    """An alert in a list. The figures are those of its last turn; samples are ids of interactions."""

    id: str
    brand: str
    watch_id: str = Field(description="Empty for the whole brand.")
    topic: str | None = Field(description="The watch's name; null for the whole brand.")
    status: Status
    severity: int = Field(ge=1, le=5)
    peak_severity: int
    opened_at: datetime
    detected_at: datetime
    found_afterwards: bool = Field(description="It was over when it was detected: nobody was told that it opened.")
    closed_at: datetime | None
    acknowledged_by: str | None
    closed_by: str | None
    baseline: float = Field(description="Negative interactions that were to be expected in the window that showed it.")
    observed: int
    ratio: float
    negative_share: float | None
    reasons: list[ReasonView]
    samples: list[str]


class ChangeView(BaseModel):
    """Something that was more frequent than before; its interactions are ids."""

    kind: str = Field(description="word, topic, intent, risk, platform, post or authors")
    value: str = Field(description="Of authors: new, influential, one_source or coordinated.")
    observed: int
    expected: float
    share: float
    interactions: list[str]


class ExplanationView(BaseModel):
    """What changed, by what was looked at: so many negative interactions, so many at all, and so many before."""

    since: datetime
    until: datetime
    baseline_since: datetime
    negative_count: int
    interaction_count: int
    baseline_count: int
    changes: list[ChangeView] = []
    first_voices: list[str] = []
    samples: list[str] = []


class BandView(BaseModel):
    """The negative interactions that are expected within the hour from `at`, and how sure that is."""

    at: datetime
    low: float
    middle: float
    high: float


class VoiceView(BaseModel):
    """An interaction that something rests on, as long as it is remembered."""

    interaction_id: str
    occurred_at: datetime
    platform: str
    sentiment: str | None
    text: str | None


class AlertDetail(AlertView):
    """An alert with its story."""

    timeline: list[TurnView]
    explanation: ExplanationView
    forecast: list[BandView]
    voices: list[VoiceView] = Field(description="The interactions that the explanation names.")


@router.get("/alerts", operation_id="listAlerts", responses=responses(*ALWAYS[:2], BadCursor))
async def list_alerts(
    principal: Reader,
    unit: Viewing,
    page: PageOf,
    brand: Annotated[BrandSlug | None, Query()] = None,
    status: Status | None = None,
    severity: Annotated[int | None, Query(ge=1, le=5, description="So severe at least.")] = None,
) -> Page[AlertView]:
    """The alerts of the caller's brands, the newest first."""
    query, scope = select(ALERTS), principal.scope(Permission.ALERTS_READ)
    if scope is not None:
        query = query.where(ALERTS.c.brand.in_(sorted(scope)))
    if brand is not None:
        query = query.where(ALERTS.c.brand == brand)
    if status is not None:
        query = query.where(ALERTS.c.status == status.value)
    if severity is not None:
        query = query.where(ALERTS.c.severity >= severity)
    rows, following = await paginate(unit.session, query, keyset=_NEWEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[AlertView.model_validate(row._asdict()) for row in rows], next_cursor=following)


@router.get("/alerts/{alert_id}", operation_id="getAlert", responses=responses(*ALWAYS))
async def get_alert(alert_id: AlertIdOf, principal: Reader, unit: Viewing) -> AlertDetail:
    """One alert: how it went, what it is about, and how it may go on."""
    alert = await visible_alert(unit, alert_id, principal=principal, permission=Permission.ALERTS_READ)
    return await _detail(unit, alert)


@router.post(
    "/alerts/{alert_id}:acknowledge", operation_id="acknowledgeAlert", responses=responses(*ALWAYS, AlertIsClosed)
)
async def acknowledge_alert(alert_id: AlertIdOf, principal: Worker, unit: Writing) -> AlertDetail:
    """Take it on."""
    alert = await _to_work_on(unit, alert_id, principal)
    return await _detail(unit, await acknowledge(unit, alert, member_id=principal.subject))


@router.post("/alerts/{alert_id}:close", operation_id="closeAlert", responses=responses(*ALWAYS))
async def close_alert(alert_id: AlertIdOf, principal: Worker, unit: Writing) -> AlertDetail:
    """Say that it is over."""
    alert = await _to_work_on(unit, alert_id, principal)
    return await _detail(unit, await close(unit, alert, member_id=principal.subject))


@router.post(
    "/alerts/{alert_id}:mute", operation_id="muteAlert", status_code=204, responses=responses(*ALWAYS, Invalid)
)
async def mute_alert(alert_id: AlertIdOf, body: MuteIn, principal: Worker, unit: Writing) -> None:
    """Tell nothing more of this alert's watch until then. It is still watched, and the list still shows it."""
    await mute(unit, await _to_work_on(unit, alert_id, principal), until=body.until)


async def _to_work_on(unit: ScoringUnit, alert_id: str, principal: Principal) -> dict[str, Any]:
    return await visible_alert(unit, alert_id, principal=principal, permission=Permission.ALERTS_WORK)


async def _detail(unit: ScoringUnit, alert: dict[str, Any]) -> AlertDetail:
    told = ExplanationView.model_validate(alert["explanation"])
    named = {*told.first_voices, *told.samples, *(one for change in told.changes for one in change.interactions)}
    rows = await texts_of(unit.session, named, brand=alert["brand"], since=told.since)
    voices = [VoiceView.model_validate(row, from_attributes=True) for row in rows]
    return AlertDetail.model_validate({**alert, "voices": voices})
