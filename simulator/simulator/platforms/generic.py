"""A bridge that signs Standard Webhooks for whatever platform it was built for, and takes replies the same way."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, XIAOYU, Person, Post
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.signing import (
    fresh_secret,
    is_standard_webhook,
    public_key_text,
    standard_signed,
    standard_v1,
    standard_v1a,
)

Scheme = Literal["v1", "v1a"]

_JSON = "application/json"
_MINUTE, _HOUR = 60.0, 3600.0
_TYPES: Mapping[Kind, str] = {
    Kind.COMMENT: "comment.created",
    Kind.EDIT: "comment.updated",
    Kind.REMOVAL: "comment.deleted",
    Kind.MESSAGE: "message.created",
    Kind.MENTION: "mention.created",
    Kind.REACTION: "reaction.created",
    Kind.SHARE: "share.created",
    Kind.FOLLOW: "follow.created",
}


class GenericSource(Platform):
    """A source of Standard Webhooks, signing by shared secret (v1) or by private key (v1a)."""

    platform = "generic"
    habits = MappingProxyType(
        {
            Kind.COMMENT: 52,
            Kind.MESSAGE: 14,
            Kind.MENTION: 14,
            Kind.REACTION: 10,
            Kind.SHARE: 4,
            Kind.FOLLOW: 4,
            Kind.EDIT: 2,
        }
    )
    chinese_share = 0.85
    # The standard's own recommendation.
    retries = Retries(
        pauses_seconds=(
            5,
            5 * _MINUTE,
            30 * _MINUTE,
            2 * _HOUR,
            5 * _HOUR,
            10 * _HOUR,
            14 * _HOUR,
            20 * _HOUR,
            24 * _HOUR,
        ),
        timeout_seconds=20,
        gives_up_on=frozenset({410}),
    )

    def __init__(
        self,
        *,
        external_id: str = "tanghulu-tea",
        scheme: Scheme = "v1",
        name: str | None = None,
        origin: str | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        super().__init__(external_id=external_id, name=name, surroundings=surroundings)
        self.scheme: Scheme = scheme
        self.origin = origin
        self.secret = fresh_secret(f"{self.name}/{external_id}".encode())
        self.key = Ed25519PrivateKey.from_private_bytes(self.name.encode().ljust(32, b"-")[:32])
        self._answers: dict[str, dict[str, str]] = {}

    def credentials(self) -> dict[str, str]:
        # Replies are signed with the shared secret whichever way deliveries are.
        keys = {"public_key": public_key_text(self.key)} if self.scheme == "v1a" else {}
        return {"secret": self.secret, **keys}

    def handshake(self) -> None:
        return None

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        timestamp = str(int(at.timestamp()))
        signed = standard_signed(delivery.id, timestamp, delivery.content)
        by_key = self.scheme == "v1a"
        signature = standard_v1a(signed, key=self.key) if by_key else standard_v1(signed, secret=self.secret)
        headers = {
            "content-type": _JSON,
            "webhook-id": delivery.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature,
        }
        return Request(headers=headers, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300

    def say(self, kind_and_action: str, data: Mapping[str, Any], *, at: datetime | None = None) -> Delivery:
        """Anything at all, in the generic source's words; `data` must have an `id`."""
        moment = (at or self.world.now()).astimezone(UTC)
        origin = {"platform": self.origin} if self.origin else {}
        body = {
            "type": kind_and_action,
            "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": {**origin, **data},
        }
        return Delivery(
            sender=self.name,
            id=f"msg_{self.world.number():x}",
            content=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            content_type=_JSON,
            object_ids=(str(data["id"]),),
        )

    def comment(self, text: str, *, author: Person = XIAOYU, post: Post = AUTUMN_POST, **more: Any) -> Delivery:
        """Somebody comments; `more` may hold `at`, `number` and `parent_id`."""
        return self._created("comment", text, author=author, post=post, **more)

    def message(self, text: str, *, author: Person = XIAOYU, **more: Any) -> Delivery:
        """Somebody writes in private; `more` may hold `at` and `number`."""
        return self._created("message", text, author=author, **more)

    def mention(self, text: str, *, author: Person = XIAOYU, **more: Any) -> Delivery:
        """Somebody names the brand elsewhere; `more` may hold `at` and `number`."""
        return self._created("mention", text, author=author, **more)

    def follow(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody follows the brand."""
        return self.say("follow.created", {"id": f"follow-{author.generic_id}", "author": _author(author)}, at=at)

    def tell(self, happening: Happening) -> Delivery | None:
        person, number = happening.person, happening.number
        # A bridge's ids name their kind; what is edited or removed is always a comment.
        kind = "comment" if happening.kind in {Kind.EDIT, Kind.REMOVAL} else happening.kind.value
        data: dict[str, Any] = {"id": object_id(kind, number), "author": _author(person)}
        if happening.text:
            data["text"] = happening.text
        if happening.kind not in {Kind.MESSAGE, Kind.FOLLOW}:
            data["post"] = _post(happening.post)
        if happening.kind is Kind.MESSAGE:
            data["conversation_id"] = person.generic_id
        if happening.parent_number is not None:
            data["parent_id"] = object_id("comment", happening.parent_number)
        if happening.reaction is not None:
            data["reaction"] = happening.reaction
        if happening.picture is not None:
            data["attachments"] = [{"kind": "image", "url": happening.picture}]
        return self.say(_TYPES[happening.kind], data, at=happening.at)

    def routes(self) -> Sequence[Route]:
        return [Route("/replies", self._reply, methods=["POST"])]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        return JSONResponse({"error": "slow down"}, 429, headers={"retry-after": str(retry_after_seconds)})

    def says_broken(self) -> Response:
        return JSONResponse({"error": "out of order"}, 500)

    async def _reply(self, call: Call) -> Response:
        self.ledger.asked += 1
        body, key = await call.body(), call.headers.get("webhook-id", "")
        now = self.world.now().timestamp()
        if not is_standard_webhook(dict(call.headers), body, secret=self.secret, now_seconds=now):
            self.ledger.refuse("signature")
            return JSONResponse({"error": "webhook-signature does not fit"}, 401)
        if key not in self._answers:
            data = _reply_in(body)
            if data is None:
                self.ledger.refuse("unreadable")
                return JSONResponse({"error": "reply.requested with data.text expected"}, 422)
            self._answers[key] = self._take(key, data)
        return JSONResponse(self._answers[key])

    def _take(self, key: str, data: Mapping[str, Any]) -> dict[str, str]:
        # A live room is a conversation too, but one that everybody reads.
        is_public = data.get("visibility") != "private" and bool(data.get("post_id") or not data.get("conversation_id"))
        kind = "comment" if is_public else "message"
        reply_id = object_id(kind, self.world.number())
        target = str(data.get("in_reply_to") or data.get("conversation_id") or "")
        self.take(reply_id, target=target, text=str(data["text"]), is_public=is_public, key=key)
        told: dict[str, Any] = {"id": reply_id, "text": data["text"], "author": {"id": self.external_id}}
        if is_public:
            told |= {"post": {"id": data.get("post_id")}, "parent_id": data.get("in_reply_to")}
        if data.get("conversation_id"):
            told |= {"conversation_id": data["conversation_id"]}
        self.echo(self.say(f"{kind}.created", told))
        return {"id": reply_id}

    def _created(
        self,
        kind: str,
        text: str,
        *,
        author: Person,
        post: Post | None = None,
        parent_id: str | None = None,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        data: dict[str, Any] = {
            "id": object_id(kind, number or self.world.number()),
            "text": text,
            "author": _author(author),
        }
        if kind == "message":
            data["conversation_id"] = author.generic_id
        if post is not None:
            data["post"] = _post(post)
        if parent_id is not None:
            data["parent_id"] = parent_id
        return self.say(f"{kind}.created", data, at=at)


def object_id(kind: str, number: int) -> str:
    """A bridge's name for a thing."""
    return f"{kind}-{number}"


def _author(person: Person) -> dict[str, Any]:
    return {"id": person.generic_id, "name": person.name, "followers": person.followers}


def _post(post: Post) -> dict[str, str]:
    return {"id": f"post-{post.number}", "title": post.title, "url": f"https://bridge.example/p/{post.number}"}


def _reply_in(body: bytes) -> Mapping[str, Any] | None:
    try:
        envelope = json.loads(body)
    except ValueError:
        return None
    data = envelope.get("data") if isinstance(envelope, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("text"), str) or envelope.get("type") != "reply.requested":
        return None
    return data
