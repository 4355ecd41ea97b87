"""Gathers one batch out of what several polls bring."""

from collections.abc import Mapping

import msgspec
from aiokafka.structs import ConsumerRecord, TopicPartition

from huiying.bus.kafka.member import Polled
from huiying.bus.transport import LogReplaced
from huiying.clock import monotonic_seconds


class Collected(msgspec.Struct):
    """Records by partition, and the epoch of the membership they were read in."""

    epoch: int
    records: dict[TopicPartition, list[ConsumerRecord]]


class Collection:
    """A batch being gathered: until it is full, has lingered, or nothing came in time."""

    def __init__(self, *, epoch: int, limit: int, linger_seconds: float, timeout_seconds: float) -> None:
        self.collected = Collected(epoch, {})
        self.room = limit
        self._limit = limit
        self._linger_seconds = linger_seconds
        self._deadline = monotonic_seconds() + timeout_seconds
        self._has_looked = False

    def seconds_left(self) -> float | None:
        """How long to wait for more; None when the batch is done. However short the time, one look is taken."""
        left = self._deadline - monotonic_seconds()
        if self.room == 0 or (left <= 0 and self._has_looked):
            return None
        return max(left, 0.0)

    def looked_in_vain(self) -> None:
        """There was nothing to look at: no partitions are given."""
        self._has_looked = True

    def begin(self, *, epoch: int) -> None:
        """Forget what was gathered before the partitions were given anew: it will be read again."""
        self.collected = Collected(epoch, {})
        self.room = self._limit

    def add(self, polled: Polled, *, epoch: int, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Take records in. Raises LogReplaced if they are not those that come next."""
        self._has_looked = True
        if epoch != self.collected.epoch:
            # From here everything is read again, from positions that are asked for anew.
            self.begin(epoch=epoch)
            return
        if polled and not self.collected.records:
            self._deadline = monotonic_seconds() + self._linger_seconds
        for place, records in polled.items():
            gathered = self.collected.records.setdefault(place, [])
            expected = gathered[-1].offset + 1 if gathered else next_offsets[place]
            if records[0].offset < expected:
                raise LogReplaced(f"{place.topic}/{place.partition} went back to {records[0].offset} from {expected}")
            gathered.extend(records)
            self.room -= len(records)
