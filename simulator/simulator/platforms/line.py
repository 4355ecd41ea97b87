"""A LINE Official Account: signed events that name people by ids alone, reply tokens that work once, pushes."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import XIAOYU, Person
from simulator.platforms.line_desk import GROUP_ID, Desk, LINEApp
from simulator.platforms.platform import Platform, Retries, Surroundings

_JSON = "application/json"
_MINUTE = 60.0


class LINEAccount(Platform):
    """An Official Account with private chats and one group, for which redelivery is switched on."""

    platform = "line"
    habits = MappingProxyType({Kind.MESSAGE: 78, Kind.MENTION: 7, Kind.FOLLOW: 9, Kind.EDIT: 4, Kind.REMOVAL: 2})
    chinese_share = 0.6
    # How often LINE redelivers is its own business; these steps are ours.
    retries = Retries(pauses_seconds=(_MINUTE, 5 * _MINUTE, 30 * _MINUTE), timeout_seconds=2)

    def __init__(
        self, app: LINEApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or LINEApp()
        super().__init__(external_id=self.app.bot_id, name=name, surroundings=surroundings)
        self.desk = Desk(self, self.app)

    def credentials(self) -> dict[str, str]:
        return {"channel_secret": self.app.channel_secret, "channel_access_token": self.app.channel_access_token}

    def handshake(self) -> None:
        return None

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        signature = line_signature(delivery.content, channel_secret=self.app.channel_secret)
        headers = {"content-type": _JSON, "user-agent": "LineBotWebhook/2.0", "x-line-signature": signature}
        return Request(headers=headers, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200

    def verification(self) -> Delivery:
        """What the console's button sends: no event at all."""
        return self._delivery([], ("verification",))

    def message(
        self,
        text: str,
        *,
        author: Person = XIAOYU,
        at: datetime | None = None,
        number: int | None = None,
        image: str | None = None,
    ) -> Delivery:
        """Somebody writes to the account."""
        return self._told(self._message(text, image=image, number=number), author=author, at=at)

    def mention(
        self, text: str, *, author: Person = XIAOYU, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody means the account in the group, by its number; its name is not part of what they wrote."""
        message = self._message(text, number=number)
        named = {"index": 0, "length": 1, "type": "user", "userId": self.app.bot_id, "isSelf": True}
        return self._told({**message, "mention": {"mentionees": [named]}}, author=author, at=at, is_in_group=True)

    def edited(self, text: str, *, number: int, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody changes what they wrote."""
        return self._event(
            "messageEdited", {"message": self._message(text, number=number)}, str(number), author=author, at=at
        )

    def unsent(self, *, number: int, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody takes back what they wrote."""
        return self._event("unsend", {"unsend": {"messageId": str(number)}}, str(number), author=author, at=at)

    def follow(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody adds the account as a friend."""
        part = {"follow": {"isUnblocked": False}, "replyToken": self.desk.new_token(at or self.world.now())}
        return self._event("follow", part, self.user_id(author), author=author, at=at)

    def unfollow(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody blocks the account."""
        return self._event("unfollow", {}, self.user_id(author), author=author, at=at)

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number, text = happening.person, happening.at, happening.number, happening.text
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(text, author=person, at=at, number=number, image=happening.picture)
            case Kind.MENTION:
                return self.mention(text, author=person, at=at, number=number)
            case Kind.EDIT:
                return self.edited(text, number=number, author=person, at=at)
            case Kind.REMOVAL:
                return self.unsent(number=number, author=person, at=at)
            case Kind.FOLLOW:
                return self.follow(author=person, at=at)
        return None

    def user_id(self, person: Person) -> str:
        """A person's id, another at every provider."""
        digest = hashlib.sha256(f"{self.app.bot_id}/{person.number}".encode()).hexdigest()
        return f"U{digest[:32]}"

    def routes(self) -> Sequence[Route]:
        return self.desk.routes()

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = JSONResponse({"message": "The API rate limit has been exceeded. Try again later."}, 429)
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return JSONResponse({"message": "Internal server error"}, 500)

    def _message(self, text: str, *, number: int | None, image: str | None = None) -> dict[str, Any]:
        message_id = str(number or self.world.number())
        # A picture comes without words; what would have been said with it is a message of its own.
        if image is None or text:
            return {"id": message_id, "type": "text", "quoteToken": f"q{message_id}", "text": text}
        provider = {"type": "external", "originalContentUrl": image, "previewImageUrl": image}
        return {"id": message_id, "type": "image", "contentProvider": provider, "quoteToken": f"q{message_id}"}

    def _told(
        self, message: Mapping[str, Any], *, author: Person, at: datetime | None, is_in_group: bool = False
    ) -> Delivery:
        part = {"message": message, "replyToken": self.desk.new_token(at or self.world.now())}
        return self._event("message", part, str(message["id"]), author=author, at=at, is_in_group=is_in_group)

    def _event(
        self,
        name: str,
        part: Mapping[str, Any],
        object_id: str,
        *,
        author: Person,
        at: datetime | None,
        is_in_group: bool = False,
    ) -> Delivery:
        user_id = self.user_id(author)
        self.desk.meet(user_id, author.name)
        source = {"type": "group", "groupId": GROUP_ID} if is_in_group else {"type": "user"}
        event = {
            "type": name,
            "mode": "active",
            "timestamp": int((at or self.world.now()).timestamp() * 1000),
            "source": {**source, "userId": user_id},
            "webhookEventId": f"01{self.world.number():024X}",
            "deliveryContext": {"isRedelivery": False},
            **part,
        }
        return self._delivery([event], (object_id,))

    def _delivery(self, events: Sequence[Mapping[str, Any]], object_ids: tuple[str, ...]) -> Delivery:
        body = {"destination": self.app.bot_id, "events": events}
        return Delivery(
            sender=self.name,
            id=f"line-{self.world.number()}",
            content=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            content_type=_JSON,
            object_ids=object_ids,
        )


def line_signature(body: bytes, *, channel_secret: str) -> str:
    """The value of x-line-signature."""
    return base64.b64encode(hmac.new(channel_secret.encode(), body, hashlib.sha256).digest()).decode()
