"""What a platform remembers: the newest things it told of, told everyone or not, and how often it was asked."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Things by id. The oldest are forgotten when there are more than `most`."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._things: OrderedDict[str, T] = OrderedDict()

    def keep(self, name: str, thing: T) -> None:
        """Remember it as the newest, or as what became of something older."""
        self._things[name] = thing
        while len(self._things) > self._most:
            self._things.popitem(last=False)

    def find(self, name: str) -> T | None:
        """The thing of that id, if it is not forgotten."""
        return self._things.get(name)

    def forget(self, name: str) -> T | None:
        """Forget it; what it was."""
        return self._things.pop(name, None)

    def newest_first(self) -> Iterator[T]:
        """All of them."""
        return reversed(self._things.values())

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __len__(self) -> int:
        return len(self._things)


@dataclass(slots=True)
class Window:
    """At most `count` calls in any `per`."""

    count: int
    per: timedelta
    _calls: deque[datetime] = field(default_factory=deque)

    def spend(self, now: datetime) -> bool:
        """Count a call, if there is one left."""
        while self._calls and now - self._calls[0] >= self.per:
            self._calls.popleft()
        if len(self._calls) >= self.count:
            return False
        self._calls.append(now)
        return True

    @property
    def left(self) -> int:
        """How many calls there are left, as of the last one."""
        return self.count - len(self._calls)

    def resets_at(self, now: datetime) -> datetime:
        """When there is one more."""
        return (self._calls[0] if self._calls else now) + self.per
