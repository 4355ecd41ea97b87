"""What a played YouTube channel has: its videos, the comments below them, and the figures of both."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.people import Person

_MOST_THREADS, _MOST_VIDEOS = 5_000, 500
_SHOWN_REPLIES = 5


@dataclass(slots=True, kw_only=True)
class Video:
    """A video; `changed_at` is when its title last was."""

    id: str
    title: str
    published_at: datetime
    changed_at: datetime
    views: int = 0


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment or, with a parent, a reply. No author: somebody whose channel is gone."""

    id: str
    video_id: str
    text: str
    author: Person | None
    at: datetime
    changed_at: datetime
    parent_id: str | None = None
    status: str = "published"
    is_own: bool = False


@dataclass(slots=True)
class Thread:
    """A comment and what was replied to it."""

    top: Comment
    replies: list[Comment] = field(default_factory=list)


class Videos:
    """All of it, as far as the newest few thousand threads."""

    def __init__(self) -> None:
        self.videos: OrderedDict[str, Video] = OrderedDict()
        self.threads: OrderedDict[str, Thread] = OrderedDict()

    def publish(self, video: Video) -> Video:
        """Note a video, or give the one that is there."""
        known = self.videos.setdefault(video.id, video)
        while len(self.videos) > _MOST_VIDEOS:
            self.videos.popitem(last=False)
        return known

    def add(self, comment: Comment) -> None:
        """Note a comment; a reply to what nobody knows is lost, as it would be."""
        if comment.parent_id is None:
            self.threads[comment.id] = Thread(top=comment)
        elif comment.parent_id in self.threads:
            self.threads[comment.parent_id].replies.append(comment)
        while len(self.threads) > _MOST_THREADS:
            self.threads.popitem(last=False)

    def find(self, comment_id: str) -> Comment | None:
        """The comment or reply of that id."""
        thread = self.threads.get(thread_of(comment_id))
        if thread is None:
            return None
        return next((one for one in (thread.top, *thread.replies) if one.id == comment_id), None)

    def remove(self, comment_id: str) -> None:
        """Take one away, and with a comment the replies to it."""
        thread = self.threads.get(thread_of(comment_id))
        if thread is not None and thread.top.id == comment_id:
            del self.threads[comment_id]
        elif thread is not None:
            thread.replies = [one for one in thread.replies if one.id != comment_id]

    def newest_threads(self) -> Sequence[Thread]:
        """What everybody sees, by when the comment was written, the newest first."""
        seen = (thread for thread in self.threads.values() if thread.top.status == "published")
        return sorted(seen, key=lambda thread: thread.top.at, reverse=True)


def thread_of(comment_id: str) -> str:
    """The thread that a comment belongs to: a reply's id begins with it."""
    return comment_id.partition(".")[0]


def in_sight(comments: Iterable[Comment]) -> list[Comment]:
    """Those that everybody sees, the newest first."""
    return sorted((one for one in comments if one.status == "published"), key=lambda one: one.at, reverse=True)


def comment_resource(comment: Comment, *, channel_id: str) -> dict[str, Any]:
    """A comment as the API shows it."""
    author_id = channel_id if comment.is_own else comment.author and channel_of(comment.author)
    name = "@tanghulutea" if comment.is_own else f"@{comment.author.name}" if comment.author else "[deleted]"
    snippet: dict[str, Any] = {
        "channelId": channel_id,
        "videoId": comment.video_id,
        "textDisplay": comment.text,
        "textOriginal": comment.text,
        "authorDisplayName": name,
        "authorChannelUrl": f"http://www.youtube.com/{name}",
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": instant(comment.at),
        "updatedAt": instant(comment.changed_at),
    }
    if author_id:
        snippet["authorChannelId"] = {"value": author_id}
    if comment.parent_id is not None:
        # As in the real lists, a reply does not say which video it is under.
        snippet["parentId"] = comment.parent_id
        del snippet["videoId"], snippet["channelId"]
    return {"kind": "youtube#comment", "etag": "simulated", "id": comment.id, "snippet": snippet}


def thread_resource(thread: Thread, *, channel_id: str) -> dict[str, Any]:
    """A thread as the API shows it, with no more than a few of its replies."""
    replies = in_sight(thread.replies)
    shown = [comment_resource(one, channel_id=channel_id) for one in replies[:_SHOWN_REPLIES]]
    snippet = {
        "channelId": channel_id,
        "videoId": thread.top.video_id,
        "topLevelComment": comment_resource(thread.top, channel_id=channel_id),
        "canReply": True,
        "totalReplyCount": len(replies),
        "isPublic": True,
    }
    resource = {"kind": "youtube#commentThread", "etag": "simulated", "id": thread.top.id, "snippet": snippet}
    return resource | ({"replies": {"comments": shown}} if shown else {})


def channel_of(person: Person) -> str:
    """The id of somebody's channel."""
    return f"UC{person.number:022d}"


def instant(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
