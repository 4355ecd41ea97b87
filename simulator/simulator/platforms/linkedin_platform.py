"""LinkedIn's side of a page: how it signs, what its API answers, and what it notifies of."""

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.platforms.linkedin_desk import LinkedInApp, LinkedInDesk, LinkedInRefusal
from simulator.platforms.memory import Memory
from simulator.platforms.platform import Platform, Retries, Surroundings

_JSON = "application/json"
_TYPE = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
_BATCH = 10
_TIME_RANGE = re.compile(r"\(start:(\d+),end:(\d+)\)")

Action = Callable[[Call], Awaitable[Response]]


class LinkedInPlatform(Platform):
    """A page at LinkedIn, the part that does not depend on what people do there."""

    # Every five minutes for eight hours.
    retries = Retries(pauses_seconds=(300.0,) * 96, timeout_seconds=10)

    def __init__(
        self, app: LinkedInApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or LinkedInApp()
        super().__init__(external_id=self.app.organization, name=name, surroundings=surroundings)
        self.desk = LinkedInDesk(self.world, self.app)
        # Everything that happened, whether or not the hook ever heard of it: what the lists show.
        self.notifications: Memory[dict[str, Any]] = Memory()
        self.comments: Memory[dict[str, Any]] = Memory()
        self.posts: Memory[dict[str, Any]] = Memory()
        self.liked: set[str] = set()

    def credentials(self) -> dict[str, str]:
        names = ("client_secret", "access_token", "refresh_token", "client_id")
        return {name: getattr(self.app, name) for name in names}

    def handshake(self) -> tuple[Request, bytes]:
        question = str(uuid.UUID(int=self.world.chance.getrandbits(128), version=4))
        signed = hmac.new(self.app.client_secret.encode(), question.encode(), hashlib.sha256).hexdigest()
        answer = {"challengeCode": question, "challengeResponse": signed}
        query = {"challengeCode": question}
        return Request(method="GET", query=query), json.dumps(answer, separators=(",", ":")).encode()

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        signature = linkedin_signature(delivery.content, client_secret=self.app.client_secret)
        return Request(headers={"content-type": _JSON, "x-li-signature": signature}, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        headers = {"retry-after": str(retry_after_seconds)}
        return LinkedInRefusal(429, "TOO_MANY_REQUESTS", "Resource level throttle limit", headers=headers).answer()

    def says_broken(self) -> Response:
        return LinkedInRefusal(500, "INTERNAL_SERVER_ERROR", "Internal server error").answer()

    def notify(self, action: str, made: str | None, at: datetime, **more: Any) -> Delivery:
        """A delivery of one notification, which from now on is on the list of them."""
        number = self.world.number()
        notification = {
            "notificationId": number,
            "organizationalEntity": self.app.organization,
            "action": action,
            "lastModifiedAt": int(at.timestamp() * 1000),
            "subscriber": "urn:li:person:simulatedAdmin",
            **({"generatedActivity": made} if made else {}),
            **more,
        }
        self.notifications.keep(str(number), notification)
        return self._delivery([notification], (_whole(made or str(number)),))

    def batch(self, deliveries: Sequence[Delivery]) -> Delivery:
        """One delivery that tells all these, at most ten, as LinkedIn does when it has much to say."""
        some = deliveries[:_BATCH]
        notifications = [one for delivery in some for one in json.loads(delivery.content)["notifications"]]
        return self._delivery(notifications, tuple(name for delivery in some for name in delivery.object_ids))

    def comment_made(
        self, number: int, text: str, *, post: str, owner: str, parent: str | None = None
    ) -> tuple[str, dict[str, Any]]:
        """The URN of a comment as it is named, and the comment as it is shown."""
        shown = {
            "owner": owner,
            "text": text,
            "entity": f"urn:li:comment:({post},{number})",
            "object": post,
            **({"parentComment": parent} if parent else {}),
        }
        self.comments.keep(shown["entity"], shown)
        return f"urn:li:comment:({post.removeprefix('urn:li:')},{number})", shown

    def routes(self) -> Sequence[Route]:
        calls: tuple[tuple[str, str, Action], ...] = (
            ("POST", "/rest/socialActions/{urn}/comments", self._add_comment),
            ("DELETE", "/rest/socialActions/{urn}/comments/{number}", self._delete_comment),
            ("POST", "/rest/reactions", self._like),
            ("DELETE", "/rest/reactions/(actor:{actor},entity:{urn})", self._unlike),
            ("GET", "/rest/organizationalEntityNotifications", self._list_notifications),
            ("GET", "/rest/posts", self._list_posts),
            ("GET", "/rest/organizationalEntityShareStatistics", self._share_statistics),
            ("GET", "/rest/networkSizes/{urn}", self._network_size),
        )
        return [
            Route("/oauth/v2/accessToken", self._answering(self._renew, is_open=True), methods=["POST"]),
            *(Route(path, self._answering(action), methods=[method]) for method, path, action in calls),
        ]

    async def _renew(self, call: Call) -> Response:
        return JSONResponse(await self.desk.renew(call))

    async def _add_comment(self, call: Call) -> Response:
        answered, asked = str(call.path_params["urn"]), await _json_of(call)
        text = (asked.get("message") or {}).get("text")
        if asked.get("actor") != self.app.organization or not isinstance(text, str) or not text:
            raise LinkedInRefusal(400, "MISSING_FIELD", "actor and message.text are required")
        if self.world.strict and answered not in self.comments and answered not in self.posts:
            raise LinkedInRefusal(404, "NOT_FOUND", f"{answered} does not exist")
        post, number = str(asked.get("object", answered)), self.world.number()
        parent = answered if answered != post else None
        made, shown = self.comment_made(number, text, post=post, owner=self.app.organization, parent=parent)
        self.take(shown["entity"], target=answered, text=text, is_public=True)
        decorated = {"comment": shown}
        now = self.world.now()
        self.echo(self.notify("ADMIN_COMMENT", made, now, sourcePost=post, decoratedGeneratedActivity=decorated))
        body = {"id": str(number), "commentUrn": shown["entity"], "object": post, "actor": self.app.organization}
        return JSONResponse({**body, "message": {"text": text}}, 201, headers={"x-restli-id": str(number)})

    async def _delete_comment(self, call: Call) -> Response:
        post, number = call.path_params["urn"], call.path_params["number"]
        comment = self.comments.find(f"urn:li:comment:({post},{number})")
        if comment is None:
            raise LinkedInRefusal(404, "NOT_FOUND", "The comment does not exist")
        if comment["owner"] != self.app.organization:
            raise LinkedInRefusal(403, "ACCESS_DENIED", "Only the author can delete a comment")
        self.comments.forget(comment["entity"])
        self.echo(self.notify("COMMENT_DELETE", comment["entity"], self.world.now(), sourcePost=post))
        return Response(status_code=204)

    async def _like(self, call: Call) -> Response:
        root = str((await _json_of(call)).get("root"))
        if root in self.liked:
            raise LinkedInRefusal(409, "CONFLICT", "The reaction exists")
        self.liked.add(root)
        return JSONResponse({"root": root, "reactionType": "LIKE"}, 201)

    async def _unlike(self, call: Call) -> Response:
        self.liked.discard(call.path_params["urn"])
        return Response(status_code=204)

    async def _list_notifications(self, call: Call) -> Response:
        query = call.query_params
        match = _TIME_RANGE.fullmatch(query.get("timeRange", ""))
        if query.get("organizationalEntity") != self.app.organization or match is None:
            raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", "organizationalEntity and timeRange are required")
        begin, end = (int(edge) for edge in match.groups())
        actions = set(query.get("actions", "").removeprefix("List(").removesuffix(")").split(","))
        found = [
            one
            for one in self.notifications.newest_first()
            if one["action"] in actions and begin <= one["lastModifiedAt"] <= end
        ]
        return _page(call, found)

    async def _list_posts(self, call: Call) -> Response:
        mine = [post for post in self.posts.newest_first() if post["author"] == call.query_params.get("author")]
        return _page(call, mine)

    async def _share_statistics(self, call: Call) -> Response:
        asked = call.query_params.get("shares", "").removeprefix("List(").removesuffix(")").split(",")
        counted = {"impressionCount": 900, "likeCount": 30, "commentCount": 4, "shareCount": 2, "clickCount": 7}
        known = {post["id"] for post in self.posts.newest_first()}
        elements = [{"share": urn, "totalShareStatistics": counted} for urn in asked if urn in known]
        return JSONResponse({"elements": elements, "paging": {"start": 0, "count": 10, "links": []}})

    async def _network_size(self, _call: Call) -> Response:
        return JSONResponse({"firstDegreeSize": 12_044})

    def _delivery(self, notifications: Sequence[Mapping[str, Any]], object_ids: tuple[str, ...]) -> Delivery:
        body = {"type": _TYPE, "notifications": list(notifications)}
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        name = f"linkedin-{self.world.number()}"
        return Delivery(sender=self.name, id=name, content=content, content_type=_JSON, object_ids=object_ids)

    def _answering(self, action: Action, *, is_open: bool = False) -> Action:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                if not is_open:
                    self.desk.check(call)
                return await action(call)
            except LinkedInRefusal as refusal:
                self.ledger.refuse(str(refusal.status))
                return refusal.answer()

        return answer


def linkedin_signature(body: bytes, *, client_secret: str) -> str:
    """The value of X-LI-Signature."""
    return hmac.new(client_secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()


def _whole(urn: str) -> str:
    # A comment is shown with a longer URN than it is named with.
    short = "urn:li:comment:(activity:"
    return f"urn:li:comment:(urn:li:activity:{urn.removeprefix(short)}" if urn.startswith(short) else urn


def _page(call: Call, found: Sequence[Mapping[str, Any]]) -> Response:
    start, count = (int(call.query_params.get(name, usual)) for name, usual in (("start", "0"), ("count", "10")))
    links = [{"rel": "next", "href": call.url.path}] if start + count < len(found) else []
    paging = {"start": start, "count": count, "links": links}
    return JSONResponse({"elements": list(found[start : start + count]), "paging": paging})


async def _json_of(call: Call) -> Mapping[str, Any]:
    try:
        body = await call.json()
    except ValueError as error:
        raise LinkedInRefusal(400, "MALFORMED", "The body is not JSON") from error
    return body if isinstance(body, dict) else {}
