"""A user of Reddit: an inbox for who asks, answers taken in public and in private, and nothing ever pushed."""

import base64
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, MIA, Person, Post
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.reddit_listings import (
    RedditRefusal,
    Things,
    form_of,
    listing,
    path_of,
    shown,
    thing,
    username_of,
)

_KEPT = 1_000  # Reddit itself lists no more.


@dataclass(frozen=True, kw_only=True, slots=True)
class RedditApp:
    """An app, and the user who lets it speak."""

    username: str = "tanghulu_tea"
    client_id: str = "simulatedRedditApp"
    client_secret: str = "simulated-reddit-secret"  # noqa: S105 - made up
    refresh_token: str = "simulated-refresh-1"  # noqa: S105 - made up
    subreddit: str = "tanghulu"


class RedditUser(Platform):
    """A user with an inbox, and a subreddit that is the user's own."""

    platform = "reddit"
    habits = MappingProxyType({Kind.COMMENT: 62, Kind.MENTION: 14, Kind.MESSAGE: 16, Kind.EDIT: 4, Kind.REMOVAL: 4})
    unpushed = frozenset({Kind.COMMENT, Kind.MENTION, Kind.MESSAGE, Kind.EDIT, Kind.REMOVAL})
    chinese_share = 0.05
    # There is nothing to deliver and so nothing to repeat.
    retries = Retries(pauses_seconds=(), timeout_seconds=10)

    def __init__(
        self, app: RedditApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or RedditApp()
        super().__init__(external_id=self.app.username, name=name, surroundings=surroundings)
        self.access_token = "simulated-reddit-0"  # noqa: S105 - made up
        self.is_revoked = False
        self.is_new_user = False
        self._renewals = 0
        self.inbox: Things = deque(maxlen=_KEPT)
        self.sent: Things = deque(maxlen=_KEPT)
        self.own_comments: Things = deque(maxlen=_KEPT)
        self.posts: Things = deque(maxlen=_KEPT)
        self.votes: dict[str, int] = {}
        self.removed: set[str] = set()

    def credentials(self) -> dict[str, str]:
        app = {name: getattr(self.app, name) for name in ("client_id", "client_secret", "refresh_token")}
        return {"access_token": self.access_token, **app}

    def handshake(self) -> None:
        return None

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        return Request(body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return False

    def comment(
        self,
        text: str,
        *,
        author: Person | None = MIA,
        post: Post = AUTUMN_POST,
        parent_id: str | None = None,
        is_mention: bool = False,
        at: datetime | None = None,
        number: int | None = None,
    ) -> str:
        """Somebody answers the user's post or comment, or names the user; nobody is told. Its name."""
        moment = at or self.world.now()
        post_name, own = self._publish(post, moment), str(number or self.world.number())
        kind = "username_mention" if is_mention else "comment_reply" if parent_id else "post_reply"
        data = thing("t1", own, author=username_of(author) if author else None, text=text, at=moment)
        data |= {
            "parent_id": parent_id or post_name,
            "type": kind,
            "subject": kind.replace("_", " "),
            "was_comment": True,
            "dest": self.app.username,
            "subreddit": self.app.subreddit,
            "link_title": post.title,
            "context": f"{path_of(self.app.subreddit, post_name)}{own}/?context=3",
        }
        self.inbox.append(data)
        return str(data["name"])

    def message(self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None) -> str:
        """Somebody writes to the user in private; nobody is told. Its name."""
        own, moment = str(number or self.world.number()), at or self.world.now()
        data = thing("t4", own, author=username_of(author), text=text, at=moment)
        data |= {"dest": self.app.username, "subject": text[:40] or "hi", "was_comment": False, "context": ""}
        self.inbox.append(data)
        return str(data["name"])

    def tell(self, happening: Happening) -> Delivery | None:
        number, parent = happening.number, happening.parent_number
        if happening.kind is Kind.MESSAGE:
            self.message(happening.text, author=happening.person, at=happening.at, number=number)
        elif happening.kind in {Kind.COMMENT, Kind.MENTION}:
            self.comment(
                happening.text,
                author=happening.person,
                post=happening.post,
                parent_id=None if parent is None else f"t1_{parent}",
                is_mention=happening.kind is Kind.MENTION,
                at=happening.at,
                number=number,
            )
        elif happening.kind in {Kind.EDIT, Kind.REMOVAL}:
            self._change(f"t1_{number}", happening)
        return None

    def expire(self) -> None:
        """End the access token; the refresh token earns another."""
        self.access_token = f"simulated-reddit-unknown-{self.world.number()}"

    def routes(self) -> Sequence[Route]:
        lists = {
            "/message/inbox": self.inbox,
            "/message/sent": self.sent,
            f"/user/{self.app.username}/comments": self.own_comments,
            f"/user/{self.app.username}/submitted": self.posts,
        }
        posts = {
            "/api/comment": self._comment,
            "/api/compose": self._compose,
            "/api/remove": self._moderate,
            "/api/approve": self._moderate,
            "/api/del": self._delete,
            "/api/vote": self._vote,
        }
        return [
            *(Route(path, self._answering(listing(things)), methods=["GET"]) for path, things in lists.items()),
            *(Route(path, self._answering(action), methods=["POST"]) for path, action in posts.items()),
            Route("/api/info", self._answering(self._info), methods=["GET"]),
            Route("/api/v1/me", self._answering(self._me), methods=["GET"]),
            Route("/api/v1/access_token", self._token, methods=["POST"]),
        ]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": str(retry_after_seconds)}
        return JSONResponse({"message": "Too Many Requests", "error": 429}, status_code=429, headers=headers)

    def says_broken(self) -> Response:
        return JSONResponse({"message": "Internal Server Error", "error": 500}, status_code=500)

    async def _comment(self, call: Call) -> dict[str, Any]:
        form = await form_of(call)
        target, text = form.get("thing_id", ""), form.get("text", "")
        if not text:
            raise RedditRefusal(200, "NO_TEXT", "we need something here")
        if self.is_new_user:
            said = "Looks like you've been doing that a lot. Take a break for 5 minutes before trying again."
            raise RedditRefusal(200, "RATELIMIT", said, more={"ratelimit": 300.0})
        answered = self._known(target)
        kind = target[:2] if target[:2] == "t4" else "t1"
        data = thing(kind, str(self.world.number()), author=self.app.username, text=text, at=self.world.now())
        data["parent_id"] = target
        if kind == "t4":
            data |= {"dest": answered.get("author", "somebody"), "subject": f"re: {answered.get('subject', '')}"}
            self.sent.append(data)
        else:
            data |= {"link_id": answered.get("parent_id", target), "permalink": answered.get("context", "")}
            self.own_comments.append(data)
        self.take(str(data["name"]), target=target, text=text, is_public=kind == "t1")
        return {"json": {"errors": [], "data": {"things": [{"kind": kind, "data": data}]}}}

    async def _compose(self, call: Call) -> dict[str, Any]:
        form = await form_of(call)
        if not form.get("to") or not form.get("subject"):
            raise RedditRefusal(200, "NO_SUBJECT", "please enter a subject")
        own = str(self.world.number())
        data = thing("t4", own, author=self.app.username, text=form.get("text", ""), at=self.world.now())
        self.sent.append(data | {"dest": form["to"], "subject": form["subject"]})
        self.take(str(data["name"]), target=form["to"], text=form.get("text", ""), is_public=False)
        return {"json": {"errors": []}}

    async def _moderate(self, call: Call) -> dict[str, Any]:
        name = (await form_of(call)).get("id", "")
        self._known(name)
        (self.removed.add if call.url.path.endswith("/remove") else self.removed.discard)(name)
        return {}

    async def _delete(self, call: Call) -> dict[str, Any]:
        name = (await form_of(call)).get("id", "")
        for things in (self.own_comments, self.posts):
            kept = [one for one in things if one["name"] != name]
            things.clear()
            things.extend(kept)
        return {}

    async def _vote(self, call: Call) -> dict[str, Any]:
        form = await form_of(call)
        self.votes[form.get("id", "")] = int(form.get("dir", "0"))
        return {}

    async def _info(self, call: Call) -> dict[str, Any]:
        wanted = set(call.query_params.get("id", "").split(","))
        return shown([one for one in self.posts if one["name"] in wanted])

    async def _me(self, call: Call) -> dict[str, Any]:
        return {"name": self.app.username, "subreddit": {"subscribers": 321}}

    async def _token(self, call: Call) -> Response:
        form = await form_of(call)
        pair = base64.b64encode(f"{self.app.client_id}:{self.app.client_secret}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {pair}":
            return JSONResponse({"message": "Unauthorized", "error": 401}, status_code=401)
        if self.is_revoked or form.get("refresh_token") != self.app.refresh_token:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        self._renewals += 1
        self.access_token = f"simulated-reddit-{self._renewals}"
        return JSONResponse({"access_token": self.access_token, "token_type": "bearer", "expires_in": 86400})

    def _known(self, name: str) -> Mapping[str, Any]:
        found = next((one for one in (*self.inbox, *self.own_comments, *self.posts) if one["name"] == name), None)
        if found is None and self.world.strict:
            raise RedditRefusal(200, "DELETED_COMMENT", "that comment has been deleted")
        return found or {}

    def _change(self, name: str, happening: Happening) -> None:
        for one in self.inbox:
            if one["name"] == name and happening.kind is Kind.EDIT:
                one |= {"body": happening.text, "edited": float(int(happening.at.timestamp()))}
            elif one["name"] == name:
                one |= {"body": "[deleted]", "author": None}

    def _publish(self, post: Post, at: datetime) -> str:
        name = f"t3_{post.number}"
        if all(one["name"] != name for one in self.posts):
            data = thing("t3", str(post.number), author=self.app.username, text=post.title, at=at)
            more = {"title": post.title, "permalink": path_of(self.app.subreddit, name), "ups": 12, "num_comments": 0}
            self.posts.append(data | more)
        return name

    def _answering(self, action: Callable[[Call], Awaitable[dict[str, Any]]]) -> Any:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                self._authorise(call)
                return JSONResponse(await action(call), headers={"x-ratelimit-remaining": "99.0"})
            except RedditRefusal as refusal:
                self.ledger.refuse(refusal.reason)
                return refusal.answer()

        return answer

    def _authorise(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            raise RedditRefusal(401, "UNAUTHORIZED", "Unauthorized")
