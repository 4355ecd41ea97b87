"""A page's Messenger inbox: private messages, told as `messaging` elements."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from starlette.requests import Request as Call

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import MIA, Person
from simulator.platforms.meta import GraphRefusal, MetaPlatform, parameters_of

WINDOW = timedelta(hours=24)


class MessengerInbox(MetaPlatform):
    """The private side of a page."""

    platform = "messenger"
    habits = MappingProxyType({Kind.MESSAGE: 92, Kind.REACTION: 5, Kind.EDIT: 3})
    chinese_share = 0.35

    def message(
        self,
        text: str,
        *,
        author: Person = MIA,
        at: datetime | None = None,
        number: int | None = None,
        reply_to: str | None = None,
        image: str | None = None,
    ) -> Delivery:
        """Somebody writes to the page."""
        mid = self.message_id(number or self.world.number())
        message: dict[str, Any] = {"mid": mid}
        if text:
            message["text"] = text
        if reply_to is not None:
            message["reply_to"] = {"mid": reply_to}
        if image is not None:
            message["attachments"] = [{"type": "image", "payload": {"url": image}}]
        return self._from_person(author, {"message": message}, mid, at)

    def message_edited(
        self, mid: str, text: str, *, author: Person = MIA, at: datetime | None = None, turn: int = 1
    ) -> Delivery:
        """Somebody changes what they wrote."""
        return self._from_person(author, {"message_edit": {"mid": mid, "text": text, "num_edit": turn}}, mid, at)

    def reaction(
        self,
        mid: str,
        *,
        author: Person = MIA,
        at: datetime | None = None,
        is_removed: bool = False,
    ) -> Delivery:
        """Somebody puts a heart on a message, or takes it away."""
        part = {"mid": mid, "action": "unreact" if is_removed else "react", "reaction": "love", "emoji": "❤"}
        return self._from_person(author, {"reaction": part}, mid, at)

    def read(self, *, author: Person = MIA, at: datetime | None = None) -> Delivery:
        """Somebody has read everything up to now."""
        watermark = int(self.world.now().timestamp() * 1000)
        return self._from_person(author, {"read": {"watermark": watermark}}, author.meta_id, at)

    def sent_elsewhere(self, text: str, *, person: Person = MIA) -> Delivery:
        """The echo of a message that the page's owner sent from another app."""
        return self.echo_of(self.message_id(self.world.number()), person=person.meta_id, text=text)

    def tell(self, happening: Happening) -> Delivery | None:
        mid = self.message_id(happening.number)
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(
                    happening.text,
                    author=happening.person,
                    at=happening.at,
                    number=happening.number,
                    image=happening.picture,
                )
            case Kind.EDIT:
                return self.message_edited(mid, happening.text, author=happening.person, at=happening.at)
            case Kind.REACTION if happening.parent_number is not None:
                liked = self.message_id(happening.parent_number)
                return self.reaction(liked, author=happening.person, at=happening.at)
        return None

    def message_id(self, number: int) -> str:
        """A message's id."""
        return f"m_{number:x}"

    async def add_comment(self, call: Call) -> Mapping[str, str]:
        raise GraphRefusal("Unsupported post request. Object does not exist", code=100, subcode=33)

    async def send_message(self, call: Call) -> Mapping[str, str]:
        parameters = await parameters_of(call)
        person = str((parameters.get("recipient") or {}).get("id", ""))
        text = (parameters.get("message") or {}).get("text")
        if not isinstance(text, str) or not text:
            raise GraphRefusal("Param message must be non-empty", code=100)
        self._check_window(person)
        mid = f"m_{self.world.number():x}"
        self.take(mid, target=person, text=text, is_public=False)
        self.echo(self.echo_of(mid, person=person, text=text))
        return {"recipient_id": person, "message_id": mid}

    def _check_window(self, person: str) -> None:
        heard = self.last_heard.get(person)
        if heard is None and (self.world.strict or not person.isdigit()):
            raise GraphRefusal("No matching user found", code=100, subcode=2018001)
        if heard is not None and self.world.now() - heard > WINDOW:
            raise GraphRefusal("This message is sent outside of allowed window.", code=10, subcode=2018278)

    def _from_person(self, author: Person, part: Mapping[str, Any], object_id: str, at: datetime | None) -> Delivery:
        moment = at or self.world.now()
        if "message" in part:
            self.last_heard[author.meta_id] = max(moment, self.last_heard.get(author.meta_id, moment))
        element = {
            "sender": {"id": author.meta_id},
            "recipient": {"id": self.app.page_id},
            "timestamp": int(moment.timestamp() * 1000),
            **part,
        }
        return self.entry({"messaging": [element]}, object_id, in_milliseconds=True)
