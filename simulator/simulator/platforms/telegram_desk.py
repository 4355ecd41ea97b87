"""The Bot API: who may be written to, how often, and in which words it says no."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response

from simulator.platforms.platform import Platform

_REMEMBERED = 10_000
_PER_SECOND, _PER_CHAT_AND_SECOND = 30, 5
_LONGEST_TEXT, _LONGEST_CAPTION = 4_096, 1_024
_FILES = {"sendPhoto": "photo", "sendVideo": "video", "sendAudio": "audio", "sendDocument": "document"}
_MESSAGE_IDS = 2_000_000_011


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramApp:
    """What BotFather told the owner, and where the bot is a member."""

    bot_id: int = 7_104_857_600
    bot_username: str = "tanghulu_tea_bot"
    bot_token: str = "7104857600:AAEsimulatedBotTokenNobodyElseHas"  # noqa: S105 - a played platform's
    secret_token: str = "simulated-telegram-secret"  # noqa: S105 - made up
    channel_id: int = -1_001_048_576_001
    group_id: int = -1_001_048_576_002


class BotRefusal(Exception):
    """The Bot API says no."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.parameters = code, parameters

    def answer(self) -> Response:
        """The refusal as the Bot API words it."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": str(self)}
        return JSONResponse(body | ({"parameters": self.parameters} if self.parameters else {}), self.code)


class Desk:
    """Answers one bot's calls. A person must have written first, and must not have stopped the bot."""

    def __init__(self, bot: Platform, app: TelegramApp) -> None:
        self._bot, self._app = bot, app
        self.subscribers = 1_204
        self._started: dict[int, bool] = {}
        self._sent: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)
        self.deleted: deque[str] = deque(maxlen=_REMEMBERED)
        self.reactions: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self.last_error: str | None = None
        self.moved_to: int | None = None
        self.allowed_updates: list[str] = []

    def meet(self, user_id: int) -> None:
        """Somebody wrote to the bot."""
        self._started[user_id] = True
        while len(self._started) > _REMEMBERED:
            del self._started[next(iter(self._started))]

    def lose(self, user_id: int) -> None:
        """Somebody stopped the bot."""
        self._started[user_id] = False

    async def answer(self, call: Call) -> Response:
        """One call, whatever its method."""
        ledger = self._bot.ledger
        ledger.asked += 1
        try:
            self._authorise(call.path_params["token"])
            return JSONResponse({"ok": True, "result": self._do(call.path_params["method"], await _arguments(call))})
        except BotRefusal as refusal:
            ledger.refuse(str(refusal.code))
            return refusal.answer()

    def _authorise(self, token: str) -> None:
        if token != self._app.bot_token:
            well_formed = token.partition(":")[0].isdigit()
            raise BotRefusal(401, "Unauthorized") if well_formed else BotRefusal(404, "Not Found")

    def _do(self, method: str, arguments: Mapping[str, Any]) -> Any:
        if method in _FILES:
            return self._send_file(_FILES[method], arguments)
        methods: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "sendMessage": self._send_text,
            "deleteMessage": self._delete,
            "setMessageReaction": self._react,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._webhook,
            "getChatMemberCount": lambda _: self.subscribers,
        }
        if method not in methods:
            raise BotRefusal(404, "Not Found: method not found")
        return methods[method](arguments)

    def _send_text(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if not arguments.get("text"):
            raise BotRefusal(400, "Bad Request: message text is empty")
        return self._send(arguments, text=arguments["text"], longest=_LONGEST_TEXT)

    def _send_file(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if not str(arguments.get(name, "")).startswith("http"):
            raise BotRefusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return self._send(arguments, text=arguments.get("caption", ""), longest=_LONGEST_CAPTION)

    def _send(self, arguments: Mapping[str, Any], *, text: Any, longest: int) -> Mapping[str, Any]:
        chat_id = self._chat(arguments)
        if not isinstance(text, str) or len(text) > longest:
            raise BotRefusal(400, "Bad Request: message is too long")
        self._count(chat_id)
        message_id = message_id_of(self._bot.world.number())
        answered = (arguments.get("reply_parameters") or {}).get("message_id")
        target = f"{chat_id}:{answered}" if answered else str(chat_id)
        self._bot.take(f"{chat_id}:{message_id}", target=target, text=text, is_public=chat_id < 0)
        now = int(self._bot.world.now().timestamp())
        return {"message_id": message_id, "date": now, "chat": {"id": chat_id}, "text": text}

    def _chat(self, arguments: Mapping[str, Any]) -> int:
        chat_id, app = arguments.get("chat_id"), self._app
        if isinstance(chat_id, str) and chat_id.removeprefix("-").isdigit():
            chat_id = int(chat_id)
        if chat_id in {app.group_id, app.channel_id} and self.moved_to is not None:
            raise BotRefusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved_to,
            )
        if not isinstance(chat_id, int):
            raise BotRefusal(400, "Bad Request: chat not found")
        if chat_id in {app.group_id, app.channel_id, self.moved_to} or self._started.get(chat_id):
            return chat_id
        if self._started.get(chat_id) is False:
            raise BotRefusal(403, "Forbidden: bot was blocked by the user")
        if self._bot.world.strict:
            raise BotRefusal(400, "Bad Request: chat not found")
        return chat_id

    def _count(self, chat_id: int) -> None:
        """Telegram allows about 30 messages a second, and one to each chat, but lets short bursts pass."""
        now = self._bot.world.now().timestamp()
        recent = [chat for at, chat in self._sent if now - at < 1]
        if len(recent) >= _PER_SECOND or recent.count(chat_id) >= _PER_CHAT_AND_SECOND:
            raise BotRefusal(429, "Too Many Requests: retry after 1", retry_after=1)
        self._sent.append((now, chat_id))

    def _delete(self, arguments: Mapping[str, Any]) -> bool:
        name = f"{self._chat(arguments)}:{arguments.get('message_id')}"
        if name in self.deleted:
            raise BotRefusal(400, "Bad Request: message to delete not found")
        self.deleted.append(name)
        return True

    def _react(self, arguments: Mapping[str, Any]) -> bool:
        name = f"{self._chat(arguments)}:{arguments.get('message_id')}"
        feelings = [str(one.get("emoji", "")) for one in arguments.get("reaction", [])]
        self.reactions.append((name, "".join(feelings)))
        return True

    def _set_webhook(self, arguments: Mapping[str, Any]) -> bool:
        url = str(arguments.get("url", ""))
        if arguments.get("secret_token") != self._app.secret_token:
            # The played bot goes on signing as its owner's console shows; another secret would never be right.
            raise BotRefusal(400, "Bad Request: secret token contains unallowed characters")
        self._bot.hook = url or None
        self.allowed_updates = [str(one) for one in arguments.get("allowed_updates", [])]
        return True

    def _webhook(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        info: dict[str, Any] = {"url": self._bot.hook or "", "has_custom_certificate": False, "pending_update_count": 0}
        if self.last_error is not None:
            now = int(self._bot.world.now().timestamp())
            info |= {"pending_update_count": 3, "last_error_date": now, "last_error_message": self.last_error}
        return info


async def _arguments(call: Call) -> Mapping[str, Any]:
    body = await call.body()
    try:
        found = json.loads(body) if body else dict(call.query_params)
    except ValueError as error:
        raise BotRefusal(400, "Bad Request: can't parse the request") from error
    return found if isinstance(found, dict) else {}


def message_id_of(number: int) -> int:
    """A message's number in its chat."""
    return number % _MESSAGE_IDS + 1
