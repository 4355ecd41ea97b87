"""Makes the topics of the registry, and refuses those that exist with another shape."""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka.admin import NewTopic

from huiying.bus.kafka.cluster import Cluster, TopicState
from huiying.bus.kafka.pausing import pause
from huiying.bus.kafka.timing import Timing
from huiying.bus.transport import TopicMismatch
from huiying.clock import monotonic_seconds
from huiying.errors import Unavailable
from huiying.events.registry import Topic

_PAUSE_SECONDS = 0.1


async def ensure_topics(topics: Sequence[Topic], *, cluster: Cluster, replication_count: int, timing: Timing) -> None:
    """Return when every topic exists as described and has leaders. Raises TopicMismatch, Unavailable."""
    names = [topic.name for topic in topics]
    present = await cluster.topics(names)
    _refuse_mismatch(topics, present=present)
    absent = [topic for topic in topics if topic.name not in present]
    if absent:
        await cluster.create([_new_topic(topic, replication_count=replication_count) for topic in absent])
    deadline = monotonic_seconds() + timing.request_seconds
    while not _all_ready(names, present=present):
        if monotonic_seconds() > deadline:
            raise Unavailable(f"topics without leaders after {timing.request_seconds} s: {names}")
        # There is nothing to wait on: a broker does not say when it has heard of a topic.
        await pause(_PAUSE_SECONDS, unless=asyncio.Event())
        present = await cluster.topics(names)
    _refuse_mismatch(topics, present=present)


def _all_ready(names: Sequence[str], *, present: Mapping[str, TopicState]) -> bool:
    return all(name in present and present[name].is_ready for name in names)


def _refuse_mismatch(topics: Sequence[Topic], *, present: Mapping[str, TopicState]) -> None:
    for topic in topics:
        state = present.get(topic.name)
        if state is not None and state.partition_count != topic.partitions:
            raise TopicMismatch(
                f"topic {topic.name} has {state.partition_count} partitions, the registry says {topic.partitions}"
            )


def _new_topic(topic: Topic, *, replication_count: int) -> NewTopic:
    configs = {
        "retention.ms": str(round(topic.retention.total_seconds() * 1000)),
        "max.message.bytes": str(topic.max_message_bytes),
    }
    if topic.flush_each_record and replication_count == 1:
        configs["flush.messages"] = "1"
    if replication_count >= 3:
        configs["min.insync.replicas"] = "2"
    return NewTopic(topic.name, topic.partitions, replication_count, topic_configs=configs)
