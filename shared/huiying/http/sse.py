"""Server-sent events: what changed, told to every console that may know it.

An event says what changed, not all there is to it: a console that missed some fetches anew. So the broadcast keeps a
bounded past, never waits for a slow listener, and when in doubt says `reset`. It does not know where its events come
from; every replica must be fed all of them, in the same order.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from huiying.clock import Clock, monotonic_seconds
from huiying.errors import TooMany, Unavailable
from huiying.observability.metrics import STREAM_CLIENTS

KEEP_ALIVE = b": keep-alive\n\n"
RECONNECT = b"event: reconnect\nretry: 1000\ndata: {}\n\n"
RESET = b"event: reset\ndata: {}\n\n"
_OPENING = b"retry: 2000\n\n"


class StreamEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that changed in one brand. `data` is small JSON: ids and changed fields."""

    id: str
    event: str
    data: Mapping[str, Any]
    brand: str


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of a broadcast and its streams."""

    kept_count: int = 10_000
    kept_for: timedelta = timedelta(minutes=10)
    queue_count: int = 500
    listener_count: int = 1_000
    keep_alive: timedelta = timedelta(seconds=15)
    send_timeout: timedelta = timedelta(seconds=10)
    # A stream ends before what its listener may see can have changed for long.
    lifetime: timedelta = timedelta(minutes=10)


class _Kept(msgspec.Struct, frozen=True):
    event_id: str
    brand: str
    at: datetime
    frame: bytes


class Subscription:
    """One listener's place: the frames that wait for it."""

    def __init__(self, *, may_see: Callable[[str], bool], queue_count: int) -> None:
        """`may_see` is asked with the brand of every event."""
        self.may_see = may_see
        self._queue_count = queue_count
        self._frames: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._is_over = False

    def offer(self, frame: bytes) -> None:
        """Let this frame be sent; a listener for whom too much waits already is sent away to come back."""
        if len(self._frames) >= self._queue_count:
            self._frames.clear()
            self.end()
        elif not self._is_over:
            self._frames.append(frame)
            self._changed.set()

    def preload(self, frames: list[bytes]) -> None:
        """Begin with these, however many they are."""
        self._frames.extend(frames)
        self._changed.set()

    def end(self) -> None:
        """Tell the listener to come back, as soon as what waits is sent."""
        self._is_over = True
        self._changed.set()

    async def next(self, *, timeout_seconds: float) -> bytes | None:
        """All frames that wait, a keep-alive if none came in time, None when it is over."""
        if not self._frames and not self._is_over:
            self._changed.clear()
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._changed.wait()
            except TimeoutError:
                return KEEP_ALIVE
        if self._frames:
            waiting = b"".join(self._frames)
            self._frames.clear()
            return waiting
        return None


class Broadcast:
    """Tells every listener of one service, in this process, what is published."""

    def __init__(self, service: str, *, clock: Clock, options: StreamOptions | None = None) -> None:
        self.options = options or StreamOptions()
        self._service = service
        self._clock = clock
        self._past: deque[_Kept] = deque(maxlen=self.options.kept_count)
        self._listeners: set[Subscription] = set()
        self._is_draining = False

    def publish(self, event: StreamEvent) -> None:
        """Tell this to all who may know it. Never waits."""
        frame = frame_of(event)
        now = self._clock.now()
        self._past.append(_Kept(event.id, event.brand, now, frame))
        self._forget(now)
        for listener in self._listeners:
            if listener.may_see(event.brand):
                listener.offer(frame)

    def subscribe(self, *, may_see: Callable[[str], bool], last_event_id: str | None) -> Subscription:
        """A new listener, which begins with what it missed since `last_event_id`, or with `reset` if that is not known.

        Raises TooMany when there are too many listeners, Unavailable when this process is about to stop.
        """
        if self._is_draining:
            raise Unavailable("this process is about to stop")
        if len(self._listeners) >= self.options.listener_count:
            raise TooMany("too many listeners", retry_after_seconds=10)
        subscription = Subscription(may_see=may_see, queue_count=self.options.queue_count)
        subscription.preload(self._missed(may_see, last_event_id))
        self._listeners.add(subscription)
        STREAM_CLIENTS.labels(service=self._service).set(len(self._listeners))
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a listener."""
        self._listeners.discard(subscription)
        STREAM_CLIENTS.labels(service=self._service).set(len(self._listeners))

    def drain(self) -> None:
        """Send all listeners away to come back, at once, and take no new ones: this process is about to stop."""
        self._is_draining = True
        for listener in self._listeners:
            listener.end()

    def stream(self, *, may_see: Callable[[str], bool], last_event_id: str | None = None) -> "EventStream":
        """The answer to a request for this stream. Raises as `subscribe` does."""
        return EventStream(self, self.subscribe(may_see=may_see, last_event_id=last_event_id))

    def _missed(self, may_see: Callable[[str], bool], last_event_id: str | None) -> list[bytes]:
        if last_event_id is None:
            return []
        self._forget(self._clock.now())
        missed: list[bytes] = []
        for kept in reversed(self._past):
            if kept.event_id == last_event_id:
                return missed[::-1]
            if may_see(kept.brand):
                missed.append(kept.frame)
        return [RESET]

    def _forget(self, now: datetime) -> None:
        while self._past and self._past[0].at < now - self.options.kept_for:
            self._past.popleft()


class EventStream(Response):
    """An open stream to one listener: ends when it leaves, is too slow, has been there long enough, or we stop."""

    media_type = "text/event-stream"

    def __init__(self, broadcast: Broadcast, subscription: Subscription) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        # A stream has no length to announce.
        del self.headers["content-length"]
        self._broadcast = broadcast
        self._subscription = subscription

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        talking = asyncio.ensure_future(self._talk(send))
        leaving = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait({talking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._broadcast.unsubscribe(self._subscription)
            talking.cancel()
            leaving.cancel()
            await asyncio.gather(talking, leaving, return_exceptions=True)
        if not talking.cancelled() and (error := talking.exception()) is not None:
            raise error

    async def _talk(self, send: Send) -> None:
        options = self._broadcast.options
        ends_at = monotonic_seconds() + options.lifetime.total_seconds()
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            await self._send(send, _OPENING)
            while (left := ends_at - monotonic_seconds()) > 0:
                wait = min(left, options.keep_alive.total_seconds())
                frames = await self._subscription.next(timeout_seconds=wait)
                if frames is None:
                    break
                await self._send(send, frames)
            await self._send(send, RECONNECT)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, OSError):
            # It takes nothing any more. Closing is all that is left, and it comes back by itself.
            return

    async def _send(self, send: Send, frames: bytes) -> None:
        async with asyncio.timeout(self._broadcast.options.send_timeout.total_seconds()):
            await send({"type": "http.response.body", "body": frames, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def frame_of(event: StreamEvent) -> bytes:
    """An event as it goes over the line."""
    if not (event.id + event.event).isprintable():
        raise ValueError("the id and the name of an event are one line each")
    data = msgspec.json.encode(event.data).decode()
    return f"id: {event.id}\nevent: {event.event}\ndata: {data}\n\n".encode()
