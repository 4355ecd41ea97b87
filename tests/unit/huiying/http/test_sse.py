"""Server-sent events: nothing is missed unnoticed, nobody waits for the slow, and stopping is at once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from starlette.types import Message

from huiying.errors import TooMany, Unavailable
from huiying.http.sse import KEEP_ALIVE, RECONNECT, RESET, Broadcast, StreamEvent, StreamOptions
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually


def everything(_brand: str) -> bool:
    return True


def an_event(number: int, *, brand: str = "acme") -> StreamEvent:
    return StreamEvent(id=str(number), event="thread.changed", data={"id": f"t{number}"}, brand=brand)


def a_broadcast(clock: FrozenClock | None = None, **options: object) -> Broadcast:
    return Broadcast("t", clock=clock or FrozenClock(), options=StreamOptions(**options))  # type: ignore[arg-type]


class Listening:
    """A console at the other end of a stream, as an ASGI server would serve it."""

    def __init__(
        self,
        broadcast: Broadcast,
        *,
        may_see: Callable[[str], bool] = everything,
        last_event_id: str | None = None,
        is_stuck: bool = False,
    ) -> None:
        self.start: Message = {}
        self.heard = b""
        self.is_complete = False
        self._is_stuck = is_stuck
        self._gone = asyncio.Event()
        stream = broadcast.stream(may_see=may_see, last_event_id=last_event_id)
        self.task = asyncio.create_task(stream({"type": "http"}, self._receive, self._send))

    def leave(self) -> None:
        self._gone.set()

    async def hears(self, what: bytes) -> None:
        await eventually(lambda: what in self.heard)

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        if self._is_stuck:
            await asyncio.Event().wait()
        self.heard += message["body"]
        self.is_complete = not message["more_body"]


async def ended(*listeners: Listening) -> None:
    for listener in listeners:
        listener.leave()
        with suppress(TimeoutError):
            await asyncio.wait_for(listener.task, 10)


async def test_a_listener_hears_what_is_published_after_it_came() -> None:
    broadcast = a_broadcast()
    listener = Listening(broadcast)

    broadcast.publish(an_event(1))

    await listener.hears(b'id: 1\nevent: thread.changed\ndata: {"id":"t1"}\n\n')
    headers = dict(listener.start["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"x-accel-buffering"] == b"no"
    assert b"content-length" not in headers
    await ended(listener)


async def test_a_listener_hears_nothing_of_brands_it_may_not_see() -> None:
    broadcast = a_broadcast()
    broadcast.publish(an_event(1))
    broadcast.publish(an_event(2, brand="other"))
    listener = Listening(broadcast, may_see=lambda brand: brand == "acme", last_event_id="1")

    broadcast.publish(an_event(3, brand="other"))
    broadcast.publish(an_event(4))

    await listener.hears(b"t4")
    assert b"t2" not in listener.heard
    assert b"t3" not in listener.heard
    await ended(listener)


async def test_who_comes_back_hears_first_what_it_missed() -> None:
    broadcast = a_broadcast()
    for number in range(1, 6):
        broadcast.publish(an_event(number))

    listener = Listening(broadcast, last_event_id="3")
    broadcast.publish(an_event(6))

    await listener.hears(b"t6")
    assert [listener.heard.find(f'"t{number}"'.encode()) > 0 for number in range(1, 7)] == [False] * 3 + [True] * 3
    assert RESET not in listener.heard
    await ended(listener)


@pytest.mark.parametrize("last_event_id", ["unknown", "0"])
async def test_who_comes_back_too_late_is_told_to_fetch_anew(last_event_id: str) -> None:
    broadcast = a_broadcast(kept_count=3)
    for number in range(5):
        broadcast.publish(an_event(number))

    listener = Listening(broadcast, last_event_id=last_event_id)

    await listener.hears(RESET)
    assert b'"t' not in listener.heard
    await ended(listener)


async def test_what_is_too_old_is_not_kept() -> None:
    clock = FrozenClock()
    broadcast = a_broadcast(clock, kept_for=timedelta(minutes=10))
    broadcast.publish(an_event(1))
    clock.advance(timedelta(minutes=11))

    listener = Listening(broadcast, last_event_id="1")

    await listener.hears(RESET)
    assert b'"t' not in listener.heard
    await ended(listener)


async def test_draining_sends_everybody_away_at_once_and_takes_nobody_new() -> None:
    broadcast = a_broadcast()
    listeners = [Listening(broadcast) for _ in range(3)]
    broadcast.publish(an_event(1))
    for listener in listeners:
        await listener.hears(b"t1")

    broadcast.drain()

    await asyncio.wait_for(asyncio.gather(*(listener.task for listener in listeners)), 10)
    for listener in listeners:
        assert listener.heard.endswith(RECONNECT)
        assert listener.is_complete
    with pytest.raises(Unavailable):
        broadcast.stream(may_see=everything)


async def test_what_waits_is_still_sent_before_a_drain_ends_the_stream() -> None:
    broadcast = a_broadcast()
    listener = Listening(broadcast)

    broadcast.publish(an_event(1))
    broadcast.drain()

    await asyncio.wait_for(listener.task, 10)
    assert listener.heard.index(b"t1") < listener.heard.index(RECONNECT)


async def test_a_listener_that_takes_too_long_is_dropped_and_holds_up_nobody() -> None:
    broadcast = a_broadcast(queue_count=10, send_timeout=timedelta(milliseconds=50))
    stuck, quick = Listening(broadcast, is_stuck=True), Listening(broadcast)
    await quick.hears(b"retry")

    for number in range(10):
        broadcast.publish(an_event(number))

    await quick.hears(b"t9")
    await asyncio.wait_for(stuck.task, 10)
    assert stuck.heard == b""
    await ended(quick)


async def test_a_listener_for_whom_too_much_waits_is_told_to_come_back() -> None:
    broadcast = a_broadcast(queue_count=10)
    subscription = broadcast.subscribe(may_see=everything, last_event_id=None)

    for number in range(11):
        broadcast.publish(an_event(number))

    assert await subscription.next(timeout_seconds=1) is None


async def test_a_silent_stream_is_kept_alive() -> None:
    broadcast = a_broadcast(keep_alive=timedelta(milliseconds=20))
    listener = Listening(broadcast)

    await listener.hears(KEEP_ALIVE)
    assert b"data:" not in listener.heard
    await ended(listener)


async def test_a_stream_ends_when_it_has_been_open_long_enough() -> None:
    listener = Listening(a_broadcast(lifetime=timedelta(milliseconds=30)))

    await asyncio.wait_for(listener.task, 10)

    assert listener.heard.endswith(RECONNECT)


async def test_who_leaves_makes_room_for_another() -> None:
    broadcast = a_broadcast(listener_count=1)
    first = Listening(broadcast)
    with pytest.raises(TooMany):
        broadcast.stream(may_see=everything)

    await ended(first)

    await ended(Listening(broadcast))


def test_an_event_cannot_break_out_of_its_line() -> None:
    with pytest.raises(ValueError, match="one line"):
        a_broadcast().publish(StreamEvent(id="1\ndata: x", event="e", data={}, brand="b"))
