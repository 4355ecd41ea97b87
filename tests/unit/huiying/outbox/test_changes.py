"""What consoles hear at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from huiying.outbox import changes
from huiying.outbox.changes import Change, ChangeFeed, ChangeSet
from huiying.outbox.unit import producer_name
from tests.support.databases import sqlite
from tests.support.eventually import eventually
from tests.support.ledger.book import METADATA
from tests.support.ledger.desk import Desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with sqlite(tmp_path, METADATA) as database:
        await producer_name(database)
        yield Desk(database)


async def announce(desk: Desk, *names: str) -> None:
    async with desk.open_unit() as unit:
        for name in names:
            unit.announce(Change(name, "acme", {}))


def names(heard: list[ChangeSet]) -> list[str]:
    return [change.event for change_set in heard for change in change_set.changes]


async def test_a_listener_hears_every_change_from_now_on_in_order(desk: Desk) -> None:
    feed, heard = ChangeFeed(desk.database), list[ChangeSet]()
    await announce(desk, "before")
    running = asyncio.create_task(feed.run())
    await feed.listen(heard.append)

    for number in range(20):
        await announce(desk, f"{number}a", f"{number}b")
        feed.wake()
    await eventually(lambda: len(heard) == 20)

    feed.stop()
    await running
    assert names(heard) == [f"{number}{part}" for number in range(20) for part in "ab"]
    assert [change_set.number for change_set in heard] == list(range(2, 22))


async def test_what_another_process_changed_is_heard_without_being_woken(desk: Desk) -> None:
    feed, heard = ChangeFeed(desk.database), list[ChangeSet]()
    running = asyncio.create_task(feed.run())
    await feed.listen(heard.append)

    await announce(desk, "a")
    await eventually(lambda: heard)

    feed.stop()
    await running


async def test_who_left_hears_nothing_more(desk: Desk) -> None:
    feed, gone, stays = ChangeFeed(desk.database), list[ChangeSet](), list[ChangeSet]()
    running = asyncio.create_task(feed.run())
    leave = await feed.listen(gone.append)
    await feed.listen(stays.append)

    leave()
    await announce(desk, "a")
    await eventually(lambda: stays)

    feed.stop()
    await running
    assert gone == []


async def test_what_was_missed_is_given_and_what_is_forgotten_is_admitted(desk: Desk) -> None:
    feed = ChangeFeed(desk.database)
    await announce(desk, "a")
    await announce(desk, "b")
    desk.clock.advance(changes.KEPT + timedelta(seconds=1))
    await announce(desk, "c")

    missed = await feed.missed(1)
    async with desk.database.writing() as session:
        await changes.forget_old(session, now=desk.clock.now())

    assert missed is not None
    assert names(missed) == ["b", "c"]
    assert await feed.missed(1) is None
    assert names(await feed.missed(2) or []) == ["c"]
    assert await feed.missed(3) == []
