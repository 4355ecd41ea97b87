"""Where a member stands in each partition it reads, and in which log."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from aiokafka.structs import TopicPartition

from huiying.bus.kafka.cluster import Cluster, TopicState
from huiying.bus.kafka.member import Member, partition_of
from huiying.bus.kafka.pausing import pause
from huiying.bus.kafka.timing import Timing
from huiying.bus.transport import LogReplaced, Position, Resume
from huiying.clock import monotonic_seconds

_PAUSE_SECONDS = 0.2

Bounds = Mapping[TopicPartition, tuple[int, int]]


class Held(msgspec.Struct):
    """The log a partition's offsets count in, and the next offset that is wanted."""

    log_id: str
    next_offset: int


async def find_positions(
    given: Sequence[TopicPartition], *, member: Member, cluster: Cluster, resume: Resume, timing: Timing
) -> dict[TopicPartition, Held]:
    """Where to read on, checked against what the cluster has.

    Raises LogReplaced if a position belongs to another log, lies before its start or beyond its end; Unavailable.
    """
    states = await cluster.topics(sorted({place.topic for place in given}))
    known = await resume([partition_of(place) for place in given])
    positions = {place: known[partition_of(place)] for place in given if partition_of(place) in known}
    for place, position in positions.items():
        refuse_other_log(place, log_id=position.log_id, states=states)
    bounds = await _settled_bounds(given, positions=positions, member=member, timing=timing)
    _refuse_outside(positions, bounds=bounds)
    return {
        place: Held(
            log_id=_log_id(place, states=states),
            next_offset=positions[place].next_offset if place in positions else bounds[place][0],
        )
        for place in given
    }


def refuse_other_log(place: TopicPartition, *, log_id: str, states: Mapping[str, TopicState]) -> None:
    """Raises LogReplaced unless the topic is there and is the one of that id."""
    present = _log_id(place, states=states)
    if present != log_id:
        raise LogReplaced(f"{place.topic}/{place.partition} was log {log_id} and is now {present}")


def _log_id(place: TopicPartition, *, states: Mapping[str, TopicState]) -> str:
    state = states.get(place.topic)
    if state is None:
        raise LogReplaced(f"topic {place.topic} is gone")
    return state.log_id


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
