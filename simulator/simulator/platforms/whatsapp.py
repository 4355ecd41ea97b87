"""A number on WhatsApp's Cloud API: messages, told as `changes` of a business account, and their way to the reader."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from starlette.requests import Request as Call

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import MIA, Person
from simulator.platforms.meta import SUCCESS, Action, GraphRefusal, MetaApp, MetaPlatform, parameters_of
from simulator.platforms.platform import Surroundings

NUMBER_ID = "106540352242922"
WINDOW = timedelta(hours=24)

_DISPLAYED = "15550783881"
_BUSINESS_ID = "102290129340398"
_RE_ENGAGEMENT, _UNDELIVERABLE = 131047, 131026
_MOST_PEOPLE = 100_000


class WhatsAppNumber(MetaPlatform):
    """One number. Some people hide theirs: then all that is told of them is an id in the business's eyes."""

    platform = "whatsapp"
    product = "whatsapp_business_account"
    subscribable = frozenset({"messages", "smb_message_echoes"})
    habits = MappingProxyType({Kind.MESSAGE: 93, Kind.EDIT: 4, Kind.REACTION: 3})
    chinese_share = 0.15

    def __init__(
        self, app: MetaApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        super().__init__(app or MetaApp(page_id=NUMBER_ID), name=name, surroundings=surroundings)
        # Who may be written to, by number or id, with the moment they last wrote.
        self.last_heard: dict[str, datetime] = {}

    def message(
        self,
        text: str,
        *,
        author: Person = MIA,
        at: datetime | None = None,
        number: int | None = None,
        image: str | None = None,
        reply_to: str | None = None,
    ) -> Delivery:
        """Somebody writes to the number; a picture is told by an id, and its text is the caption."""
        message_id, moment = self.message_id(number or self.world.number()), at or self.world.now()
        self._hear(author, moment)
        content: dict[str, Any] = {"type": "text", "text": {"body": text}}
        if image is not None:
            media = {"id": str(self.world.number()), "mime_type": "image/jpeg", "sha256": "c2ltdWxhdGVk"}
            content = {"type": "image", "image": media | ({"caption": text} if text else {})}
        if reply_to is not None:
            content["context"] = {"from": _DISPLAYED, "id": reply_to}
        return self._said(author, message_id, content, moment)

    def message_edited(
        self, original_id: str, text: str, *, author: Person = MIA, at: datetime | None = None
    ) -> Delivery:
        """Somebody changes what they wrote."""
        message = {"type": "text", "text": {"body": text}}
        content = {"type": "edit", "edit": {"original_message_id": original_id, "message": message}}
        return self._changed(author, original_id, content, at)

    def message_deleted(self, original_id: str, *, author: Person = MIA, at: datetime | None = None) -> Delivery:
        """Somebody takes back what they wrote."""
        content = {"type": "revoke", "revoke": {"original_message_id": original_id}}
        return self._changed(author, original_id, content, at)

    def reaction(
        self, message_id: str, *, author: Person = MIA, at: datetime | None = None, is_removed: bool = False
    ) -> Delivery:
        """Somebody puts a thumb on a message, or takes it away."""
        reaction = {"message_id": message_id, "emoji": "" if is_removed else "👍"}
        return self._changed(author, message_id, {"type": "reaction", "reaction": reaction}, at)

    def sent_from_phone(self, text: str, *, person: Person = MIA) -> Delivery:
        """What the number's owner said on the telephone itself."""
        message_id = self.message_id(self.world.number())
        to = {"to": person.phone, "to_user_id": self.user_id(person)}
        content = {"from": _DISPLAYED, **to, "type": "text", "text": {"body": text}}
        message = {**content, "id": message_id, "timestamp": _seconds(self.world.now())}
        return self._told("smb_message_echoes", {"message_echoes": [message]}, message_id)

    def status(self, message_id: str, status: str, *, to: Mapping[str, str], reply_id: str | None = None) -> Delivery:
        """What became of a message of ours."""
        one = {"id": message_id, "status": status, "timestamp": _seconds(self.world.now()), **to}
        if reply_id is not None:
            one["biz_opaque_callback_data"] = reply_id
        return self._told("messages", {"statuses": [one]}, message_id)

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number = happening.person, happening.at, happening.number
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(happening.text, author=person, at=at, number=number, image=happening.picture)
            case Kind.EDIT:
                return self.message_edited(self.message_id(number), happening.text, author=person, at=at)
            case Kind.REACTION if happening.parent_number is not None:
                return self.reaction(self.message_id(happening.parent_number), author=person, at=at)
        return None

    def message_id(self, number: int) -> str:
        """A message's id."""
        return f"wamid.HBg{number:x}="

    def user_id(self, person: Person) -> str:
        """A person's id in the eyes of the business."""
        return f"GB.{13_491_208_655_302_741_918 + person.number}"

    def hides_number(self, person: Person) -> bool:
        """Whether that person goes by a name, and the number is not told."""
        return person.number % 7 == 0

    def actions(self) -> Sequence[tuple[str, str, Action]]:
        return [
            ("POST", "/{number_id}/messages", self._send),
            ("GET", "/{business_id}/subscribed_apps", self._show_apps),
            ("POST", "/{business_id}/subscribed_apps", self._subscribe_business),
            ("GET", "/{number_id}", self._show_number),
            ("POST", "/{number_id}", self._configure),
        ]

    async def _send(self, call: Call) -> Mapping[str, Any]:
        parameters = await parameters_of(call)
        if call.path_params["number_id"] != self.app.page_id or parameters.get("messaging_product") != "whatsapp":
            raise GraphRefusal("Unsupported post request. Object does not exist", code=100, subcode=33)
        someone = str(parameters.get("to") or parameters.get("recipient") or "")
        self._check_window(someone)
        message_id = self.message_id(self.world.number())
        answer = {"messaging_product": "whatsapp", "messages": [{"id": message_id}]}
        kind = str(parameters.get("type", "text"))
        if kind == "reaction":
            return answer
        part = parameters.get(kind)
        text = part.get("body") or part.get("caption") or "" if isinstance(part, dict) else ""
        if not isinstance(part, dict) or (kind == "text" and not text):
            raise GraphRefusal("The parameter text['body'] is required.", code=100)
        reply_id = parameters.get("biz_opaque_callback_data")
        self.take(message_id, target=someone, text=text, is_public=False, key=reply_id)
        to = {"recipient_id" if someone.isdigit() else "recipient_user_id": someone}
        # WhatsApp tells nobody what an app has said, but what became of it.
        for status in ("sent", "delivered"):
            self.echo(self.status(message_id, status, to=to, reply_id=reply_id))
        return answer

    async def _show_apps(self, call: Call) -> Mapping[str, Any]:
        app = {"id": str(self.app.app_id), "name": "Huiying"}
        return {"data": [{"whatsapp_business_api_data": app}] if self.subscribed else []}

    async def _subscribe_business(self, call: Call) -> Mapping[str, Any]:
        self.subscribed = set(self.subscribable)
        return SUCCESS

    async def _show_number(self, call: Call) -> Mapping[str, Any]:
        addresses = {"phone_number": self.hook} if self.hook else {}
        return {"webhook_configuration": addresses, "id": self.app.page_id}

    async def _configure(self, call: Call) -> Mapping[str, Any]:
        asked = (await parameters_of(call)).get("webhook_configuration") or {}
        if asked.get("verify_token") != self.app.verify_token:
            raise GraphRefusal("Callback verification failed", code=2200)
        self.hook = str(asked["override_callback_uri"])
        return SUCCESS

    def _check_window(self, someone: str) -> None:
        heard = self.last_heard.get(someone)
        if heard is None and (self.world.strict or not someone):
            raise GraphRefusal("Message undeliverable", code=_UNDELIVERABLE)
        if heard is not None and self.world.now() - heard > WINDOW:
            message = "Message failed to send because more than 24 hours have passed since the customer last replied"
            raise GraphRefusal(message, code=_RE_ENGAGEMENT)

    def _hear(self, author: Person, at: datetime) -> None:
        if len(self.last_heard) >= _MOST_PEOPLE:
            self.last_heard.pop(next(iter(self.last_heard)))
        for name in (author.phone, self.user_id(author)):
            self.last_heard[name] = max(at, self.last_heard.get(name, at))

    def _changed(self, author: Person, original_id: str, content: Mapping[str, Any], at: datetime | None) -> Delivery:
        moment = at or self.world.now()
        own_id = self.message_id(self.world.number())
        message = {**self._from(author), "id": own_id, "timestamp": _seconds(moment), **content}
        return self._told("messages", {"contacts": [self._contact(author)], "messages": [message]}, original_id)

    def _said(self, author: Person, message_id: str, content: Mapping[str, Any], at: datetime) -> Delivery:
        message = {**self._from(author), "id": message_id, "timestamp": _seconds(at), **content}
        return self._told("messages", {"contacts": [self._contact(author)], "messages": [message]}, message_id)

    def _from(self, author: Person) -> dict[str, str]:
        known = {"from_user_id": self.user_id(author)}
        return known if self.hides_number(author) else {"from": author.phone, **known}

    def _contact(self, author: Person) -> dict[str, Any]:
        contact = {"profile": {"name": author.name}, "user_id": self.user_id(author)}
        if self.hides_number(author):
            return {**contact, "profile": {"name": author.name, "username": f"@person{author.number}"}}
        return {**contact, "wa_id": author.phone}

    def _told(self, field: str, part: Mapping[str, Any], object_id: str) -> Delivery:
        metadata = {"display_phone_number": _DISPLAYED, "phone_number_id": self.app.page_id}
        value = {"messaging_product": "whatsapp", "metadata": metadata, **part}
        return self.deliver_entries([{"id": _BUSINESS_ID, "changes": [{"value": value, "field": field}]}], object_id)


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))
