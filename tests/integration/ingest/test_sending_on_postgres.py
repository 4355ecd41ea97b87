"""Replies on their way out, on PostgreSQL."""

from tests.contract.ingest.test_sending_replies import *  # noqa: F403 - what holds on every database
