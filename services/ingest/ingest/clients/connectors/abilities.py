"""What a connector may be able to do besides taking deliveries and sending replies; each is a promise of its own.

A connector keeps as many of them as its platform has an API for. All calls raise as `Connector.send` does: CallRefused
for good; PlatformBusy, RateLimited, SecretMissing, the client's Unreached or OutcomeUnknown if asking again may help.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from huiying.events.interactions import Interaction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import ReplyTarget
from ingest.clients.connectors.connector import Access


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a platform can list.

    With `is_pushed` the platform tells its hook the same, and the list shows what got lost; otherwise the list is the
    only source. `keeps_cursor`: the platform goes on from a cursor that is ours to keep; without, its list begins with
    the newest and is read back to what is known. A name with a colon is one of many of that kind, `kf:{account}`, and
    begins with the first notice that names it; a kind that is never listed as a whole is called `kf:`.
    """

    name: str
    every: timedelta
    is_pushed: bool = False
    keeps_cursor: bool = False


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a feed, in the same words as a delivery: the same thing has the same id either way.

    `cursor` leads to what comes next, or stays where it is if nothing does.
    """

    interactions: Sequence[Interaction] = ()
    cursor: str | None = None
    has_more: bool = False


@runtime_checkable
class Lists(Protocol):
    """Can list what happened."""

    feeds: Sequence[Feed]

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        """One page. What is older than `since` may be left out, and a list from the newest back ends there."""

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        """The feeds in which these say that something waits, where a platform pushes no more than such a notice."""


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the account published."""

    id: str
    url: str | None = None
    text: str | None = None
    published_at: datetime | None = None


class PostFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How often a post was seen and answered, counted from its beginning; absent where the platform does not say."""

    post_id: str
    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    clicks: int | None = None


class AccountFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many follow the account, and how much it has published."""

    followers: int | None = None
    following: int | None = None
    posts: int | None = None


class PostsListed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what the account published, the newest first."""

    posts: Sequence[Post] = ()
    cursor: str | None = None


@runtime_checkable
class Measures(Protocol):
    """Can tell what an account published, and how it does."""

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        """One page of the posts since then; its `cursor` is None on the last."""

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        """The figures of these posts (at most 50); of one that is gone there are none."""

    async def measure_account(self, *, access: Access) -> AccountFigures:
        """The figures of the account itself."""


class Moderation(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done to a comment or message. Doing it twice is the same as once."""

    kind: ModerationKind
    target: ReplyTarget


@runtime_checkable
class Moderates(Protocol):
    """Can hide, delete or like. An interaction's capabilities say which of it there is for that one."""

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        """Do it; what is so already is done."""


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """The credentials that changed, and when they run out."""

    credentials: Mapping[str, str]
    expires_at: datetime | None = None


@runtime_checkable
class Renews(Protocol):
    """Holds a token that runs out and can be exchanged for a new one."""

    def can_renew(self, access: Access) -> bool:
        """Whether this account has what it takes, a refresh token above all."""

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        """New ones. CallRefused with `needs_reconnect` means that only the account's owner can help."""


class SubscriptionState(StrEnum):
    """Whether the platform delivers."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform says about its deliveries to our hook. `detail` is for an operator's eyes."""

    state: SubscriptionState
    detail: str | None = None
    expires_at: datetime | None = None


@runtime_checkable
class Subscribes(Protocol):
    """Can be told by API where to deliver, and asked whether it does."""

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        """Have it deliver there, or go on doing so."""

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        """Whether it delivers there."""


@runtime_checkable
class Completes(Protocol):
    """Tells its hook of some things by their ids alone, and the rest to who asks."""

    def lacks_content(self, interaction: Interaction) -> bool:
        """Whether there is more to be had."""

    async def complete(self, interaction: Interaction, *, access: Access) -> Interaction | None:
        """The same with its text and author, as an interaction of its own (`updated`); None if it is gone."""
