"""What happens to subscriptions to outgoing webhooks."""

from datetime import datetime
from typing import ClassVar

from huiying.events.envelope import Event


class SubscriptionDisabled(Event, frozen=True, kw_only=True):
    """Nothing is sent there any more, until somebody enables it again; `reason` says why."""

    type: ClassVar[str] = "subscription.disabled"

    subscription_id: str
    brand: str
    url: str
    reason: str
    disabled_at: datetime

    @property
    def key(self) -> str:
        return self.subscription_id
