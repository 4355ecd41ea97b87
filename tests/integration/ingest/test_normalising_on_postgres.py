"""What deliveries become, on PostgreSQL."""

from tests.unit.ingest.test_normalising import *  # noqa: F403 - what holds on every database
