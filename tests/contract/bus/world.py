"""What the contract needs besides a transport: the means to shake what it stands on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from huiying.bus.transport import Transport
from huiying.events.registry import Topic

_Test = TypeVar("_Test", bound=Callable[..., Awaitable[None]])


@dataclass(frozen=True)
class Capabilities:
    """What a transport can do. A gap is a test that must fail for it: when it no longer does, the gap is closed."""

    multi_member: bool
    partitioned: bool
    can_be_away: bool


class World(Protocol):
    """A transport's surroundings. Transports it makes are started, and stopped at the end of the test."""

    async def transport(self) -> Transport:
        """The transport under test."""

    async def restarted(self) -> Transport:
        """Another one over the same logs, after the first was stopped."""

    async def with_log_replaced(self, topic: Topic) -> Transport:
        """A transport after the topic was lost and made again, empty."""

    async def forget_before(self, topic: Topic, *, offset: int) -> None:
        """Let the records before that offset go, as retention does."""

    async def unreachable(self) -> Transport:
        """A transport whose broker is away."""


def needs(capability: str) -> Callable[[_Test], _Test]:
    """Marks a test that must fail where the transport lacks the capability."""

    def mark(test: _Test) -> _Test:
        test.needed_capability = capability  # type: ignore[attr-defined]
        return test

    return mark
