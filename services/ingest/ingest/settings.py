"""What ingest can be told."""

from datetime import timedelta

from pydantic import Field

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
