"""Discord's HTTP API: answers by token, the channel's messages, private chats, and the app's own settings."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.platforms.memory import Memory, Window
from simulator.platforms.platform import Platform

TOKEN_LIFETIME = timedelta(minutes=15)

_EPOCH_MILLISECONDS = 1_420_070_400_000
_LOW_BITS = (1 << 22) - 1
_LONGEST_TEXT = 2_000
_LONGEST_PAGE = 100

Said = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscordApp:
    """What the developer portal shows."""

    application_id: str = "1048576000000000001"
    guild_id: str = "1048576000000000002"
    channel_id: str = "1048576000000000003"
    bot_token: str = "simulated-discord-bot-token"  # noqa: S105 - made up
    key: Ed25519PrivateKey = field(
        default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"simulated discord".ljust(32, b"-"))
    )


class DiscordRefusal(Exception):
    """The API says no."""

    def __init__(self, status: int, message: str, *, code: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after

    def answer(self) -> Response:
        """The refusal as Discord words it."""
        if self.retry_after is not None:
            body = {"message": str(self), "retry_after": self.retry_after, "global": False}
            return JSONResponse(body, self.status, headers={"x-ratelimit-reset-after": str(self.retry_after)})
        return JSONResponse({"message": str(self), "code": self.code}, self.status)


class Desk:
    """Answers one app's calls, and keeps what is said in its channel. Some people take no messages: `closed`."""

    def __init__(self, server: Platform, app: DiscordApp) -> None:
        self._server, self._app = server, app
        self._said: Memory[Said] = Memory()
        self._numbers: Memory[str] = Memory()
        self._tokens: Memory[datetime] = Memory()
        self._people: Memory[bool] = Memory()
        self._windows: Memory[Window] = Memory()
        self.closed: set[str] = set()
        self.thumbs: set[str] = set()
        self.settings: dict[str, Any] = {"event_webhooks_status": 1}

    def snowflake(self, at: datetime | None, number: int | None = None) -> str:
        """An id that tells when it was given."""
        moment = int((at or self._server.world.now()).timestamp() * 1000)
        low = (number or self._server.world.number()) & _LOW_BITS
        return str(((moment - _EPOCH_MILLISECONDS) << 22) | low)

    def us(self) -> Said:
        """The app, as a user."""
        return {"id": self._app.application_id, "username": "tanghulu", "global_name": None, "bot": True}

    def meet(self, user_id: str) -> None:
        """Somebody shares a server with the app."""
        self._people.keep(user_id, True)

    def new_token(self, at: datetime | None) -> str:
        """A token for what somebody did at that moment."""
        token = f"token{self._server.world.number():x}"
        self._tokens.keep(token, (at or self._server.world.now()) + TOKEN_LIFETIME)
        return token

    def named(self, number: int) -> str | None:
        """What the message of that number is called."""
        return self._numbers.find(str(number))

    def write(
        self,
        text: str,
        *,
        author: Said,
        answers: str | None = None,
        mentions: Sequence[Said] = (),
        at: datetime | None = None,
        number: int | None = None,
        pictures: Sequence[str] = (),
    ) -> str:
        """Something is said in the channel; its id."""
        message_id = self.snowflake(at, number)
        if number is not None:
            self._numbers.keep(str(number), message_id)
        self.meet(str(author["id"]))
        self._keep(message_id, self._app.channel_id, text, author=author, at=at, answers=answers)
        found = self._said.find(message_id) or {}
        found["mentions"] = list(mentions)
        found["attachments"] = [
            {"id": message_id, "url": url, "content_type": "image/jpeg", "filename": "1.jpg"} for url in pictures
        ]
        return message_id

    def edit(self, number: int, text: str, *, at: datetime | None) -> None:
        """Somebody changes what they wrote."""
        found = self._said.find(self.named(number) or "")
        if found is not None:
            moment = at or self._server.world.now()
            found |= {"content": text, "edited_timestamp": moment.isoformat()}

    def remove(self, number: int) -> None:
        """Somebody deletes what they wrote."""
        self._said.forget(self.named(number) or "")

    def routes(self) -> Sequence[Route]:
        """What of the API is played."""
        message = "/channels/{channel_id}/messages/{message_id}"
        table: Mapping[tuple[str, str], Callable[[Call], Awaitable[object]]] = {
            ("GET", "/users/@me"): self._me,
            ("POST", "/users/@me/channels"): self._open_chat,
            ("GET", "/channels/{channel_id}/messages"): self._list,
            ("POST", "/channels/{channel_id}/messages"): self._say,
            ("DELETE", message): self._delete,
            ("PUT", message + "/reactions/{emoji}/@me"): self._like,
            ("DELETE", message + "/reactions/{emoji}/@me"): self._unlike,
            ("POST", "/webhooks/{application_id}/{token}"): self._follow_up,
            ("GET", "/applications/@me"): self._app_settings,
            ("PATCH", "/applications/@me"): self._change_settings,
        }
        return [Route(path, self._answering(action), methods=[method]) for (method, path), action in table.items()]

    def _answering(self, action: Callable[[Call], Awaitable[object]]) -> Callable[[Call], Any]:
        async def answer(call: Call) -> Response:
            ledger = self._server.ledger
            ledger.asked += 1
            try:
                self._authorise(call)
                found = await action(call)
            except DiscordRefusal as refusal:
                ledger.refuse(str(refusal.code or refusal.status))
                return refusal.answer()
            return Response(status_code=204) if found is None else JSONResponse(found)

        return answer

    def _authorise(self, call: Call) -> None:
        if not call.headers.get("user-agent", "").startswith("DiscordBot ("):
            raise DiscordRefusal(403, "error code: 1010")
        by_token = call.url.path.rpartition("/webhooks/")[1]
        if not by_token and call.headers.get("authorization") != f"Bot {self._app.bot_token}":
            raise DiscordRefusal(401, "401: Unauthorized")

    async def _me(self, _: Call) -> object:
        return self.us()

    async def _open_chat(self, call: Call) -> object:
        person = str((await _json_of(call)).get("recipient_id", ""))
        if person not in self._people and (self._server.world.strict or not person.isdigit()):
            raise DiscordRefusal(400, "Invalid Recipient(s)", code=50033)
        return {"id": f"7{person}", "type": 1}

    async def _list(self, call: Call) -> object:
        if call.path_params["channel_id"] != self._app.channel_id:
            raise DiscordRefusal(404, "Unknown Channel", code=10003)
        before, limit = call.query_params.get("before", ""), int(call.query_params.get("limit", "50"))
        there = [one for one in self._said.newest_first() if one["channel_id"] == self._app.channel_id]
        older = [one for one in there if not before or int(one["id"]) < int(before)]
        return sorted(older, key=_number, reverse=True)[: min(limit, _LONGEST_PAGE)]

    async def _say(self, call: Call) -> object:
        channel, body = call.path_params["channel_id"], await _json_of(call)
        self._check_channel(channel)
        text = _text_of(body)
        window = self._windows.find(channel) or Window(count=5, per=timedelta(seconds=5))
        self._windows.keep(channel, window)
        now = self._server.world.now()
        if not window.spend(now):
            pause = (window.resets_at(now) - now).total_seconds()
            raise DiscordRefusal(429, "You are being rate limited.", retry_after=pause)
        answered = (body.get("message_reference") or {}).get("message_id")
        return self._spoken(channel, text, answers=answered, is_public=channel == self._app.channel_id)

    async def _follow_up(self, call: Call) -> object:
        token, body = call.path_params["token"], await _json_of(call)
        until = self._tokens.find(token)
        if until is None or call.path_params["application_id"] != self._app.application_id:
            raise DiscordRefusal(404, "Unknown Webhook", code=10015)
        if self._server.world.now() >= until:
            raise DiscordRefusal(401, "Invalid Webhook Token", code=50027)
        return self._spoken(f"by {token}", _text_of(body), answers=None, is_public=False)

    def _spoken(self, place: str, text: str, *, answers: str | None, is_public: bool) -> Said:
        message_id = self.snowflake(None)
        self._keep(message_id, place, text, author=self.us(), at=None, answers=answers)
        self._server.take(message_id, target=answers or place, text=text, is_public=is_public)
        return {"id": message_id, "channel_id": place, "content": text}

    def _keep(
        self, message_id: str, channel: str, text: str, *, author: Said, at: datetime | None, answers: str | None
    ) -> None:
        moment = at or self._server.world.now()
        part: Said = {
            "id": message_id,
            "type": 19 if answers else 0,
            "channel_id": channel,
            "author": author,
            "content": text,
            "timestamp": moment.isoformat(),
            "edited_timestamp": None,
            "mentions": [],
            "attachments": [],
        }
        self._said.keep(message_id, part | ({"message_reference": {"message_id": answers}} if answers else {}))

    def _check_channel(self, channel: str) -> None:
        if channel == self._app.channel_id:
            return
        person = channel.removeprefix("7")
        if person in self.closed:
            raise DiscordRefusal(403, "Cannot send messages to this user", code=50007)
        if person not in self._people and self._server.world.strict:
            raise DiscordRefusal(404, "Unknown Channel", code=10003)

    async def _delete(self, call: Call) -> None:
        if self._said.forget(call.path_params["message_id"]) is None:
            raise DiscordRefusal(404, "Unknown Message", code=10008)

    async def _like(self, call: Call) -> None:
        self.thumbs.add(call.path_params["message_id"])

    async def _unlike(self, call: Call) -> None:
        self.thumbs.discard(call.path_params["message_id"])

    async def _app_settings(self, _: Call) -> object:
        return {"id": self._app.application_id, **self.settings}

    async def _change_settings(self, call: Call) -> object:
        self.settings |= await _json_of(call)
        return await self._app_settings(call)


def _number(part: Said) -> int:
    return int(part["id"])


def _text_of(body: Mapping[str, Any]) -> str:
    text = body.get("content")
    if not isinstance(text, str) or not (text or body.get("embeds")):
        raise DiscordRefusal(400, "Cannot send an empty message", code=50006)
    if len(text) > _LONGEST_TEXT:
        raise DiscordRefusal(400, "Invalid Form Body", code=50035)
    return text


async def _json_of(call: Call) -> Mapping[str, Any]:
    try:
        body = json.loads(await call.body())
    except ValueError as error:
        raise DiscordRefusal(400, "The request body contains invalid JSON.", code=50109) from error
    return body if isinstance(body, dict) else {}
