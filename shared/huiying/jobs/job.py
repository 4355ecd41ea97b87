"""What a job is, how it is handled, and how it may come out."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.clock import Clock
from huiying.errors import Invalid

S = TypeVar("S", bound=msgspec.Struct)


class Work(Protocol):
    """The part of a unit of work that jobs need. `has_added_jobs` tells the edge to wake the worker."""

    has_added_jobs: bool

    @property
    def session(self) -> AsyncSession:
        """The transaction."""

    @property
    def clock(self) -> Clock:
        """What tells the time."""


U = TypeVar("U", bound=Work)
Apply = Callable[[U], Awaitable[None]]
"""What is written together with a job's end, in one transaction: results, facts, further jobs."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that is due.

    `attempt` counts from 1. With `was_interrupted` an earlier attempt may have had its effect: its worker died, ran out
    of time, or did not learn the outcome. The handler then finds out before it repeats anything; it stays so for all
    later attempts.
    """

    number: int
    kind: str
    queue: str | None
    payload: dict[str, Any]
    attempt: int
    was_interrupted: bool
    lease: str

    def read(self, kind: type[S]) -> S:
        """The payload as the struct it was made from. Raises Invalid if it is not one."""
        try:
            return msgspec.convert(self.payload, kind)
        except msgspec.ValidationError as error:
            raise Invalid(f"the payload of job {self.number} is not a {kind.__name__}: {error}") from error


class Done(msgspec.Struct, Generic[U], frozen=True, kw_only=True):
    """The job is done; `apply` says what that means here."""

    apply: Apply[U] | None = None


class Retry(msgspec.Struct, Generic[U], frozen=True, kw_only=True):
    """The job must be tried again: `after` that time, or after the handler's own backoff.

    `outcome_unknown`: it may have had its effect, so the next attempt gets `was_interrupted`. `is_counted=False`: it
    was not even tried, as when a rate limit says to wait, so it does not use up an attempt. After the last attempt the
    job fails, without this `apply`.
    """

    reason: str
    after: timedelta | None = None
    outcome_unknown: bool = False
    is_counted: bool = True
    apply: Apply[U] | None = None


class Failed(msgspec.Struct, Generic[U], frozen=True, kw_only=True):
    """The job cannot be done; `apply` says what that means here."""

    reason: str
    apply: Apply[U] | None = None


Outcome = Done[U] | Retry[U] | Failed[U]


class Handler(msgspec.Struct, Generic[U], frozen=True, kw_only=True):
    """How jobs of one kind are done.

    `run` works outside any transaction. What it raises is an outcome too: Rejected fails the job, Unavailable tries
    again, any other Failure and every bug tries again with `was_interrupted`. `on_failed` is written with the end of a
    job that failed without an `apply` of its own: rejected, or out of attempts.
    """

    run: Callable[[Job], Awaitable[Outcome[U]]]
    on_failed: Callable[[U, Job, str], Awaitable[None]] | None = None
    max_attempts: int = 10
    timeout: timedelta = timedelta(seconds=30)
    first_backoff: timedelta = timedelta(seconds=2)
    longest_backoff: timedelta = timedelta(minutes=10)
    # Of this kind at once in one worker, so that one slow platform holds up only itself.
    concurrency: int = 8


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A job of this kind `every` so often, once however many replicas there are; what was missed is not made up for."""

    kind: str
    every: timedelta
