"""A service's changes as streams to consoles, told by whichever replica they reach."""

import asyncio
from collections.abc import Callable, Iterator

from huiying.http.sse import RESET, Broadcast, EventStream, StreamEvent, frame_of
from huiying.outbox.changes import ChangeFeed, ChangeSet

_MISSED_COUNT = 500


class Streams:
    """Opens streams of one service's changes. An event's id is the number of its transaction and its place in it."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast
        self._listening = asyncio.Lock()
        self._feed: ChangeFeed | None = None

    async def open(self, feed: ChangeFeed, *, may_see: Callable[[str], bool], last_event_id: str | None) -> EventStream:
        """A stream that begins with what was missed since `last_event_id`, or with `reset` if that is too long ago.

        What happens while it is being opened may be told twice, never not at all. Raises as `Broadcast.subscribe`.
        """
        await self._follow(feed)
        subscription = self._broadcast.subscribe(may_see=may_see, last_event_id=None)
        if last_event_id is not None:
            try:
                subscription.preload(await _missed(feed, last_event_id, may_see))
            except BaseException:
                self._broadcast.unsubscribe(subscription)
                raise
        return EventStream(self._broadcast, subscription)

    async def _follow(self, feed: ChangeFeed) -> None:
        """Listen to the feed from the first stream on, and for as long as the process lives."""
        async with self._listening:
            if self._feed is not feed:
                await feed.listen(self._hear)
                self._feed = feed

    def _hear(self, change_set: ChangeSet) -> None:
        for event in _events(change_set):
            self._broadcast.publish(event)


async def _missed(feed: ChangeFeed, last_event_id: str, may_see: Callable[[str], bool]) -> list[bytes]:
    number, _, index = last_event_id.partition("-")
    if not (number.isdecimal() and index.isdecimal()):
        return [RESET]
    # The transaction of that event may have changed more than what came before it.
    missed = await feed.missed(max(0, int(number) - 1))
    if missed is None or len(missed) >= _MISSED_COUNT:
        return [RESET]
    events = [event for change_set in missed for event in _events(change_set)]
    seen = next((place for place, event in enumerate(events, start=1) if event.id == last_event_id), None)
    if seen is None:
        return [RESET]
    return [frame_of(event) for event in events[seen:] if may_see(event.brand)]


def _events(change_set: ChangeSet) -> Iterator[StreamEvent]:
    for index, change in enumerate(change_set.changes):
        yield StreamEvent(id=f"{change_set.number}-{index}", event=change.event, data=change.data, brand=change.brand)
