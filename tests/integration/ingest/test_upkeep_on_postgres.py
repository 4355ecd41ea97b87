"""Tokens, subscriptions and completions, on PostgreSQL."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.listings import a_watch
from tests.unit.ingest.test_upkeep import *  # noqa: F403 - what holds on every database
from tests.unit.ingest.test_upkeep import OpenWatch, Tended


@pytest.fixture
def open_watch(tmp_path: Path, postgres_url: Callable[[], str]) -> OpenWatch:
    return lambda *feeds, **more: a_watch(tmp_path, *feeds, kind=Tended, database_url=postgres_url(), **more)
