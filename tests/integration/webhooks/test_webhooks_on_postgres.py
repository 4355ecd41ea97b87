"""Webhooks, on PostgreSQL."""

from tests.contract.webhooks.test_subscribing import *  # noqa: F403 - what holds on every database
from tests.contract.webhooks.test_telling import *  # noqa: F403 - as above
