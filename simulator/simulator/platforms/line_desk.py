"""LINE's Messaging API: reply tokens, retry keys, profiles, followers, and where the webhook goes."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.platforms.memory import Memory
from simulator.platforms.platform import Platform

GROUP_ID = "C104857600010485760001048576000104"
TOKEN_LIFETIME = timedelta(minutes=1)

_LONGEST_TEXT = 5_000
_MOST_MESSAGES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class LINEApp:
    """What the channel's console shows."""

    bot_id: str = "U104857600010485760001048576000104"
    channel_secret: str = "3f1e2d3c4b5a69788796a5b4c3d2e1f3"  # noqa: S105 - a played platform's
    channel_access_token: str = "simulatedChannelAccessToken"  # noqa: S105 - made up


class LINERefusal(Exception):
    """The API says no."""

    def __init__(self, status: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.more = status, more

    def answer(self) -> Response:
        """The refusal as LINE words it."""
        return JSONResponse({"message": str(self), **self.more}, self.status)


class Desk:
    """Answers one account's calls. `quota` is how many pushes the month still allows."""

    def __init__(self, account: Platform, app: LINEApp) -> None:
        self._account, self._app = account, app
        self._tokens: Memory[datetime] = Memory()
        self._names: Memory[str] = Memory()
        self._pushed: Memory[list[dict[str, str]]] = Memory()
        self.quota = 1_000_000
        self.followers, self.blocks, self.is_counted = 5_120, 120, True
        self.is_webhook_used = True
        self.pushes = 0

    def meet(self, user_id: str, name: str) -> None:
        """Somebody did something, and can be written to from now on."""
        self._names.keep(user_id, name)

    def new_token(self, at: datetime) -> str:
        """A token for what happened at that moment."""
        token = f"{self._account.world.number():032x}"
        self._tokens.keep(token, at + TOKEN_LIFETIME)
        return token

    def routes(self) -> Sequence[Route]:
        """What of the API is played."""
        table: Mapping[tuple[str, str], Callable[[Call], Awaitable[Mapping[str, object]]]] = {
            ("POST", "/v2/bot/message/reply"): self._reply,
            ("POST", "/v2/bot/message/push"): self._push,
            ("GET", "/v2/bot/profile/{user_id}"): self._profile,
            ("GET", "/v2/bot/group/{group_id}/member/{user_id}"): self._profile,
            ("GET", "/v2/bot/insight/followers"): self._followers,
            ("GET", "/v2/bot/channel/webhook/endpoint"): self._webhook,
            ("PUT", "/v2/bot/channel/webhook/endpoint"): self._set_webhook,
        }
        return [Route(path, self._answering(action), methods=[method]) for (method, path), action in table.items()]

    def _answering(self, action: Callable[[Call], Awaitable[Mapping[str, object]]]) -> Callable[[Call], Any]:
        async def answer(call: Call) -> Response:
            ledger = self._account.ledger
            ledger.asked += 1
            try:
                self._authorise(call)
                return JSONResponse(await action(call))
            except LINERefusal as refusal:
                ledger.refuse(str(refusal.status))
                return refusal.answer()

        return answer

    def _authorise(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {self._app.channel_access_token}":
            raise LINERefusal(401, "Authentication failed. Confirm that the access token is valid.")

    async def _reply(self, call: Call) -> Mapping[str, object]:
        body = await _json_of(call)
        if "x-line-retry-key" in call.headers:
            raise LINERefusal(400, "The retry key is not supported by this API")
        texts = _texts(body)
        until = self._tokens.find(str(body.get("replyToken")))
        if until is None or self._account.world.now() > until:
            raise LINERefusal(400, "Invalid reply token")
        token = str(body["replyToken"])
        self._tokens.forget(token)
        return {"sentMessages": self._say(token, texts, key=None)}

    async def _push(self, call: Call) -> Mapping[str, object]:
        body, key = await _json_of(call), call.headers.get("x-line-retry-key")
        before = None if key is None else self._pushed.find(key)
        if before is not None:
            raise LINERefusal(409, "The retry key is already accepted", sentMessages=before)
        to, texts = str(body.get("to", "")), _texts(body)
        if to != GROUP_ID and to not in self._names and (self._account.world.strict or not to.startswith("U")):
            raise LINERefusal(400, "Failed to send messages")
        if self.pushes >= self.quota:
            raise LINERefusal(429, "You have reached your monthly limit.")
        self.pushes += 1
        sent = self._say(to, texts, key=key)
        if key is not None:
            self._pushed.keep(key, sent)
        return {"sentMessages": sent}

    def _say(self, target: str, texts: Sequence[str], *, key: str | None) -> list[dict[str, str]]:
        sent = []
        for text in texts:
            message_id = str(self._account.world.number())
            self._account.take(message_id, target=target, text=text, is_public=target == GROUP_ID, key=key)
            sent.append({"id": message_id, "quoteToken": f"q{message_id}"})
        return sent

    async def _profile(self, call: Call) -> Mapping[str, object]:
        user_id = call.path_params["user_id"]
        name = self._names.find(user_id)
        if name is None:
            raise LINERefusal(404, "Not found")
        return {"userId": user_id, "displayName": name}

    async def _followers(self, call: Call) -> Mapping[str, object]:
        if not call.query_params.get("date", "").isdigit():
            raise LINERefusal(400, "The value for the 'date' parameter is invalid")
        if not self.is_counted:
            return {"status": "unready"}
        return {"status": "ready", "followers": self.followers, "targetedReaches": 900, "blocks": self.blocks}

    async def _webhook(self, _: Call) -> Mapping[str, object]:
        if self._account.hook is None:
            raise LINERefusal(404, "Webhook endpoint not found")
        return {"endpoint": self._account.hook, "active": self.is_webhook_used}

    async def _set_webhook(self, call: Call) -> Mapping[str, object]:
        self._account.hook = str((await _json_of(call)).get("endpoint", "")) or None
        return {}


def _texts(body: Mapping[str, Any]) -> Sequence[str]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not 1 <= len(messages) <= _MOST_MESSAGES:
        raise LINERefusal(400, "The request body has 1 error(s)", details=[{"message": "Size must be between 1 and 5"}])
    texts = [str(one.get("text") or one.get("originalContentUrl") or "") for one in messages]
    if not all(texts) or any(len(text) > _LONGEST_TEXT for text in texts):
        raise LINERefusal(400, "The request body has 1 error(s)", details=[{"message": "May not be empty"}])
    return texts


async def _json_of(call: Call) -> Mapping[str, Any]:
    try:
        body = json.loads(await call.body())
    except ValueError as error:
        raise LINERefusal(400, "The request body could not be parsed as JSON") from error
    return body if isinstance(body, dict) else {}
