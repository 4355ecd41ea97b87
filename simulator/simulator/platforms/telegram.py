"""A Telegram bot: updates with a secret in their header, and the Bot API, whose address holds the bot's token.

The brand has a channel; what people say under its posts happens in the group linked to it. A bot hears nothing of what
it says itself.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, BRAND_NAME, MIA, Person, Post
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.telegram_desk import Desk, TelegramApp, message_id_of

_JSON = "application/json"
_FIRST_USER = 5_000_000_000
_EMOJI = {"like": "👍", "love": "❤", "haha": "🤣", "wow": "🤯", "care": "🤗"}


class TelegramBot(Platform):
    """A bot with private chats, a channel, and the channel's discussion group."""

    platform = "telegram"
    habits = MappingProxyType(
        {Kind.MESSAGE: 52, Kind.COMMENT: 26, Kind.MENTION: 8, Kind.REACTION: 7, Kind.FOLLOW: 4, Kind.EDIT: 3}
    )
    chinese_share = 0.3
    # Telegram says only that it gives up after a reasonable number of attempts; the steps are ours.
    retries = Retries(pauses_seconds=(1, 5, 15, 60, 300, 900, 3600), timeout_seconds=30)

    def __init__(
        self, app: TelegramApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or TelegramApp()
        super().__init__(external_id=str(self.app.bot_id), name=name, surroundings=surroundings)
        self.desk = Desk(self, self.app)
        self._updates = self.world.chance.getrandbits(29)

    def credentials(self) -> dict[str, str]:
        return {
            "secret_token": self.app.secret_token,
            "bot_token": self.app.bot_token,
            "bot_username": self.app.bot_username,
            "channel_id": str(self.app.channel_id),
        }

    def handshake(self) -> None:
        return None

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        headers = {"content-type": _JSON, "x-telegram-bot-api-secret-token": self.app.secret_token}
        return Request(headers=headers, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300

    def message(
        self,
        text: str,
        *,
        author: Person = MIA,
        at: datetime | None = None,
        number: int | None = None,
        image: str | None = None,
    ) -> Delivery:
        """Somebody writes to the bot in private."""
        self.desk.meet(self.user_id(author))
        return self._message(text, author=author, chat=self._private(author), at=at, number=number, image=image)

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        parent: int | None = None,
        at: datetime | None = None,
        number: int | None = None,
        image: str | None = None,
    ) -> Delivery:
        """Somebody writes under what the channel published; `parent` is the number of the comment they answer."""
        thread = self.message_id(post.number)
        above = self._post(post) if parent is None else self._above(parent, thread)
        more = {"message_thread_id": thread, "reply_to_message": above}
        return self._message(text, author=author, chat=self._group(), at=at, number=number, image=image, more=more)

    def mention(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody means the bot in the group, by its number; its name is not part of what they wrote."""
        us = {"id": self.app.bot_id, "is_bot": True, "first_name": BRAND_NAME, "username": self.app.bot_username}
        entity = {"type": "text_mention", "offset": 0, "length": 1, "user": us}
        more = {"entities": [entity]}
        return self._message(text, author=author, chat=self._group(), at=at, number=number, more=more)

    def edited(self, told: Delivery, text: str, *, at: datetime | None = None) -> Delivery:
        """Whoever wrote that changes it."""
        part = {**json.loads(told.content)["message"], "text": text, "edit_date": self._seconds(at)}
        return self._update("edited_message", part, told.object_id)

    def follow(self, *, author: Person = MIA, at: datetime | None = None, is_gone: bool = False) -> Delivery:
        """Somebody subscribes to the channel, or leaves it."""
        user = self._user(author)
        was, now = ("member", "left") if is_gone else ("left", "member")
        part = {
            "chat": self._channel(),
            "from": user,
            "date": self._seconds(at),
            "old_chat_member": {"user": user, "status": was},
            "new_chat_member": {"user": user, "status": now},
        }
        return self._update("chat_member", part, str(self.user_id(author)))

    def blocked(self, *, author: Person = MIA, at: datetime | None = None) -> Delivery:
        """Somebody stops the bot, which may then no longer write to them."""
        self.desk.lose(self.user_id(author))
        us = {"id": self.app.bot_id, "is_bot": True, "first_name": BRAND_NAME}
        part = {
            "chat": self._private(author),
            "from": self._user(author),
            "date": self._seconds(at),
            "old_chat_member": {"user": us, "status": "member"},
            "new_chat_member": {"user": us, "status": "kicked", "until_date": 0},
        }
        return self._update("my_chat_member", part, str(self.user_id(author)))

    def reaction(
        self, feeling: str = "like", *, number: int, author: Person = MIA, at: datetime | None = None
    ) -> Delivery:
        """Somebody reacts to the group's message of that number."""
        part = {
            "chat": self._group(),
            "message_id": self.message_id(number),
            "user": self._user(author),
            "date": self._seconds(at),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": _EMOJI.get(feeling, "👍")}],
        }
        return self._update("message_reaction", part, f"{self.app.group_id}:{self.message_id(number)}")

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number, text = happening.person, happening.at, happening.number, happening.text
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(text, author=person, at=at, number=number, image=happening.picture)
            case Kind.MENTION:
                return self.mention(text, author=person, at=at, number=number)
            case Kind.COMMENT | Kind.EDIT:
                told = self.comment(
                    text,
                    author=person,
                    post=happening.post,
                    parent=happening.parent_number,
                    at=at,
                    number=number,
                    image=happening.picture if happening.kind is Kind.COMMENT else None,
                )
                return told if happening.kind is Kind.COMMENT else self.edited(told, text, at=at)
            case Kind.REACTION:
                liked = happening.parent_number or happening.post.number
                return self.reaction(happening.reaction or "like", number=liked, author=person, at=at)
            case Kind.FOLLOW:
                return self.follow(author=person, at=at)
        # Of what is deleted, and of who forwards something elsewhere, Telegram tells a bot nothing.
        return None

    def user_id(self, person: Person) -> int:
        """A person's number, the same for every bot."""
        return _FIRST_USER + person.number

    def message_id(self, number: int) -> int:
        """A message's number in its chat."""
        return message_id_of(number)

    def routes(self) -> Sequence[Route]:
        return [Route("/bot{token}/{method}", self.desk.answer, methods=["GET", "POST"])]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        return _said_no(429, f"Too Many Requests: retry after {retry_after_seconds}", retry_after=retry_after_seconds)

    def says_broken(self) -> Response:
        return _said_no(500, "Internal Server Error")

    def _message(
        self,
        text: str,
        *,
        author: Person,
        chat: Mapping[str, Any],
        at: datetime | None,
        number: int | None,
        image: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Delivery:
        message_id = self.message_id(number or self.world.number())
        part = {
            "message_id": message_id,
            "from": self._user(author),
            "chat": chat,
            "date": self._seconds(at),
            **(more or {}),
        }
        if image is not None:
            part["photo"] = [{"file_id": image, "file_unique_id": "s", "width": 90, "height": 90}]
        if text:
            part["text" if image is None else "caption"] = text
        return self._update("message", part, f"{chat['id']}:{message_id}")

    def _update(self, name: str, part: Mapping[str, Any], object_id: str) -> Delivery:
        self._updates += 1
        body = {"update_id": self._updates, name: part}
        return Delivery(
            sender=self.name,
            id=str(self._updates),
            content=json.dumps(body, separators=(",", ":")).encode(),
            content_type=_JSON,
            object_ids=(object_id,),
        )

    def _seconds(self, at: datetime | None) -> int:
        return int((at or self.world.now()).timestamp())

    def _user(self, person: Person) -> dict[str, Any]:
        return {
            "id": self.user_id(person),
            "is_bot": False,
            "first_name": person.name,
            "language_code": person.language,
        }

    def _private(self, person: Person) -> dict[str, Any]:
        return {"id": self.user_id(person), "first_name": person.name, "type": "private"}

    def _group(self) -> dict[str, Any]:
        return {"id": self.app.group_id, "title": f"{BRAND_NAME} talk", "type": "supergroup"}

    def _channel(self) -> dict[str, Any]:
        return {"id": self.app.channel_id, "title": BRAND_NAME, "type": "channel"}

    def _post(self, post: Post) -> dict[str, Any]:
        return {
            "message_id": self.message_id(post.number),
            "sender_chat": self._channel(),
            "chat": self._group(),
            "date": self._seconds(None),
            "is_automatic_forward": True,
            "text": post.title,
        }

    def _above(self, number: int, thread: int) -> dict[str, Any]:
        return {
            "message_id": self.message_id(number),
            "chat": self._group(),
            "date": self._seconds(None),
            "message_thread_id": thread,
        }


def _said_no(code: int, description: str, *, retry_after: int | None = None) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return JSONResponse(body, code)
