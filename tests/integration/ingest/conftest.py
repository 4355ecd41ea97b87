"""Ingest on a PostgreSQL database of its own."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.edges import Edge, an_edge
from tests.support.reply_desk import ReplyDesk, a_reply_desk


@pytest.fixture
async def edge(tmp_path: Path, postgres_url: Callable[[], str]) -> AsyncIterator[Edge]:
    async with an_edge(tmp_path, database_url=postgres_url()) as it:
        yield it


@pytest.fixture
async def desk(tmp_path: Path, postgres_url: Callable[[], str]) -> AsyncIterator[ReplyDesk]:
    async with a_reply_desk(tmp_path, database_url=postgres_url()) as it:
        yield it
