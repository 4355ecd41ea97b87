"""What a service cannot take in becomes a row of its own, and what comes after it is taken in (ADR 0003)."""

from pathlib import Path
from typing import Any

import pytest

from huiying.bus.transport import Record
from huiying.events.envelope import Event, decode, headers_of
from huiying.events.registry import TOPIC_OF, TOPICS
from scripts.event_schemas import examples_of
from tests.support.calls import AsyncClient
from tests.support.eventually import eventually
from tests.support.routes import service_named
from tests.support.running import Running, a_service, an_administrator
from tests.support.sources import SERVICES

CONSUMERS = [service for service in SERVICES if any(service in topic.consumers for topic in TOPICS)]


def a_handled_fact(service: str) -> type[Event]:
    """A class of facts that the service takes in."""
    handled: type[Event] = next(iter(service_named(service).handlers))
    return handled


async def publish_garbage(running: Running, event: type[Event]) -> None:
    """Put a record on the bus whose bytes are not the fact that its header claims."""
    headers = headers_of(event.type, source=b"//test", event_id="1", timestamp_ms=0)
    await running.transport.publish([Record(TOPIC_OF[event].name, b"key", b"no fact", headers, 0)])


async def some_letters(client: AsyncClient, *, count: int = 1) -> list[dict[str, Any]]:
    """The dead letters, once there are so many."""
    found: list[dict[str, Any]] = []

    async def are_there() -> bool:
        found[:] = (await client.get("/dead-letters")).json()["items"]
        return len(found) == count

    await eventually(are_there)
    return found


@pytest.mark.parametrize("service", CONSUMERS)
async def test_a_record_that_is_no_fact_is_set_aside_with_its_reason(service: str, tmp_path: Path) -> None:
    event = a_handled_fact(service)

    async with (
        a_service(service_named(service), directory=tmp_path) as running,
        running.client(an_administrator()) as client,
    ):
        await publish_garbage(running, event)
        letters = await some_letters(client)
        whole = (await client.get(f"/dead-letters/{letters[0]['id']}")).json()

    assert (letters[0]["topic"], letters[0]["event_type"]) == (TOPIC_OF[event].name, event.type)
    assert (letters[0]["code"], letters[0]["is_bug"]) == ("undecodable", False)
    assert (whole["value"], whole["key"]) == ("no fact", "key")


@pytest.mark.parametrize("service", CONSUMERS)
async def test_what_comes_after_a_dead_letter_is_taken_in(service: str, tmp_path: Path) -> None:
    event = a_handled_fact(service)
    good = decode(event, examples_of(event)[0].read_bytes())

    async with (
        a_service(service_named(service), directory=tmp_path) as running,
        running.client(an_administrator()) as client,
    ):
        await publish_garbage(running, event)
        await running.told(good)
        await publish_garbage(running, event)
        letters = await some_letters(client, count=2)

    assert [letter["offset"] for letter in letters] == [0, 2]


@pytest.mark.parametrize("service", CONSUMERS)
async def test_a_letter_that_is_refused_again_stays_until_it_is_dropped(service: str, tmp_path: Path) -> None:
    async with (
        a_service(service_named(service), directory=tmp_path) as running,
        running.client(an_administrator()) as client,
    ):
        await publish_garbage(running, a_handled_fact(service))
        [letter] = await some_letters(client)

        replayed = await client.post(f"/dead-letters/{letter['id']}:replay")
        kept = (await client.get("/dead-letters")).json()["items"]
        dropped = await client.delete(f"/dead-letters/{letter['id']}")
        left = (await client.get("/dead-letters")).json()["items"]

    assert (replayed.status_code, replayed.json()["code"]) == (422, "undecodable")
    assert kept == [letter]
    assert (dropped.status_code, left) == (204, [])
