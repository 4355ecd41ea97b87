"""What accounts publish, and how it does: figures that platforms count, told with what they gained since the last."""

from datetime import datetime
from typing import ClassVar

from huiying.events.envelope import Event, Value


class PostFigures(Value, frozen=True, kw_only=True):
    """How often a post was seen and answered; absent where the platform does not say."""

    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    clicks: int | None = None


class _Measurement(Event, frozen=True, kw_only=True):
    """What all measurements have in common."""

    account_id: str
    platform: str
    brand: str

    @property
    def key(self) -> str:
        return self.account_id


class PostImported(_Measurement, frozen=True, kw_only=True):
    """The account published something, seen for the first time."""

    type: ClassVar[str] = "post.imported"

    post_id: str
    url: str | None = None
    text: str | None = None
    published_at: datetime
    imported_at: datetime


class PostMeasured(_Measurement, frozen=True, kw_only=True):
    """A post's figures, and what they `gained` since it was measured before.

    A figure that a platform counts anew has gained what it shows now; one that was corrected downwards has lost that.
    A post that is older than the account's connection has gained nothing at its first measurement.
    """

    type: ClassVar[str] = "post.measured"

    post_id: str
    figures: PostFigures
    gained: PostFigures
    measured_at: datetime


class AccountMeasured(_Measurement, frozen=True, kw_only=True):
    """The account's own figures; `followers_gained` since the last, and all of them at the first."""

    type: ClassVar[str] = "account.measured"

    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    followers_gained: int | None = None
    measured_at: datetime
