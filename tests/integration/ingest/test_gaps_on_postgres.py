"""Gaps and backfills, on PostgreSQL."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.listings import a_watch
from tests.unit.ingest.test_gaps import *  # noqa: F403 - what holds on every database
from tests.unit.ingest.test_gaps import OpenWatch


@pytest.fixture
def open_watch(tmp_path: Path, postgres_url: Callable[[], str]) -> OpenWatch:
    return lambda *feeds: a_watch(tmp_path, *feeds, database_url=postgres_url())
