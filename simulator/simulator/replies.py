"""What the platforms were asked to say."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedReply:
    """A reply that a platform took, whether or not its answer ever arrived.

    `id` is what the platform calls it and its echo carries; `target` is the comment or person answered; `key` is the
    sender's own id for it, where the platform has such a thing.
    """

    platform: str
    id: str
    target: str
    text: str
    is_public: bool
    at: datetime
    key: str | None = None


@dataclass(slots=True)
class Ledger:
    """All replies a platform took, and how often it was asked and said no. Keeps the newest `most` replies."""

    most: int = 100_000
    asked: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    _replies: list[ReceivedReply] = field(default_factory=list)

    def take(self, reply: ReceivedReply) -> None:
        """Note a reply that is now public, or in somebody's inbox."""
        self._replies.append(reply)
        if len(self._replies) > self.most:
            del self._replies[: self.most // 10]

    def refuse(self, why: str) -> None:
        """Count a refusal under its reason."""
        self.refusals[why] = self.refusals.get(why, 0) + 1

    def __iter__(self) -> Iterator[ReceivedReply]:
        return iter(tuple(self._replies))

    def __len__(self) -> int:
        return len(self._replies)
