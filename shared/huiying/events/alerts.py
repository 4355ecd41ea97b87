"""What happens to alerts: the alarms of a crisis that starts."""

from datetime import datetime
from typing import ClassVar

from huiying.events.assessments import Reason
from huiying.events.envelope import Event


class _AlertFact(Event, frozen=True, kw_only=True):
    """What all facts about an alert have in common. Without a `topic` the alert is about the brand as a whole."""

    alert_id: str
    brand: str
    watch_id: str
    topic: str | None = None
    severity: int
    occurred_at: datetime

    @property
    def key(self) -> str:
        return self.alert_id


class AlertOpened(_AlertFact, frozen=True, kw_only=True):
    """Something unusual started at `opened_at`, and was seen at `detected_at`.

    `observed` and `baseline` are interactions in the window that showed it, `ratio` the one by the other, and
    `negative_share` from 0 to 1. `samples` are the interactions that tell most, by id.
    """

    type: ClassVar[str] = "alert.opened"

    opened_at: datetime
    detected_at: datetime
    baseline: float
    observed: int
    ratio: float
    negative_share: float | None = None
    reasons: tuple[Reason, ...] = ()
    samples: tuple[str, ...] = ()


class AlertEscalated(_AlertFact, frozen=True, kw_only=True):
    """An alert became more severe, for these reasons."""

    type: ClassVar[str] = "alert.escalated"

    was: int
    reasons: tuple[Reason, ...] = ()


class AlertEased(_AlertFact, frozen=True, kw_only=True):
    """An alert became less severe, for these reasons."""

    type: ClassVar[str] = "alert.eased"

    was: int
    reasons: tuple[Reason, ...] = ()


class AlertAcknowledged(_AlertFact, frozen=True, kw_only=True):
    """Somebody has taken the alert on."""

    type: ClassVar[str] = "alert.acknowledged"

    member_id: str | None = None


class AlertClosed(_AlertFact, frozen=True, kw_only=True):
    """An alert is over: by itself, or because a member said so.

    One that was over before anybody could be told of it, as where what was said came days late, is told by this alone.
    """

    type: ClassVar[str] = "alert.closed"

    closed_at: datetime
    member_id: str | None = None
