"""How badly a platform behaves when it delivers: copies, disorder, bursts, latecomers."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Manners:
    """How deliveries are made.

    Each is sent `copies` times, the first `at_once` of them side by side. The order is mixed within windows of
    `mixed_within`, so nothing moves further than that. Deliveries go out in bursts of `burst`. A share of
    `late_share` is kept back to the very end, a `doubled_share` is made twice, and a `dropped_share` never.
    """

    copies: int = 1
    at_once: int = 1
    mixed_within: int = 1
    burst: int = 1
    late_share: float = 0.0
    doubled_share: float = 0.0
    dropped_share: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.at_once <= self.copies or self.burst < 1 or self.mixed_within < 1:
            raise ValueError(f"1 <= at_once <= copies, burst and mixed_within at least 1: {self}")


GOOD = Manners()
# What the product promises to find out about: some deliveries get lost, some come twice, and some out of order.
LOSSY = Manners(dropped_share=0.02, doubled_share=0.05, late_share=0.1)
# What the product promises to bear: every delivery three times, two of them at once, in disorder.
NASTY = Manners(copies=3, at_once=2, mixed_within=8, burst=5, late_share=0.05)


def arranged(things: Iterable[T], *, manners: Manners, chance: random.Random) -> Iterator[tuple[T, ...]]:
    """The things in the order and the bursts in which they go out. Copies are the sender's affair."""
    late: list[T] = []
    burst: list[T] = []
    kept = _kept(things, manners=manners, chance=chance)
    for thing in _mixed(kept, manners=manners, chance=chance):
        if manners.late_share and chance.random() < manners.late_share:
            late.append(thing)
            continue
        burst.append(thing)
        if len(burst) >= manners.burst:
            yield tuple(burst)
            burst = []
    left = [*burst, *late]
    for start in range(0, len(left), manners.burst):
        yield tuple(left[start : start + manners.burst])


def _kept(things: Iterable[T], *, manners: Manners, chance: random.Random) -> Iterator[T]:
    """The things that are delivered at all, and some of them twice."""
    for thing in things:
        if manners.dropped_share and chance.random() < manners.dropped_share:
            continue
        yield thing
        if manners.doubled_share and chance.random() < manners.doubled_share:
            yield thing


def _mixed(things: Iterable[T], *, manners: Manners, chance: random.Random) -> Iterator[T]:
    if manners.mixed_within == 1:
        yield from things
        return
    window: list[T] = []
    for thing in things:
        window.append(thing)
        if len(window) == manners.mixed_within:
            chance.shuffle(window)
            yield from window
            window = []
    chance.shuffle(window)
    yield from window
