"""Replicas share an account's allowance."""

import asyncio
from datetime import timedelta

from tests.support.edges import Edge
from tests.unit.ingest.test_keep_limits import FREE, TWO_A_MINUTE, spent


async def test_of_many_that_ask_at_once_as_many_go_as_the_platform_allows(edge: Edge) -> None:
    waits = await asyncio.gather(*(spent(edge, TWO_A_MINUTE) for _ in range(8)))

    assert sorted(waits) == [FREE, FREE] + [timedelta(seconds=30)] * 6
