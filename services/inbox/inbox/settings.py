"""The inbox's own settings."""

from datetime import timedelta

from pydantic import Field

from huiying.settings import ServiceSettings


class InboxSettings(ServiceSettings):
    """What can be set for the inbox."""

    inbox_claim_lifetime: timedelta = Field(
        default=timedelta(minutes=15), gt=timedelta(0), description="How long a claim keeps others off a thread."
    )
