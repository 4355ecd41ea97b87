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
