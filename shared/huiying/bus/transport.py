"""What every transport promises. Two keep it: `embedded` and `kafka`, under one contract suite."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from huiying.errors import Failure, Rejected
from huiying.events.registry import Topic


class Record(msgspec.Struct, frozen=True, array_like=True):
    """Bytes on their way to a topic. Records with the same key keep their order."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    timestamp_ms: int


class Partition(msgspec.Struct, frozen=True, order=True):
    """One ordered log within a topic."""

    topic: str
    number: int


class Stored(msgspec.Struct, frozen=True):
    """A record as it lies in the log."""

    partition: Partition
    offset: int
    record: Record


class Position(msgspec.Struct, frozen=True):
    """Where a reader stands: the next offset it wants, in the log that `log_id` names."""

    log_id: str
    next_offset: int


class Lag(msgspec.Struct, frozen=True):
    """How far a reader is behind in one partition; `end_offset` is the offset the next record will get."""

    partition: Partition
    log_id: str
    next_offset: int
    end_offset: int


class LogReplaced(Failure):
    """The log is not the one the reader's position belongs to, or no longer holds what comes next.

    Going on would skip records silently, so nobody does: an operator decides (`huiying positions reset`).
    """

    code = "log_replaced"


class TopicMismatch(Failure):
    """A topic exists with another shape than the registry's. Keys would lose their order, so the start is refused."""

    code = "topic_mismatch"


class RecordTooLarge(Rejected):
    """The record exceeds its topic's limit."""

    code = "record_too_large"


_ENVELOPE_BYTES = 4_096
"""Room for a record's key and headers beside its value."""


def refuse_too_large(topic: Topic, *, value_bytes: int) -> None:
    """Refuse, before it is accepted anywhere, what the topic would not take later.

    Raises RecordTooLarge.
    """
    limit = topic.max_message_bytes - _ENVELOPE_BYTES
    if value_bytes > limit:
        raise RecordTooLarge(f"a record of {value_bytes} bytes; {topic.name} takes {limit}")


Resume = Callable[[Sequence[Partition]], Awaitable[Mapping[Partition, Position]]]
"""Asks where a group stands. A partition that is missing in the answer is read from its beginning."""


class Feed(Protocol):
    """One member's view of the partitions it was given."""

    def batch(
        self, *, limit: int, linger_seconds: float, timeout_seconds: float
    ) -> AbstractAsyncContextManager[Sequence[Stored]]:
        """The next records, in order within each partition; empty when none came within `timeout_seconds`.

        Collects until there are `limit`, or `linger_seconds` have passed since the first. While the context is open no
        partition in the batch is given to another member. Leaving it by an exception offers the same records again.

        Raises LogReplaced if the log under a position is gone, Unavailable if the broker is.
        """

    def log_id(self, partition: Partition) -> str:
        """The identity of the log that this partition's offsets count in."""

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Tell the broker how far this group is: next offsets. Advice for its tools; the truth is the reader's own."""

    async def lags(self) -> Sequence[Lag]:
        """How far behind this member is, for each partition it holds."""


class Transport(Protocol):
    """Moves records. All methods may be called from one event loop only."""

    async def start(self) -> None:
        """Make ready. Returns even if the broker is away: what needs it raises Unavailable then."""

    async def stop(self) -> None:
        """Let what is in flight finish, within a bounded time, and release everything."""

    async def ensure(self, topics: Sequence[Topic]) -> None:
        """Create the topics that are missing.

        Raises TopicMismatch if one exists with another shape, Unavailable if the broker is away.
        """

    async def publish(self, records: Sequence[Record], *, timeout_seconds: float = 10.0) -> None:
        """Store the records. When this returns they survive the loss of this process, and of this machine's power.

        Raises Unavailable when they could not be stored in time; then none, some or all may be read later, so readers
        must be able to take a record twice. Raises RecordTooLarge before storing anything.
        """

    def open(self, *, group: str, topics: Sequence[str], resume: Resume) -> AbstractAsyncContextManager[Feed]:
        """Join a group. `resume` is asked for the position whenever partitions are given to this member."""
