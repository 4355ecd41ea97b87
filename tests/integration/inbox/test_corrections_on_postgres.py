"""What members say of how messages read, on PostgreSQL."""

from tests.unit.inbox.test_corrections import *  # noqa: F403 - what holds on every database
