"""What a played Douyin remembers: who may be written to, what stands under which video, and which tokens are good."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.people import Post
from simulator.platforms.platform import Surroundings

NO_TOKEN, EXPIRED_TOKEN = 2190002, 2190008
BAD_REFRESH_TOKEN, PROLONGED_TOO_OFTEN = 10010, 10020
BAD_PARAMETER, USED_UP, TOO_LATE, WRONG_PERSON = 2100005, 28003070, 28003080, 28003082

_MOST_VIDEOS = 50
_MOST_COMMENTS = 1_000
_MOST_MESSAGES = 20_000
_PROLONGED_AT_MOST = 5


class DouyinRefusal(Exception):
    """Douyin says no, which it does with HTTP 200 and this `error_code`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class DouyinApp:
    """What the application's console shows, and the account that lets it speak."""

    open_id: str = "e3af6e1d-d83a-4116-8f9f-5cb8ac2413c7"
    client_key: str = "awtea00simulated1"
    client_secret: str = "6b7c1f0e9d8a4b3c2d1e0f9a8b7c6d5e"  # noqa: S105 - a played platform's
    live_secret: str = "simulatedLiveSecret"  # noqa: S105 - made up
    room_id: str = "7300000000000000001"


@dataclass(slots=True)
class Window:
    """What one message, or one visit, allows: so many answers until then."""

    open_id: str
    closes_at: datetime
    left: int


@dataclass(slots=True)
class Conversations:
    """The messages that may be answered."""

    world: Surroundings
    _windows: OrderedDict[str, Window] = field(default_factory=OrderedDict)

    def open(self, message_id: str, *, open_id: str, at: datetime, allowance: tuple[timedelta, int]) -> None:
        """Somebody wrote or came at that moment."""
        self._windows[message_id] = Window(open_id, at + allowance[0], allowance[1])
        if len(self._windows) > _MOST_MESSAGES:
            self._windows.popitem(last=False)

    def use(self, message_id: str, *, open_id: str) -> None:
        """Count one answer to that message. Raises DouyinRefusal if it may not be given."""
        window = self._windows.get(message_id)
        if window is None:
            if self.world.strict or not message_id:
                raise DouyinRefusal(TOO_LATE, "msg_id is not valid")
            return
        if window.open_id != open_id:
            raise DouyinRefusal(WRONG_PERSON, "to_user_id does not match msg_id")
        if self.world.now() >= window.closes_at:
            raise DouyinRefusal(TOO_LATE, "msg_id has expired")
        if window.left == 0:
            raise DouyinRefusal(USED_UP, "超出频控限制次数")
        window.left -= 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """A comment as it stands on Douyin, whether or not anybody was told of it."""

    id: str
    item_id: str
    parent_id: str | None
    author_id: str
    name: str
    text: str
    at: datetime


@dataclass(slots=True)
class Videos:
    """The account's videos, the newest first, with what stands under each."""

    titles: OrderedDict[str, tuple[str, datetime]] = field(default_factory=OrderedDict)
    comments: OrderedDict[str, Comment] = field(default_factory=OrderedDict)
    likes: dict[str, int] = field(default_factory=dict)

    def show(self, item_id: str, post: Post, *, at: datetime) -> None:
        """There is such a video, since then at the latest."""
        self.titles.setdefault(item_id, (post.title, at))
        if len(self.titles) > _MOST_VIDEOS:
            self.titles.popitem(last=False)

    def add(self, comment: Comment) -> None:
        """Somebody commented."""
        self.comments[comment.id] = comment
        if len(self.comments) > _MOST_COMMENTS:
            self.comments.popitem(last=False)

    def under(self, item_id: str, *, parent_id: str | None = None) -> list[Comment]:
        """What stands right under a video or a comment of it, the newest first."""
        found = [one for one in self.comments.values() if (one.item_id, one.parent_id) == (item_id, parent_id)]
        return sorted(found, key=lambda one: one.at, reverse=True)


@dataclass(slots=True)
class Tokens:
    """The tokens of one account: an access token for 15 days, and for 30 what renews it."""

    world: Surroundings
    access: str = "act.simulated.1"
    refresh: str = "rft.simulated.1"
    access_lasts: timedelta = timedelta(days=15)
    refresh_lasts: timedelta = timedelta(days=30)
    prolonged: int = 0
    issued: int = 1
    _expired: set[str] = field(default_factory=set)

    def check(self, token: str) -> None:
        """Whether a call with this token may go on. Raises DouyinRefusal."""
        if token in self._expired:
            raise DouyinRefusal(EXPIRED_TOKEN, "access_token过期,请刷新或重新授权")
        if token != self.access:
            raise DouyinRefusal(NO_TOKEN, "access_token无效")

    def expire(self) -> None:
        """Let the access token run out now."""
        self._expired.add(self.access)

    def renew(self, refresh: object) -> None:
        """Give out another access token. Raises DouyinRefusal."""
        self._check_refresh(refresh)
        self._expired.add(self.access)
        self.issued += 1
        self.access = f"act.simulated.{self.issued}"

    def prolong(self, refresh: object) -> None:
        """Give out another token that renews, five times at most. Raises DouyinRefusal."""
        self._check_refresh(refresh)
        if self.prolonged == _PROLONGED_AT_MOST:
            raise DouyinRefusal(PROLONGED_TOO_OFTEN, "refresh_token has been renewed too often")
        self.prolonged += 1
        self.refresh = f"rft.simulated.{self.prolonged + 1}"

    def _check_refresh(self, refresh: object) -> None:
        if refresh != self.refresh:
            raise DouyinRefusal(BAD_REFRESH_TOKEN, "refresh_token过期,请重新授权")
