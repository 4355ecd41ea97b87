"""What a thread says of what people want and how soon somebody should look, on PostgreSQL."""

from tests.unit.inbox.test_how_threads_read import *  # noqa: F403 - what holds on every database
