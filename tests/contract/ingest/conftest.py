"""Ingest in front of simulated platforms with real sockets, at a time that the test sets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.reply_desk import ReplyDesk, a_reply_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ReplyDesk]:
    async with a_reply_desk(tmp_path) as it:
        yield it
