"""Private messages at Meta, of a page or an Instagram account, told as `messaging` elements."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from starlette.requests import Request as Call

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import BRAND_NAME, MIA, Person
from simulator.platforms.meta import Action, GraphRefusal, MetaApp, MetaPlatform, count_in, parameters_of
from simulator.platforms.meta_memory import Item, Memory, inner_limit, page_of, time_text
from simulator.platforms.platform import Surroundings

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)

_OUTSIDE = "This message is sent outside of allowed window."


class MetaInbox(MetaPlatform):
    """An inbox, whosever it is. Only an account with an inbox of its own is asked for its conversations."""

    message_prefix: ClassVar[str] = "m_"
    outside_subcode: ClassVar[int] = 2018278

    def __init__(
        self, app: MetaApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        super().__init__(app, name=name, surroundings=surroundings)
        self.conversations = Memory()
        # Who may be written to, with the moment they last wrote.
        self.last_heard: dict[str, datetime] = {}

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
        """Somebody writes to the account."""
        mid = self.message_id(number or self.world.number())
        message: dict[str, Any] = {"mid": mid}
        if text:
            message["text"] = text
        if reply_to is not None:
            message["reply_to"] = {"mid": reply_to}
        if image is not None:
            message["attachments"] = [{"type": "image", "payload": {"url": image}}]
        moment = at or self.world.now()
        self.last_heard[author.meta_id] = max(moment, self.last_heard.get(author.meta_id, moment))
        self._remember(mid, text, person=author.meta_id, at=moment, image=image)
        return self._from_person(author, {"message": message}, mid, moment)

    def message_edited(
        self, mid: str, text: str, *, author: Person = MIA, at: datetime | None = None, turn: int = 1
    ) -> Delivery:
        """Somebody changes what they wrote."""
        known = self.conversations.find(mid)
        if known is not None:
            known.fields["message"] = text
        return self._from_person(author, {"message_edit": {"mid": mid, "text": text, "num_edit": turn}}, mid, at)

    def message_deleted(self, mid: str, *, author: Person = MIA, at: datetime | None = None) -> Delivery:
        """Somebody takes back what they wrote."""
        self.conversations.drop(mid)
        return self._from_person(author, {"message": {"mid": mid, "is_deleted": True}}, mid, at)

    def message_reaction(
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
        """The echo of a message that the account's owner sent from another app."""
        mid = self.message_id(self.world.number())
        self._remember(mid, text, person=person.meta_id, at=self.world.now(), is_own=True)
        return self.echo_of(mid, person=person.meta_id, text=text)

    def tell_message(self, happening: Happening) -> Delivery | None:
        """A happening among messages, in Meta's words."""
        person, at = happening.person, happening.at
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(
                    happening.text, author=person, at=at, number=happening.number, image=happening.picture
                )
            case Kind.EDIT:
                return self.message_edited(self.message_id(happening.number), happening.text, author=person, at=at)
            case Kind.REMOVAL:
                return self.message_deleted(self.message_id(happening.number), author=person, at=at)
            case Kind.REACTION if happening.parent_number is not None:
                return self.message_reaction(self.message_id(happening.parent_number), author=person, at=at)
        return None

    def message_id(self, number: int) -> str:
        """A message's id."""
        return f"{self.message_prefix}{number:x}"

    def echo_of(self, mid: str, *, person: str, text: str) -> Delivery:
        """What Meta tells of a message that this app sent."""
        message = {"mid": mid, "text": text, "is_echo": True, "app_id": self.app.app_id}
        element = {
            "sender": {"id": self.app.page_id},
            "recipient": {"id": person},
            "timestamp": int(self.world.now().timestamp() * 1000),
            "message": message,
        }
        return self.entry({"messaging": [element]}, mid, in_milliseconds=True)

    def actions(self) -> Sequence[tuple[str, str, Action]]:
        return [
            ("POST", "/me/messages", self.send_message),
            ("GET", "/me/conversations", self._list_conversations),
        ]

    async def send_message(self, call: Call) -> Mapping[str, Any]:
        """POST /me/messages."""
        parameters = await parameters_of(call)
        recipient = parameters.get("recipient") or {}
        person = str(recipient.get("id") or self.author_of(str(recipient.get("comment_id", ""))))
        if "comment_id" not in recipient:
            self._check_window(person, tag=parameters.get("tag"))
        if "sender_action" in parameters:
            return {"recipient_id": person}
        message = parameters.get("message") or {}
        text, attachment = message.get("text"), message.get("attachment")
        if not isinstance(attachment, dict) and (not isinstance(text, str) or not text):
            raise GraphRefusal("Param message must be non-empty", code=100)
        mid, said = self.message_id(self.world.number()), text or ""
        self.take(mid, target=str(recipient.get("comment_id") or person), text=said, is_public=False)
        self._remember(mid, said, person=person, at=self.world.now(), is_own=True)
        self.echo(self.echo_of(mid, person=person, text=said))
        return {"recipient_id": person, "message_id": mid}

    def author_of(self, comment_id: str) -> str:
        """Who wrote a comment. Raises GraphRefusal if there is no such thing here."""
        raise GraphRefusal("No matching user found", code=100, subcode=2018001)

    async def _list_conversations(self, call: Call) -> Mapping[str, Any]:
        limit = inner_limit(call.query_params.get("fields", ""))
        talks = [(group.newest(), group) for group in self.conversations.newest() if group.items]
        talks.sort(key=lambda talk: talk[0][0].at, reverse=True)
        shown = [
            {
                "id": group.id,
                "updated_time": time_text(items[0].at),
                "messages": page_of([item.shown("created_time") for item in items], limit=limit),
            }
            for items, group in talks
        ]
        return dict(page_of(shown, limit=count_in(call), after=call.query_params.get("after")))

    def _check_window(self, person: str, *, tag: object) -> None:
        heard = self.last_heard.get(person)
        if heard is None and (self.world.strict or not person.isdigit()):
            raise GraphRefusal("No matching user found", code=100, subcode=2018001)
        window = HUMAN_WINDOW if tag == "HUMAN_AGENT" and self.app.human_agent else WINDOW
        if heard is not None and self.world.now() - heard > window:
            raise GraphRefusal(_OUTSIDE, code=10, subcode=self.outside_subcode)

    def _remember(
        self, mid: str, text: str, *, person: str, at: datetime, image: str | None = None, is_own: bool = False
    ) -> None:
        ours, theirs = {"name": BRAND_NAME, "id": self.app.page_id}, {"name": person, "id": person}
        author, reader = (ours, theirs) if is_own else (theirs, ours)
        fields: dict[str, Any] = {"from": author, "to": {"data": [reader]}, "message": text}
        if image is not None:
            fields["attachments"] = {"data": [{"id": mid, "image_data": {"url": image}}]}
        group = self.conversations.group(f"t_{person}", at=at)
        self.conversations.put(group, Item(id=mid, group_id=group.id, at=at, fields=fields, author_id=author["id"]))

    def _from_person(self, author: Person, part: Mapping[str, Any], object_id: str, at: datetime | None) -> Delivery:
        element = {
            "sender": {"id": author.meta_id},
            "recipient": {"id": self.app.page_id},
            "timestamp": int((at or self.world.now()).timestamp() * 1000),
            **part,
        }
        return self.entry({"messaging": [element]}, object_id, in_milliseconds=True)
