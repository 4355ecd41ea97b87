"""What ingest can be told."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, model_validator

from huiying.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """The platform's edge."""

    max_delivery_bytes: int = Field(
        default=4_194_304, ge=65_536, le=4_500_000, description="Largest body a platform may deliver."
    )
    delivery_retention: timedelta = Field(default=timedelta(days=7), description="Raw bodies are kept this long.")
    echo_patience: timedelta = Field(
        default=timedelta(minutes=2), description="How long an uncertain reply waits for its echo."
    )
    feed_overlap: timedelta = Field(
        default=timedelta(minutes=15),
        description="Lists of what is never pushed are read again so far behind where they were read to.",
    )
    feed_first_window: timedelta = Field(
        default=timedelta(days=1), description="The first look at such a list goes back so far before the connection."
    )
    gap_window: timedelta = Field(
        default=timedelta(days=1),
        description="Lists of what is pushed too are compared with what arrived so far behind the last comparison.",
    )
    gap_grace: timedelta = Field(
        default=timedelta(minutes=2), description="What is younger is not missing yet: a push may be on its way."
    )
    post_measure_age_ratio: float = Field(
        default=0.1, gt=0, le=1, description="A post is measured again after this part of its age."
    )
    post_measure_shortest: timedelta = Field(
        default=timedelta(minutes=10), description="But not sooner than this; new posts are looked for as often."
    )
    post_measure_longest: timedelta = Field(default=timedelta(days=1), description="And not later than this.")
    post_measured_for: timedelta = Field(
        default=timedelta(days=60), description="Older posts are measured no more, and not imported."
    )
    account_measured_every: timedelta = Field(
        default=timedelta(hours=6), description="How often followers are counted."
    )
    operator_webhook_url: str = Field(
        default="", description="Hears when an account begins to do badly, and when it does well again."
    )
    operator_webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="Signs these notices (Standard Webhooks): whsec_ and base64."
    )

    @model_validator(mode="after")
    def _signs_what_it_sends(self) -> Self:
        if self.operator_webhook_url and not self.operator_webhook_secret.get_secret_value():
            raise ValueError(
                "operator_webhook_url needs operator_webhook_secret: whsec_ and base64 of 24 bytes or more"
            )
        return self
