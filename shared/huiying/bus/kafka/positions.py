"""Where a member goes on reading, and whether that is still the same log."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from aiokafka.structs import TopicPartition

from huiying.bus.kafka.cluster import TopicState
from huiying.bus.kafka.member import Member, partition_of
from huiying.bus.kafka.pausing import pause
from huiying.bus.kafka.timing import Timing
from huiying.bus.transport import LogReplaced, Position, Resume
from huiying.clock import monotonic_seconds

_PAUSE_SECONDS = 0.2

Bounds = Mapping[TopicPartition, tuple[int, int]]


async def find_offsets(
    given: Sequence[TopicPartition], *, log_ids: Mapping[str, str], member: Member, resume: Resume, timing: Timing
) -> dict[TopicPartition, int]:
    """From which offset to read each partition on, checked against what the cluster has.

    Raises LogReplaced if a position belongs to another log, lies before its start or beyond its end; Unavailable.
    """
    known = await resume([partition_of(place) for place in given])
    positions = {place: known[partition_of(place)] for place in given if partition_of(place) in known}
    for place, position in positions.items():
        if position.log_id != log_ids[place.topic]:
            raise LogReplaced(
                f"{place.topic}/{place.partition} was read in log {position.log_id}, this is {log_ids[place.topic]}"
            )
    bounds = await _settled_bounds(given, positions=positions, member=member, timing=timing)
    _refuse_outside(positions, bounds=bounds)
    return {place: positions[place].next_offset if place in positions else bounds[place][0] for place in given}


def refuse_other_logs(log_ids: Mapping[str, str], *, states: Mapping[str, TopicState]) -> None:
    """Raises LogReplaced unless every topic is there and is the one of that id."""
    for topic, log_id in log_ids.items():
        state = states.get(topic)
        if state is None:
            raise LogReplaced(f"topic {topic} was log {log_id} and is gone")
        if state.log_id != log_id:
            raise LogReplaced(f"topic {topic} was log {log_id} and is now {state.log_id}")


async def _settled_bounds(
    given: Sequence[TopicPartition], *, positions: Mapping[TopicPartition, Position], member: Member, timing: Timing
) -> Bounds:
    # After its leader has changed, a partition may for a moment show an end before records that are safely stored.
    deadline = monotonic_seconds() + timing.settle_seconds
    bounds = await member.bounds(given)
    while any(_beyond(positions, bounds=bounds)) and monotonic_seconds() < deadline:
        await pause(_PAUSE_SECONDS, unless=asyncio.Event())
        bounds = await member.bounds(given)
    return bounds


def _beyond(positions: Mapping[TopicPartition, Position], *, bounds: Bounds) -> Iterable[bool]:
    return (position.next_offset > bounds[place][1] for place, position in positions.items())


def _refuse_outside(positions: Mapping[TopicPartition, Position], *, bounds: Bounds) -> None:
    for place, position in positions.items():
        start, end = bounds[place]
        if not start <= position.next_offset <= end:
            raise LogReplaced(
                f"{place.topic}/{place.partition} holds offsets {start} to {end}, wanted is {position.next_offset}"
            )
