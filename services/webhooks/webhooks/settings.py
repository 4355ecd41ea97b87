"""What can be set for webhooks."""

from datetime import timedelta

from pydantic import Field

from huiying.settings import ServiceSettings


class WebhooksSettings(ServiceSettings):
    """Outgoing webhooks."""

    webhooks_disable_after: timedelta = Field(
        default=timedelta(days=5),
        gt=timedelta(0),
        description="A subscription that has failed for so long is disabled.",
    )
    webhooks_retention: timedelta = Field(
        default=timedelta(days=14),
        ge=timedelta(days=4),
        description="What was sent, and what could not be, is kept this long.",
    )
