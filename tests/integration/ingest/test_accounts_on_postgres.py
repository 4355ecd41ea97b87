"""Accounts and deliveries over HTTP, on PostgreSQL; and what only happens where many write at once."""

import asyncio

from tests.support.edges import Edge
from tests.unit.ingest.test_accounts_api import *  # noqa: F403 - what holds on every database
from tests.unit.ingest.test_accounts_api import asked


async def test_of_many_who_connect_the_same_page_at_once_one_does(edge: Edge) -> None:
    answers = await asyncio.gather(*(edge.api.post("/accounts", json=asked(name=f"N{n}")) for n in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_of_many_who_change_the_version_they_read_at_once_one_does(edge: Edge) -> None:
    path = f"/accounts/{(await edge.api.post('/accounts', json=asked())).json()['id']}"
    headers = {"if-match": '"1"'}

    answers = await asyncio.gather(*(edge.api.patch(path, json={"name": f"N{n}"}, headers=headers) for n in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
