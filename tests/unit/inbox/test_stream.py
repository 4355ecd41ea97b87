"""Consoles hear of changes to the threads of their brands, also of those they missed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from huiying.auth.principals import Permission, Principal, Role
from huiying.events.interactions import Interaction
from huiying.http.sse import KEEP_ALIVE, RESET, EventStream
from huiying.outbox.changes import KEPT, forget_old
from inbox.domain.thread import Status
from inbox.main import SERVICE
from inbox.storage.tables import THREADS
from inbox.usecases.file_interactions import file_interactions
from inbox.usecases.resolve_thread import snooze_thread
from inbox.usecases.take_thread import Request
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.inboxes import AGENT, a_message, at
from tests.support.running import Running, a_member, a_service

MEMBER = a_member(Role.AGENT, "acme")
STRANGER = a_member(Role.AGENT, "globex")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
async def running(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Running]:
    async with a_service(SERVICE, directory=tmp_path, clock=clock) as it:
        yield it


async def heard(running: Running, *interactions: Interaction) -> None:
    async with running.open_unit() as unit:
        await file_interactions(unit, interactions)


async def statuses(running: Running) -> list[str]:
    """The statuses of the threads that nobody has put aside."""
    async with running.open_view() as unit:
        found = await unit.session.execute(select(THREADS.c.status).where(THREADS.c.status != Status.SNOOZED))
        return list(found.scalars())


async def stream_of(running: Running, principal: Principal, *, last_event_id: str | None = None) -> EventStream:
    opened: EventStream = await running.application.api.state.streams.open(
        running.runtime.changes,
        may_see=lambda brand: principal.may(Permission.THREADS_READ, brand),
        last_event_id=last_event_id,
    )
    return opened


async def next_of(stream: EventStream, *, timeout_seconds: float = 3.0) -> str:
    frames = await stream._subscription.next(timeout_seconds=timeout_seconds)
    return (frames or b"").decode()


def ids_in(frames: str) -> list[str]:
    return [line.removeprefix("id: ") for line in frames.splitlines() if line.startswith("id: ")]


async def test_a_change_is_heard_with_ids_only(running: Running) -> None:
    stream = await stream_of(running, MEMBER)

    await heard(running, a_message("m1", text="secret"))

    event = await next_of(stream)
    data = next(line for line in event.splitlines() if line.startswith("data: "))
    assert "event: thread.changed" in event
    assert msgspec.json.decode(data.removeprefix("data: ")).keys() == {"thread_id", "version"}


async def test_who_belongs_to_another_brand_hears_nothing(running: Running) -> None:
    ours, theirs = await stream_of(running, MEMBER), await stream_of(running, STRANGER)

    await heard(running, a_message("m1"))

    assert ids_in(await next_of(ours))
    assert await next_of(theirs, timeout_seconds=0.01) == KEEP_ALIVE.decode()


async def test_a_console_that_comes_back_hears_what_it_missed(running: Running) -> None:
    stream = await stream_of(running, MEMBER)
    await heard(running, a_message("m1"))
    (first,) = ids_in(await next_of(stream))
    await heard(running, a_message("m2", minutes=1))
    await heard(running, a_message("m3", conversation="bob", minutes=2), a_message("m4", minutes=3))

    again = await stream_of(running, MEMBER, last_event_id=first)

    # What happened while the stream was opened may be told twice.
    assert len(set(ids_in(await next_of(again)))) == 3


async def test_a_console_that_was_away_for_too_long_begins_anew(running: Running, clock: FrozenClock) -> None:
    stream = await stream_of(running, MEMBER)
    await heard(running, a_message("m1"))
    (first,) = ids_in(await next_of(stream))
    clock.advance(KEPT + timedelta(seconds=1))
    await heard(running, a_message("m2", minutes=1))
    async with running.open_unit() as unit:
        await forget_old(unit.session, now=clock.now())

    again = await stream_of(running, MEMBER, last_event_id=first)

    assert (await next_of(again)).startswith(RESET.decode())


@pytest.mark.parametrize("made_up", ["x", "7", "999-0", "-", "1-99"])
async def test_an_event_id_that_nobody_gave_out_begins_anew(running: Running, made_up: str) -> None:
    await heard(running, a_message("m1"))

    stream = await stream_of(running, MEMBER, last_event_id=made_up)

    assert (await next_of(stream)).startswith(RESET.decode())


async def test_a_thread_that_was_put_aside_comes_back_when_its_time_has_come(
    running: Running, clock: FrozenClock
) -> None:
    await heard(running, a_message("m1"))
    async with running.client(AGENT) as client:
        (thread,) = (await client.get("/threads")).json()["items"]
        async with running.open_unit() as unit:
            await snooze_thread(unit, Request(thread_id=thread["id"], principal=AGENT), until=at(60))

    clock.advance(timedelta(minutes=61))

    assert await eventually(lambda: statuses(running)) == [Status.OPEN]
