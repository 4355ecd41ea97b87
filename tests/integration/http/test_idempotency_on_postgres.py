"""Idempotency-Key where two transactions really run at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from pydantic import BaseModel
from starlette.responses import Response

from huiying.db.engine import Database, DatabaseOptions
from huiying.http.idempotency import Idempotency, StillInFlight, once
from tests.support.clock import START
from tests.support.databases import postgres

REQUEST = Idempotency(key="k", route="POST /replies", fingerprint="f")


class Sent(BaseModel):
    id: int


@pytest.fixture
async def database(postgres_url: Callable[[], str]) -> AsyncIterator[Database]:
    async with postgres(postgres_url()) as database:
        yield database


async def reply(database: Database, effects: list[int], *, hold: asyncio.Event | None = None) -> Response:
    async with database.writing() as session:

        async def effect() -> Sent:
            effects.append(len(effects) + 1)
            if hold is not None:
                await hold.wait()
            return Sent(id=effects[-1])

        return await once(session, REQUEST, principal="ann", now=START, status=202, effect=effect)


async def test_the_second_waits_for_the_first_and_gets_its_answer(database: Database) -> None:
    effects = list[int]()

    answers = await asyncio.gather(*(reply(database, effects) for _ in range(6)))

    assert {answer.body for answer in answers} == {b'{"id":1}'}
    assert effects == [1]


async def test_if_the_first_takes_too_long_the_second_is_told_so(
    database: Database,
) -> None:
    effects, hold = list[int](), asyncio.Event()
    options = DatabaseOptions(lock_timeout=timedelta(milliseconds=100))
    url = database.engine.url.render_as_string(hide_password=False)
    impatient = Database(url, schema=database.schema, options=options)
    first = asyncio.create_task(reply(database, effects, hold=hold))
    while not effects:
        await asyncio.wait({first}, timeout=0.01)

    with pytest.raises(StillInFlight):
        await reply(impatient, effects)

    hold.set()
    await first
    await impatient.close()
    assert effects == [1]
