"""X's side of an account: how it signs, what its second API answers, and what it tells of what was said there."""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.platforms import x_words
from simulator.platforms.memory import Memory
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.x_desk import XApp, XDesk, XRefusal
from simulator.platforms.x_lists import XLists

_JSON = "application/json"
_NO_POST = "You attempted to reply to a Tweet that is deleted or not visible to you."
_NO_PERSON = "You are not permitted to perform this action."

Action = Callable[[Call], Awaitable[Mapping[str, Any]]]


class XPlatform(Platform):
    """An account at X, the part that does not depend on what people do there."""

    # X promises retries and tells no schedule; this one is ours.
    retries = Retries(pauses_seconds=(5, 30, 120, 600, 3600), timeout_seconds=10)

    def __init__(
        self, app: XApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or XApp()
        super().__init__(external_id=self.app.user_id, name=name, surroundings=surroundings)
        self.desk = XDesk(self.world, self.app)
        # Everything that happened, whether or not the hook ever heard of it: what the lists show.
        self.posts: Memory[dict[str, Any]] = Memory()
        self.messages: Memory[dict[str, Any]] = Memory()
        self.people: Memory[dict[str, Any]] = Memory()
        self.hidden: set[str] = set()
        self.liked: set[str] = set()
        self.lists = XLists(self)

    def credentials(self) -> dict[str, str]:
        names = ("consumer_secret", "access_token", "refresh_token", "client_id", "client_secret")
        return {name: getattr(self.app, name) for name in names}

    def handshake(self) -> tuple[Request, bytes]:
        question = base64.b64encode(str(self.world.number()).encode()).decode()
        answer = {"response_token": x_signature(question.encode(), consumer_secret=self.app.consumer_secret)}
        return Request(method="GET", query={"crc_token": question}), json.dumps(answer, separators=(",", ":")).encode()

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        signature = x_signature(delivery.content, consumer_secret=self.app.consumer_secret)
        return Request(
            headers={"content-type": _JSON, "x-twitter-webhooks-signature": signature}, body=delivery.content
        )

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        reset = str(int(self.world.now().timestamp()) + retry_after_seconds - 1)
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        return XRefusal(429, "Too Many Requests", headers=headers).answer()

    def says_broken(self) -> Response:
        return XRefusal(503, "Service Unavailable").answer()

    def routes(self) -> Sequence[Route]:
        changes: tuple[tuple[str, str, str, Action], ...] = (
            ("POST", "/2/tweets", "post", self._add_post),
            ("DELETE", "/2/tweets/{post_id}", "delete_post", self._delete_post),
            ("PUT", "/2/tweets/{post_id}/hidden", "hide", self._hide),
            ("POST", "/2/users/{user_id}/likes", "like", self._like),
            ("DELETE", "/2/users/{user_id}/likes/{post_id}", "like", self._unlike),
            ("POST", "/2/dm_conversations/with/{person_id}/messages", "message", self._add_message),
            ("DELETE", "/2/dm_events/{event_id}", "delete_message", self._delete_message),
        )
        return [
            Route("/2/oauth2/token", self._answering(None, self.desk.renew), methods=["POST"]),
            *(Route(path, self._answering(cost, action), methods=[method]) for method, path, cost, action in changes),
            *(Route(path, self._answering(cost, action)) for path, cost, action in self.lists.pages()),
        ]

    async def _add_post(self, call: Call) -> Mapping[str, Any]:
        asked = await _json_of(call)
        text, answered = asked.get("text"), str((asked.get("reply") or {}).get("in_reply_to_tweet_id", ""))
        if not isinstance(text, str) or not text:
            raise XRefusal(400, "Invalid Request", "One or more parameters to your request was invalid.")
        known = self.posts.find(answered)
        if known is None and (self.world.strict or not answered.isdigit()):
            raise XRefusal(403, "Forbidden", _NO_POST)
        name, seen = x_words.post_id(self.world.number()), known or {"conversation_id": answered}
        post = x_words.post(
            name,
            text,
            author_id=self.app.user_id,
            at=self.world.now(),
            root_id=seen["conversation_id"],
            refers={"replied_to": answered},
            answered_user_id=seen.get("author_id"),
        )
        self.posts.keep(name, post)
        self.take(name, target=answered, text=text, is_public=True)
        self.echo(self.delivery("post.create", {**post, "text": self._addressed(seen, text)}, name))
        return {"data": {"id": name, "text": text, "edit_history_tweet_ids": [name]}}

    async def _delete_post(self, call: Call) -> Mapping[str, Any]:
        name = call.path_params["post_id"]
        post = self.posts.find(name)
        if post is not None and post["author_id"] != self.app.user_id:
            raise XRefusal(403, "Forbidden", "You can only delete your own posts.")
        self.posts.forget(name)
        if post is not None:
            self.echo(self.delivery("post.delete", {"id": name, "author_id": self.app.user_id}, name))
        return {"data": {"deleted": True}}

    async def _hide(self, call: Call) -> Mapping[str, Any]:
        name, hidden = self._known_post(call), (await _json_of(call)).get("hidden") is True
        (self.hidden.add if hidden else self.hidden.discard)(name)
        return {"data": {"hidden": hidden}}

    async def _like(self, call: Call) -> Mapping[str, Any]:
        self.liked.add(str((await _json_of(call)).get("tweet_id")))
        return {"data": {"liked": True}}

    async def _unlike(self, call: Call) -> Mapping[str, Any]:
        self.liked.discard(call.path_params["post_id"])
        return {"data": {"liked": False}}

    async def _add_message(self, call: Call) -> Mapping[str, Any]:
        person, text = call.path_params["person_id"], (await _json_of(call)).get("text")
        if not isinstance(text, str) or not text:
            raise XRefusal(400, "Invalid Request", "One or more parameters to your request was invalid.")
        if person not in self.people and (self.world.strict or not person.isdigit()):
            raise XRefusal(403, "Forbidden", _NO_PERSON)
        echo = self.tell_message("dm.sent", text, sender_id=self.app.user_id, recipient_id=person, at=self.world.now())
        self.take(echo.object_id, target=person, text=text, is_public=False)
        self.echo(echo)
        return {"data": {"dm_conversation_id": f"{person}-{self.app.user_id}", "dm_event_id": echo.object_id}}

    async def _delete_message(self, call: Call) -> Mapping[str, Any]:
        self.messages.forget(call.path_params["event_id"])
        return {"data": {"deleted": True}}

    def _known_post(self, call: Call) -> str:
        name = str(call.path_params["post_id"])
        if name not in self.posts and (self.world.strict or not name.isdigit()):
            raise XRefusal(404, "Not Found Error", f"Could not find tweet with id: [{name}].")
        return name

    def _addressed(self, answered: Mapping[str, Any], text: str) -> str:
        # X puts the name of whoever is answered before the text.
        person = self.people.find(str(answered.get("author_id")))
        return f"@{person['username']} {text}" if person and str(person["username"]).isidentifier() else text

    def tell_message(
        self, kind: str, text: str, *, sender_id: str, recipient_id: str, at: datetime, number: int | None = None
    ) -> Delivery:
        """A direct message, from now on in the list of them."""
        name = x_words.post_id(number or self.world.number())
        message = x_words.message(name, text, sender_id=sender_id, recipient_id=recipient_id, at=at)
        self.messages.keep(name, message)
        known = (self.people.find(end) for end in (sender_id, recipient_id))
        users = {person["id"]: {"data": person} for person in known if person is not None}
        return self.delivery(kind, {"direct_message_events": [message], "users": users}, name)

    def delivery(self, kind: str, payload: Mapping[str, Any], object_id: str, **more: Any) -> Delivery:
        """One event, told now."""
        uuid = self.world.number()
        content = x_words.event(kind, payload, uuid=uuid, user_id=self.app.user_id, **more)
        return Delivery(sender=self.name, id=f"x-{uuid}", content=content, content_type=_JSON, object_ids=(object_id,))

    def _answering(self, cost: str | None, action: Action) -> Callable[[Call], Awaitable[Response]]:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                headers: dict[str, str] = {}
                if cost is not None:
                    self.desk.check(call)
                    headers = self.desk.spend(cost)
                made = cost in {"post", "message"}
                return JSONResponse(await action(call), status_code=201 if made else 200, headers=headers)
            except XRefusal as refusal:
                self.ledger.refuse(str(refusal.status))
                return refusal.answer()

        return answer


def x_signature(message: bytes, *, consumer_secret: str) -> str:
    """The value of x-twitter-webhooks-signature, and of the answer to a challenge."""
    digest = hmac.new(consumer_secret.encode(), message, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


async def _json_of(call: Call) -> Mapping[str, Any]:
    try:
        body = await call.json()
    except ValueError as error:
        raise XRefusal(400, "Invalid Request", "The body is not JSON.") from error
    return body if isinstance(body, dict) else {}
