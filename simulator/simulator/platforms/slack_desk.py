"""Slack's Web API: saying and taking back, who people are, and what was said in each channel."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.platforms.memory import Memory, Window
from simulator.platforms.platform import Platform

_LONGEST_TEXT = 40_000
_PAGE = 200
_BURST = 5

Message = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackApp:
    """What the app's settings show."""

    team_id: str = "T1048576000"
    app_id: str = "A1048576000"
    bot_user_id: str = "U1048575999"
    bot_id: str = "B1048575999"
    channel_id: str = "C1048576000"
    signing_secret: str = "0f1e2d3c4b5a69788796a5b4c3d2e1f1"  # noqa: S105 - a played platform's
    bot_token: str = "xoxb-simulated-bot-token"  # noqa: S105 - made up


class SlackRefusal(Exception):
    """Slack says no, with HTTP 200 and a word."""

    def __init__(self, error: str, *, status: int = 200, retry_after_seconds: int | None = None) -> None:
        super().__init__(error)
        self.status, self.retry_after_seconds = status, retry_after_seconds

    def answer(self) -> Response:
        """The refusal as Slack words it."""
        wait = {} if self.retry_after_seconds is None else {"retry-after": str(self.retry_after_seconds)}
        return JSONResponse({"ok": False, "error": str(self)}, self.status, headers=wait)


class Desk:
    """Answers one app's calls, and remembers what was said: to its hook, or only here."""

    def __init__(self, workspace: Platform, app: SlackApp, *, echo_of: Callable[[Message, str], None]) -> None:
        self._workspace, self._app, self._echo = workspace, app, echo_of
        self._names: Memory[str] = Memory()
        self._said: Memory[tuple[str, Message]] = Memory()
        self._numbers: Memory[str] = Memory()
        self._responses: Memory[int] = Memory()
        self._windows: Memory[Window] = Memory()
        self.reactions: list[tuple[str, str, bool]] = []
        self.asked_for: list[str] = []

    def meet(self, user_id: str, name: str) -> None:
        """Somebody is in the workspace."""
        self._names.keep(user_id, name)

    def private(self, user_id: str) -> str:
        """The channel between somebody and the app."""
        return f"D{user_id[1:]}"

    def number(self, number: int, ts: str) -> None:
        """What the happening of that number is called here."""
        self._numbers.keep(str(number), ts)

    def keep(self, part: Message, *, channel: str) -> None:
        """Something was said, or changed."""
        self._said.keep(part["ts"], (channel, part))

    def found(self, number: int) -> dict[str, Any] | None:
        """The message of that number, as it is now."""
        found = self._said.find(self._numbers.find(str(number)) or "")
        return dict(found[1]) if found else None

    def root_of(self, number: int) -> str | None:
        """The thread that an answer to the message of that number goes into."""
        found = self.found(number)
        return str(found.get("thread_ts") or found["ts"]) if found else None

    def forget(self, ts: str) -> None:
        """Something was deleted."""
        self._said.forget(ts)

    def open_response(self) -> str:
        """The end of an address to which a command may be answered five times."""
        key = f"{self._workspace.world.number()}"
        self._responses.keep(key, 5)
        return key

    def routes(self) -> Sequence[Route]:
        """What of the Web API is played."""
        methods: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, object]]] = {
            "auth.test": lambda _: {"user_id": self._app.bot_user_id, "bot_id": self._app.bot_id},
            "chat.postMessage": self._post,
            "chat.delete": self._delete,
            "reactions.add": lambda asked: self._react(asked, has_come=True),
            "reactions.remove": lambda asked: self._react(asked, has_come=False),
            "users.info": self._user,
            "users.conversations": self._conversations,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }
        called = [
            Route(f"/{name}", self._answering(name, action), methods=["GET", "POST"])
            for name, action in methods.items()
        ]
        return [*called, Route("/commands/{team_id}/{key}", self._respond, methods=["POST"])]

    def _answering(
        self, name: str, action: Callable[[Mapping[str, Any]], Mapping[str, object]]
    ) -> Callable[[Call], Awaitable[Response]]:
        async def answer(call: Call) -> Response:
            ledger = self._workspace.ledger
            ledger.asked += 1
            self.asked_for.append(name)
            del self.asked_for[:-1_000]
            try:
                self._authorise(call)
                return JSONResponse({"ok": True, **action(await _arguments(call))})
            except SlackRefusal as refusal:
                ledger.refuse(str(refusal))
                return refusal.answer()

        return answer

    def _authorise(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {self._app.bot_token}":
            raise SlackRefusal("invalid_auth")

    def _post(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        text = asked.get("text")
        if not isinstance(text, str) or not (text or asked.get("blocks")):
            raise SlackRefusal("no_text")
        if len(text) > _LONGEST_TEXT:
            raise SlackRefusal("msg_too_long")
        channel, now = self._channel(asked), self._workspace.world.now()
        window = self._windows.find(channel) or Window(count=_BURST, per=timedelta(seconds=1))
        self._windows.keep(channel, window)
        if not window.spend(now):
            raise SlackRefusal("ratelimited", status=429, retry_after_seconds=1)
        ts = f"{int(now.timestamp())}.{self._workspace.world.number() % 1_000_000:06d}"
        thread = asked.get("thread_ts")
        us = {"user": self._app.bot_user_id, "bot_id": self._app.bot_id, "app_id": self._app.app_id}
        part = {"type": "message", **us, "text": text, "ts": ts, **({"thread_ts": thread} if thread else {})}
        target = f"{channel}:{thread}" if thread else channel
        is_public = not channel.startswith("D")
        self._workspace.take(f"{channel}:{ts}", target=target, text=_plain(text), is_public=is_public)
        self._echo(part, channel)
        return {"channel": channel, "ts": ts, "message": part}

    def _channel(self, asked: Mapping[str, Any]) -> str:
        channel = str(asked.get("channel", ""))
        if channel.startswith("U"):
            # Somebody's own id stands for the chat with them.
            channel = self.private(channel)
        is_known = channel == self._app.channel_id or f"U{channel[1:]}" in self._names
        if not is_known and (self._workspace.world.strict or channel[:1] not in {"C", "D", "G"}):
            raise SlackRefusal("channel_not_found")
        return channel

    def _delete(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        ts = str(asked.get("ts", ""))
        found = self._said.find(ts)
        if found is None:
            raise SlackRefusal("message_not_found")
        if found[1].get("bot_id") != self._app.bot_id:
            raise SlackRefusal("cant_delete_message")
        self._said.forget(ts)
        return {"channel": asked.get("channel"), "ts": ts}

    def _react(self, asked: Mapping[str, Any], *, has_come: bool) -> Mapping[str, object]:
        name = f"{asked.get('channel')}:{asked.get('timestamp')}"
        is_there = bool(last := [one for at, _, one in self.reactions if at == name]) and last[-1]
        if is_there is has_come:
            raise SlackRefusal("already_reacted" if has_come else "no_reaction")
        self.reactions.append((name, str(asked.get("name")), has_come))
        return {}

    def _user(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        name = self._names.find(str(asked.get("user")))
        if name is None:
            raise SlackRefusal("user_not_found")
        return {"user": {"id": asked["user"], "name": name, "real_name": name}}

    def _conversations(self, _: Mapping[str, Any]) -> Mapping[str, object]:
        known = {channel for channel, _ in self._said.newest_first()} - {self._app.channel_id}
        chats = [{"id": channel, "is_im": True} for channel in sorted(known)]
        return {"channels": [{"id": self._app.channel_id, "is_channel": True, "is_private": False}, *chats]}

    def _history(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        said = [(place, part) for place, part in self._said.newest_first() if place == self._channel(asked)]
        answers = [part for _, part in said if part.get("thread_ts", part["ts"]) != part["ts"]]
        roots = [part for _, part in said if part.get("thread_ts", part["ts"]) == part["ts"]]
        recent = sorted((one for one in roots if one["ts"] >= str(asked.get("oldest", ""))), key=_ts, reverse=True)
        start = int(asked.get("cursor") or 0)
        page = [_with_answers(one, answers) for one in recent[start : start + _PAGE]]
        after = str(start + _PAGE) if start + _PAGE < len(recent) else ""
        return {"messages": page, "has_more": bool(after), "response_metadata": {"next_cursor": after}}

    def _replies(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        root = str(asked.get("ts"))
        said = [part for _, part in self._said.newest_first() if root in {part["ts"], part.get("thread_ts")}]
        if not said:
            raise SlackRefusal("thread_not_found")
        return {"messages": sorted(said, key=_ts)[:_PAGE], "has_more": False}

    async def _respond(self, call: Call) -> Response:
        self._workspace.ledger.asked += 1
        key, body = call.path_params["key"], await _arguments(call)
        left = self._responses.find(key) or 0
        if left == 0:
            return JSONResponse({"ok": False, "error": "used_url"}, 404)
        self._responses.keep(key, left - 1)
        text = _plain(str(body.get("text", "")))
        self._workspace.take(f"response-{key}-{left}", target=key, text=text, is_public=False)
        return Response("ok", media_type="text/plain")


def escaped(text: str) -> str:
    """A text as Slack writes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _ts(part: Message) -> str:
    return str(part["ts"])


def _with_answers(root: Message, answers: Sequence[Message]) -> Message:
    under = [one["ts"] for one in answers if one.get("thread_ts") == root["ts"]]
    if not under:
        return root
    return {**root, "thread_ts": root["ts"], "reply_count": len(under), "latest_reply": max(under)}


async def _arguments(call: Call) -> Mapping[str, Any]:
    if call.method == "GET":
        return dict(call.query_params)
    try:
        body = json.loads(await call.body())
    except ValueError as error:
        raise SlackRefusal("invalid_json") from error
    return body if isinstance(body, dict) else {}
