"""The public catalogue: the facts that may leave the house, and whose they are."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from huiying.events.accounts import AccountConnected, AccountDegraded, AccountRecovered, AccountRemoved
from huiying.events.alerts import AlertAcknowledged, AlertClosed, AlertEased, AlertEscalated, AlertOpened
from huiying.events.assessments import AssessmentMade
from huiying.events.envelope import Event
from huiying.events.interactions import InteractionReceived
from huiying.events.measurements import AccountMeasured, PostImported, PostMeasured
from huiying.events.moderation import ModerationApplied, ModerationFailed
from huiying.events.replies import ReplyFailed, ReplySent
from huiying.events.subscriptions import SubscriptionDisabled
from huiying.events.threads import ThreadAnswered, ThreadAssigned, ThreadOpened, ThreadReopened, ThreadResolved

TESTED = "webhook.tested"
"""The type of what is sent to try a subscription out; nobody subscribes to it."""

_OWN_BRAND: tuple[type[Event], ...] = (
    AssessmentMade,
    ThreadOpened,
    ThreadAnswered,
    ThreadAssigned,
    ThreadResolved,
    ThreadReopened,
    ReplySent,
    ReplyFailed,
    ModerationApplied,
    ModerationFailed,
    AccountConnected,
    AccountRemoved,
    AccountDegraded,
    AccountRecovered,
    PostImported,
    PostMeasured,
    AccountMeasured,
    AlertOpened,
    AlertEscalated,
    AlertEased,
    AlertAcknowledged,
    AlertClosed,
    SubscriptionDisabled,
)


def _brand_of_interaction(event: Any) -> str:
    return str(event.interaction.account.brand)


def _own_brand(event: Any) -> str:
    return str(event.brand)


PUBLIC: Mapping[type[Event], Callable[[Any], str]] = MappingProxyType(
    {InteractionReceived: _brand_of_interaction, **dict.fromkeys(_OWN_BRAND, _own_brand)}
)
"""Each public fact, and how to see which brand it belongs to."""

EVENT_TYPES: tuple[str, ...] = tuple(sorted(event.type for event in PUBLIC))


def brand_of(event: Event) -> str:
    """Whose fact this is."""
    return PUBLIC[type(event)](event)
