"""Idempotency-Key: one effect and one answer, however often and however fast it is sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, String, Table, func, select
from starlette.responses import Response

from huiying.db.engine import Database
from huiying.errors import Conflict
from huiying.http.idempotency import (
    IDEMPOTENCY_KEYS,
    Idempotency,
    IdempotencyKeyReused,
    IdempotencyOf,
    StillInFlight,
    forget_expired,
    once,
)
from huiying.http.problems import install
from tests.support.calls import calling
from tests.support.clock import START
from tests.support.databases import sqlite

METADATA = MetaData()
REPLIES = Table("replies", METADATA, Column("id", Integer, primary_key=True), Column("text", String, nullable=False))


class Sent(BaseModel):
    id: int


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with sqlite(tmp_path, METADATA) as database:
        yield database


def asked(key: str | None = "k", *, fingerprint: str = "f", route: str = "POST /replies") -> Idempotency:
    return Idempotency(key=key, route=route, fingerprint=fingerprint)


async def reply(
    database: Database, request: Idempotency, *, principal: str = "ann", now: datetime = START, refuse: bool = False
) -> Response:
    async with database.writing() as session:

        async def effect() -> Sent:
            made = await session.execute(REPLIES.insert().values(text="hello").returning(REPLIES.c.id))
            if refuse:
                raise Conflict("the thread is closed")
            return Sent(id=made.scalar_one())

        return await once(session, request, principal=principal, now=now, status=202, effect=effect)


async def reply_count(database: Database) -> int:
    async with database.reading() as session:
        return int((await session.execute(select(func.count()).select_from(REPLIES))).scalar_one())


async def test_the_same_request_again_gets_the_stored_answer(database: Database) -> None:
    first = await reply(database, asked())

    again = await reply(database, asked())

    assert (again.status_code, again.body) == (first.status_code, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await reply_count(database) == 1


async def test_many_at_once_have_one_effect(database: Database) -> None:
    answers = await asyncio.gather(*(reply(database, asked()) for _ in range(20)))

    assert {answer.body for answer in answers} == {b'{"id":1}'}
    assert await reply_count(database) == 1


async def test_without_a_key_each_request_has_its_effect(database: Database) -> None:
    await reply(database, asked(None))
    await reply(database, asked(None))

    assert await reply_count(database) == 2


async def test_a_key_with_another_request_is_refused(database: Database) -> None:
    await reply(database, asked())

    with pytest.raises(IdempotencyKeyReused):
        await reply(database, asked(fingerprint="other"))

    assert await reply_count(database) == 1


@pytest.mark.parametrize("other", [{"principal": "bob"}, {"request": asked(route="POST /notes")}])
async def test_a_key_belongs_to_one_principal_and_one_route(database: Database, other: dict[str, str]) -> None:
    await reply(database, asked())

    await reply(database, **{"request": asked(), **other})  # type: ignore[arg-type] # the two cases differ in it

    assert await reply_count(database) == 2


async def test_a_request_that_was_refused_may_be_sent_again(database: Database) -> None:
    with pytest.raises(Conflict):
        await reply(database, asked(), refuse=True)

    answer = await reply(database, asked())

    assert json.loads(bytes(answer.body)) == {"id": 1}
    assert "idempotency-replayed" not in answer.headers


async def test_after_a_day_a_key_is_as_good_as_new(database: Database) -> None:
    await reply(database, asked())

    await reply(database, asked(fingerprint="other"), now=START + timedelta(hours=24))

    assert await reply_count(database) == 2


async def test_a_key_that_is_taken_and_has_no_answer_yet_is_in_flight(database: Database) -> None:
    await reply(database, asked())
    async with database.writing() as session:
        await session.execute(IDEMPOTENCY_KEYS.update().values(status=None, answer=None))

    with pytest.raises(StillInFlight):
        await reply(database, asked())


async def test_what_has_expired_is_forgotten(database: Database) -> None:
    await reply(database, asked("old"))
    await reply(database, asked("new"), now=START + timedelta(hours=1))

    async with database.writing() as session:
        await forget_expired(session, now=START + timedelta(hours=24))

    async with database.reading() as session:
        assert len((await session.execute(select(IDEMPOTENCY_KEYS))).all()) == 1


async def test_a_route_does_what_it_is_asked_once(database: Database) -> None:
    app = FastAPI()
    install(app)

    @app.post("/api/t/v1/replies", status_code=202, response_model=Sent)
    async def send(body: dict[str, str], idempotency: IdempotencyOf) -> Response:
        async with database.writing() as session:

            async def effect() -> Sent:
                made = await session.execute(REPLIES.insert().values(text=body["text"]).returning(REPLIES.c.id))
                return Sent(id=made.scalar_one())

            return await once(session, idempotency, principal="ann", now=START, status=202, effect=effect)

    async with calling(app) as client:
        post = {"url": "/api/t/v1/replies", "headers": {"idempotency-key": "k"}}
        first = await client.post(json={"text": "hello"}, **post)  # type: ignore[arg-type] # url and headers
        again = await client.post(json={"text": "hello"}, **post)  # type: ignore[arg-type] # the same
        other = await client.post(json={"text": "bye"}, **post)  # type: ignore[arg-type] # the same

    assert (first.status_code, first.json()) == (202, {"id": 1}) == (again.status_code, again.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
