"""Facts that reporting is told, of which a test states only what matters."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from huiying.events.assessments import Assessment, AssessmentMade, Sentiment, SentimentLabel, SentimentScores
from huiying.events.deliveries import Proof
from huiying.events.interactions import (
    AccountRef,
    Action,
    Actor,
    Direction,
    Interaction,
    InteractionReceived,
    Kind,
    Object,
)
from huiying.events.threads import ThreadAnswered, ThreadOpened, ThreadReopened, ThreadResolved

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
_numbers = count()


def an_interaction(
    *,
    name: str | None = None,
    at: datetime = NOON,
    brand: str = "tea",
    platform: str = "facebook",
    kind: Kind = Kind.COMMENT,
    action: Action = Action.CREATED,
    direction: Direction = Direction.INBOUND,
    account: str = "account-1",
    person: str | None = "ann",
) -> InteractionReceived:
    """Somebody said or did something."""
    name = name or f"{platform}:{account}:{next(_numbers)}"
    return InteractionReceived(
        interaction=Interaction(
            id=name,
            platform=platform,
            kind=kind,
            action=action,
            direction=direction,
            account=AccountRef(id=account, external_id=f"x-{account}", brand=brand),
            actor=None if person is None else Actor(id=person),
            object=Object(id=name, text="hello"),
            occurred_at=at,
            received_at=at,
            verified=Proof.HMAC,
        )
    )


def an_assessment(received: InteractionReceived, label: str | None = "negative", **changes: Any) -> AssessmentMade:
    """How that reads."""
    interaction = received.interaction
    scores = SentimentScores(negative=0.5, neutral=0.25, positive=0.25)
    sentiment = None if label is None else Sentiment(label=SentimentLabel(label), scores=scores, confident=True)
    told = {
        "interaction_id": interaction.id,
        "account_id": interaction.account.id,
        "brand": interaction.account.brand,
        "platform": interaction.platform,
        "kind": interaction.kind,
        "direction": interaction.direction,
        "counterpart_key": received.key,
        "occurred_at": interaction.occurred_at,
        "assessment": Assessment(language="en", sentiment=sentiment, model="test"),
    }
    return AssessmentMade(**{**told, **changes})


def _about(thread: str, at: datetime, **changes: Any) -> dict[str, Any]:
    about = {"brand": "tea", "platform": "facebook", "kind": "comment", "account_id": "account-1"}
    return {**about, "thread_id": thread, "occurred_at": at, **changes}


def opened(thread: str = "t1", *, at: datetime = NOON, **changes: Any) -> ThreadOpened:
    """A thread began."""
    return ThreadOpened(**_about(thread, at, **changes))


def answered(thread: str = "t1", *, at: datetime = NOON, answer: str | None = None, **changes: Any) -> ThreadAnswered:
    """The brand answered."""
    return ThreadAnswered(**_about(thread, at, answer_id=answer or f"answer-{next(_numbers)}", **changes))


def resolved(thread: str = "t1", *, at: datetime = NOON, seconds: float = 60, **changes: Any) -> ThreadResolved:
    """A thread ended."""
    return ThreadResolved(**_about(thread, at, resolution_seconds=seconds, **changes))


def reopened(thread: str = "t1", *, at: datetime = NOON, **changes: Any) -> ThreadReopened:
    """A thread went on."""
    return ThreadReopened(**_about(thread, at, **changes))
