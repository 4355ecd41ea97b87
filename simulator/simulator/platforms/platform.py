"""What every played platform can do."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from starlette.responses import Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.replies import Ledger, ReceivedReply

_SMALLEST_NUMBER = 10**17


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def _nobody_listens(_echo: Delivery) -> None:
    """Drop an echo."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retries:
    """How a platform repeats what was not taken: the pause before each further attempt, and its patience for an answer.

    After a status of `gives_up_on` it sends nothing more.
    """

    pauses_seconds: tuple[float, ...]
    timeout_seconds: float
    gives_up_on: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a platform needs of the world.

    A strict platform refuses to answer what or whom it has never seen; one that is not takes any well-formed id, so
    that replies to what was said before a restart still work.
    """

    now: Callable[[], datetime] = utc_now
    chance: random.Random = field(default_factory=random.Random)
    strict: bool = True

    def number(self) -> int:
        """A number that was not given before."""
        return _SMALLEST_NUMBER + self.chance.getrandbits(58)


class Platform(ABC):
    """One account on one platform, from the platform's side.

    `name` is where its API lives (`/{name}/…`), `hook` the address it tells, and `echo` is called with what the
    platform tells about a reply that it took. `habits` is how often people do what there on a usual day, and
    `chinese_share` how many of them write Chinese. Of what is `unpushed` the platform tells only who asks its API; of
    what is `told_by_id` it tells the words only so.
    """

    platform: ClassVar[str]
    retries: ClassVar[Retries]
    habits: ClassVar[Mapping[Kind, float]]
    chinese_share: ClassVar[float] = 0.5
    unpushed: ClassVar[frozenset[Kind]] = frozenset()
    told_by_id: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, *, external_id: str, name: str | None = None, surroundings: Surroundings | None = None) -> None:
        self.external_id = external_id
        self.name = name or self.platform
        self.world = surroundings or Surroundings()
        self.hook: str | None = None
        self.echo: Callable[[Delivery], None] = _nobody_listens
        self.ledger = Ledger()

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """What the account's owner would copy from the platform's console."""

    @abstractmethod
    def handshake(self) -> tuple[Request, bytes] | None:
        """The question whether an address is the owner's and the answer expected; None if the platform asks none."""

    @abstractmethod
    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        """One attempt, made at that moment."""

    @abstractmethod
    def is_taken(self, status: int, body: bytes) -> bool:
        """Whether the platform believes, after this answer, that the delivery arrived."""

    @abstractmethod
    def tell(self, happening: Happening) -> Delivery | None:
        """The happening in this platform's words; None if the platform tells nobody of such things."""

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """The platform's API."""

    @abstractmethod
    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        """The answer to a call too many."""

    @abstractmethod
    def says_broken(self) -> Response:
        """The answer of a platform that has trouble of its own."""

    def take(self, reply_id: str, *, target: str, text: str, is_public: bool, key: str | None = None) -> None:
        """Note a reply in the ledger."""
        self.ledger.take(
            ReceivedReply(
                platform=self.name,
                id=reply_id,
                target=target,
                text=text,
                is_public=is_public,
                at=self.world.now(),
                key=key,
            )
        )
