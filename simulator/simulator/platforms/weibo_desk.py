"""What a played Weibo holds: posts and the comments on them, and who may be written to, how long and how often."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from simulator.people import BRAND_NAME, Person, Post
from simulator.platforms.memory import Memory
from simulator.platforms.platform import Surroundings

WINDOW = timedelta(hours=48)
# Weibo publishes no code for this.
WINDOW_CLOSED = 21000
NO_SUCH_STATUS, NO_SUCH_COMMENT = 20101, 20201
_BEIJING = timezone(timedelta(hours=8))
_PAGE = 50


class WeiboRefusal(Exception):
    """Weibo says no, in its own words."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """A post of the account."""

    id: int
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """A comment; one without an author is the account's own."""

    id: int
    status_id: int
    text: str
    at: datetime
    author: Person | None = None
    parent_id: int | None = None


class WeiboDesk:
    """Everything that is not pushed, and the windows."""

    def __init__(self, world: Surroundings, *, uid: int) -> None:
        self._world, self._uid = world, uid
        self.statuses: Memory[Status] = Memory(500)
        self.comments: Memory[Comment] = Memory(20_000)
        self._windows: dict[str, tuple[datetime, int | None]] = {}

    def publish(self, post: Post, *, at: datetime) -> Status:
        """The account's post of that number, which from now on is there."""
        found = self.statuses.find(str(post.number))
        if found is None:
            found = Status(id=post.number, text=post.title, at=at)
            self.statuses.keep(str(found.id), found)
        return found

    def status(self, number: str) -> Status:
        """Raises WeiboRefusal."""
        found = self.statuses.find(number)
        if found is None:
            raise WeiboRefusal(NO_SUCH_STATUS, "target weibo does not exist!")
        return found

    def comment(self, number: str) -> Comment:
        """Raises WeiboRefusal."""
        found = self.comments.find(number)
        if found is None:
            raise WeiboRefusal(NO_SUCH_COMMENT, "target weibo comment does not exist!")
        return found

    def open(self, uid: str, *, at: datetime, most: int | None = None) -> None:
        """Somebody did what lets the account write to them, so many times; None for as often as it likes."""
        known = self._windows.get(uid)
        if known is None or at + WINDOW >= known[0]:
            self._windows[uid] = (at + WINDOW, most)

    def close(self, uid: str) -> None:
        """Somebody no longer follows the account."""
        self._windows[uid] = (self._world.now(), 0)

    def use(self, uid: str) -> None:
        """Count a message to somebody. Raises WeiboRefusal."""
        window = self._windows.get(uid)
        if window is None and not self._world.strict:
            return
        if window is None or self._world.now() >= window[0] or window[1] == 0:
            raise WeiboRefusal(WINDOW_CLOSED, "no message quota for this user", status=403)
        if window[1] is not None:
            self._windows[uid] = (window[0], window[1] - 1)

    def told_comment(self, comment: Comment) -> Mapping[str, object]:
        """A comment as Weibo's lists have it."""
        status = self.statuses.find(str(comment.status_id))
        parent = {"reply_comment": {"id": comment.parent_id}} if comment.parent_id is not None else {}
        return {
            "created_at": weibo_time(comment.at),
            "id": comment.id,
            "idstr": str(comment.id),
            "text": comment.text,
            "user": self.told_user(comment.author),
            "status": self.told_status(status) if status is not None else None,
            **parent,
        }

    def told_status(self, status: Status) -> Mapping[str, object]:
        """A post as Weibo's lists have it."""
        at = weibo_time(status.at)
        return {"created_at": at, "id": status.id, "idstr": str(status.id), "text": status.text}

    def told_user(self, person: Person | None) -> Mapping[str, object]:
        """Somebody as Weibo's lists have them; the account itself for nobody."""
        if person is None:
            named: dict[str, object] = {"id": self._uid, "screen_name": BRAND_NAME, "followers_count": 23_456}
            return {**named, "friends_count": 42, "statuses_count": len(self.statuses)}
        return {"id": uid_of(person), "screen_name": person.name, "followers_count": person.followers}

    def counted(self, numbers: Iterable[str]) -> list[Mapping[str, object]]:
        """The figures of those posts that are known."""
        known = [found for number in numbers if (found := self.statuses.find(number)) is not None]
        return [{"id": one.id, "comments": self._count(one), "reposts": 3, "attitudes": 12} for one in known]

    def _count(self, status: Status) -> int:
        return sum(1 for one in self.comments.newest_first() if one.status_id == status.id)


def page_of(
    things: Iterable[tuple[int, Mapping[str, object]]], *, max_id: str, count: str
) -> list[Mapping[str, object]]:
    """Those with an id of at most `max_id`, the highest first."""
    highest = int(max_id) if max_id.isdecimal() else 0
    size = min(int(count), _PAGE) if count.isdecimal() else _PAGE
    fitting = sorted((one for one in things if not highest or one[0] <= highest), key=lambda one: one[0], reverse=True)
    return [told for _, told in fitting[:size]]


def uid_of(person: Person) -> int:
    """A person's number on Weibo."""
    return 5_000_000_000 + person.number


def weibo_time(instant: datetime) -> str:
    """A moment as Weibo writes it, in Beijing's time."""
    return instant.astimezone(_BEIJING).strftime("%a %b %d %H:%M:%S %z %Y")
