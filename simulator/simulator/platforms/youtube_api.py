"""YouTube's Data API, its tokens and its quota, played."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.platforms.platform import Surroundings
from simulator.platforms.youtube_videos import (
    Comment,
    Video,
    Videos,
    comment_resource,
    in_sight,
    instant,
    thread_of,
    thread_resource,
)
from simulator.replies import Ledger

T = TypeVar("T")

Take = Callable[[str, str, str], None]

_STATUSES = frozenset({"published", "heldForReview", "rejected"})
_READ, _WRITE = 1, 50


class GoogleRefusal(Exception):
    """The API says no; the error body says why."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason

    def answer(self) -> Response:
        """The refusal as Google words it."""
        detail = {"message": str(self), "domain": "youtube", "reason": self.reason}
        error = {"code": self.status, "message": str(self), "errors": [detail]}
        return JSONResponse({"error": error}, status_code=self.status)


class YouTubeAPI:
    """The API of one channel. `take` notes an answer: its id, what it answers, its text."""

    def __init__(
        self, videos: Videos, *, channel_id: str, subscribers: int, world: Surroundings, ledger: Ledger, take: Take
    ) -> None:
        self.videos, self.channel_id, self.subscribers, self.world = videos, channel_id, subscribers, world
        self.ledger, self.take = ledger, take
        self.access_token = "ya29.simulated-0"  # noqa: S105 - made up
        self.units_left = 10_000

    def routes(self) -> Sequence[Route]:
        """Everything below /youtube/v3."""
        actions = (
            ("GET", "/commentThreads", self.list_threads, _READ),
            ("POST", "/commentThreads", self.insert_thread, _WRITE),
            ("GET", "/comments", self.list_comments, _READ),
            ("POST", "/comments", self.insert_comment, _WRITE),
            ("DELETE", "/comments", self.delete_comment, _WRITE),
            ("POST", "/comments/setModerationStatus", self.set_status, _WRITE),
            ("GET", "/channels", self.list_channels, _READ),
            ("GET", "/playlistItems", self.list_uploads, _READ),
            ("GET", "/videos", self.list_videos, _READ),
        )
        return [
            Route(f"/youtube/v3{path}", self._answering(action, cost), methods=[method])
            for method, path, action, cost in actions
        ]

    async def list_threads(self, call: Call) -> dict[str, Any]:
        """GET /commentThreads."""
        if call.query_params.get("allThreadsRelatedToChannelId") != self.channel_id:
            raise GoogleRefusal(404, "channelNotFound", "The channel could not be found.")
        return _page(call, self.videos.newest_threads(), self._thread, kind="youtube#commentThreadListResponse")

    async def list_comments(self, call: Call) -> dict[str, Any]:
        """GET /comments of one thread."""
        thread = self.videos.threads.get(call.query_params.get("parentId", ""))
        if thread is None:
            raise GoogleRefusal(404, "commentNotFound", "The parent comment could not be found.")
        return _page(call, in_sight(thread.replies), self._comment, kind="youtube#commentListResponse")

    async def insert_thread(self, call: Call) -> dict[str, Any]:
        """POST /commentThreads: the channel's own comment under a video."""
        snippet = await _snippet_of(call)
        text = ((snippet.get("topLevelComment") or {}).get("snippet") or {}).get("textOriginal")
        video_id = str(snippet.get("videoId", ""))
        if video_id not in self.videos.videos and self.world.strict:
            raise GoogleRefusal(404, "videoNotFound", "The video could not be found.")
        comment = self._own(f"Ugy{self.world.number()}", text, video_id=video_id, parent_id=None)
        self.take(comment.id, video_id, comment.text)
        return {"kind": "youtube#commentThread", "id": comment.id}

    async def insert_comment(self, call: Call) -> dict[str, Any]:
        """POST /comments: an answer."""
        snippet = await _snippet_of(call)
        parent_id = str(snippet.get("parentId", ""))
        if parent_id != thread_of(parent_id):
            raise GoogleRefusal(400, "parentCommentIsReply", "Replies can only be made to top-level comments.")
        thread = self.videos.threads.get(parent_id)
        if thread is None and self.world.strict:
            raise GoogleRefusal(404, "parentCommentNotFound", "The specified parent comment could not be found.")
        video_id = thread.top.video_id if thread else ""
        comment = self._own(
            f"{parent_id}.{self.world.number()}", snippet.get("textOriginal"), video_id=video_id, parent_id=parent_id
        )
        self.take(comment.id, parent_id, comment.text)
        return self._comment(comment)

    async def delete_comment(self, call: Call) -> None:
        """DELETE /comments: one's own alone."""
        comment = self._known(call)
        if not comment.is_own:
            raise GoogleRefusal(403, "forbidden", "The comment cannot be deleted because of insufficient permissions.")
        self.videos.remove(comment.id)

    async def set_status(self, call: Call) -> None:
        """POST /comments/setModerationStatus."""
        status = call.query_params.get("moderationStatus", "")
        if status not in _STATUSES:
            raise GoogleRefusal(400, "invalidValue", f"Invalid value '{status}'.")
        self._known(call).status = status

    async def list_channels(self, call: Call) -> dict[str, Any]:
        """GET /channels: this one."""
        if call.query_params.get("id") != self.channel_id:
            return {"items": []}
        statistics = {"subscriberCount": str(self.subscribers), "videoCount": str(len(self.videos.videos))}
        uploads = {"relatedPlaylists": {"uploads": f"UU{self.channel_id[2:]}"}}
        return {"items": [{"id": self.channel_id, "statistics": statistics, "contentDetails": uploads}]}

    async def list_uploads(self, call: Call) -> dict[str, Any]:
        """GET /playlistItems of the uploads."""
        videos = sorted(self.videos.videos.values(), key=lambda video: video.published_at, reverse=True)
        return _page(call, videos, _upload, kind="youtube#playlistItemListResponse")

    async def list_videos(self, call: Call) -> dict[str, Any]:
        """GET /videos: figures, counted as text."""
        wanted = call.query_params.get("id", "").split(",")
        return {"items": [self._figures(video_id) for video_id in wanted if video_id in self.videos.videos]}

    def _figures(self, video_id: str) -> dict[str, Any]:
        threads = [one for one in self.videos.threads.values() if one.top.video_id == video_id]
        comments = sum(1 + len(thread.replies) for thread in threads)
        views = self.videos.videos[video_id].views
        counts = {"viewCount": views, "likeCount": views // 20, "commentCount": comments}
        return {"id": video_id, "statistics": {name: str(count) for name, count in counts.items()}}

    def _own(self, comment_id: str, text: object, *, video_id: str, parent_id: str | None) -> Comment:
        if not isinstance(text, str) or not text:
            raise GoogleRefusal(400, "commentTextRequired", "The comment resource must contain text.")
        now = self.world.now()
        comment = Comment(
            id=comment_id,
            video_id=video_id,
            text=text,
            author=None,
            at=now,
            changed_at=now,
            parent_id=parent_id,
            is_own=True,
        )
        self.videos.add(comment)
        return comment

    def _known(self, call: Call) -> Comment:
        comment = self.videos.find(call.query_params.get("id", ""))
        if comment is None:
            raise GoogleRefusal(404, "commentNotFound", "The comment could not be found.")
        return comment

    def _thread(self, thread: Any) -> dict[str, Any]:
        return thread_resource(thread, channel_id=self.channel_id)

    def _comment(self, comment: Comment) -> dict[str, Any]:
        return comment_resource(comment, channel_id=self.channel_id)

    def _answering(self, action: Callable[[Call], Awaitable[dict[str, Any] | None]], cost: int) -> Any:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                self._pay(call, cost)
                said = await action(call)
            except GoogleRefusal as refusal:
                self.ledger.refuse(refusal.reason)
                return refusal.answer()
            return Response(status_code=204) if said is None else JSONResponse(said)

        return answer

    def _pay(self, call: Call, cost: int) -> None:
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            raise GoogleRefusal(401, "authError", "Invalid Credentials")
        if self.units_left < cost:
            raise GoogleRefusal(403, "quotaExceeded", "The request cannot be completed: you have exceeded your quota.")
        self.units_left -= cost


def _upload(video: Video) -> dict[str, Any]:
    snippet = {
        "publishedAt": instant(video.published_at),
        "title": video.title,
        "resourceId": {"kind": "youtube#video", "videoId": video.id},
    }
    return {
        "kind": "youtube#playlistItem",
        "snippet": snippet,
        "contentDetails": {"videoId": video.id, "videoPublishedAt": instant(video.published_at)},
    }


def _page(call: Call, found: Sequence[T], show: Callable[[T], dict[str, Any]], *, kind: str) -> dict[str, Any]:
    query = call.query_params
    size, token = int(query.get("maxResults", "20")), query.get("pageToken", "")
    start = int(token.removeprefix("page-")) if token else 0
    following = {"nextPageToken": f"page-{start + size}"} if start + size < len(found) else {}
    return {"kind": kind, **following, "items": [show(one) for one in found[start : start + size]]}


async def _snippet_of(call: Call) -> dict[str, Any]:
    try:
        body = await call.json()
    except ValueError as error:
        raise GoogleRefusal(400, "parseError", "This API does not support parsing form-encoded input.") from error
    snippet = body.get("snippet") if isinstance(body, dict) else None
    return snippet if isinstance(snippet, dict) else {}
