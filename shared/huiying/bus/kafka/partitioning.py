"""Which partition a key belongs to: the rule of Kafka's own clients, remembered for keys that come again."""

from collections.abc import Sequence
from functools import lru_cache

from aiokafka.partitioner import DefaultPartitioner

_rule = DefaultPartitioner()


def partition_of(key: bytes, partitions: Sequence[int], _available: Sequence[int] = ()) -> int:
    """One of `partitions`, which are all that the topic has; what is available just now makes no difference.

    Keeps to what a producer asks of a partitioner.
    """
    return partitions[_place(key, len(partitions))]


# The rule runs in Python, byte by byte, and for an id costs more than everything else about sending a record.
@lru_cache(maxsize=10_000)
def _place(key: bytes, count: int) -> int:
    return int(_rule(key, range(count), ()))
