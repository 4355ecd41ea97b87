"""One event of Douyin's: its common parts read, and put into the common shape.

`content` is an object in some events and its JSON text in others. Ids are open_ids, which hold for one app alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from huiying.events.interactions import Action, Actor, Direction, Interaction, Kind, Object, ReplyOptions, Target
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import list_of, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin, direction_of

PLATFORM = "douyin"
NO_ANSWERS = ReplyOptions()

_OWN_EVENTS = frozenset({"im_send_msg", "im_group_send_msg", "create_video", "authorize", "unauthorize"})


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One event, its common parts read. `name` is what this delivery of it is called, where Douyin says."""

    event: str
    envelope: Mapping[str, Any]
    content: Mapping[str, Any]
    origin: Origin
    name: str | None

    @classmethod
    def of(cls, envelope: Mapping[str, Any], origin: Origin, *, name: str | None) -> "Told":
        """The event in this body, which happened to the account it names. Raises Unreadable if it is none."""
        event = text_of(envelope.get("event"))
        if event is None:
            raise Unreadable("a Douyin body is {event, content}", pointer="/event")
        account = envelope.get("from_user_id" if event in _OWN_EVENTS else "to_user_id")
        return cls(
            event=event,
            envelope=envelope,
            content=_content_of(envelope.get("content")),
            origin=origin.belonging_to(text_of(account)),
            name=name or text_of(envelope.get("msg_id")),
        )

    @property
    def sender(self) -> str | None:
        """Who did it."""
        return text_of(self.envelope.get("from_user_id"))

    @property
    def recipient(self) -> str | None:
        """To whom."""
        return text_of(self.envelope.get("to_user_id"))

    @property
    def is_own(self) -> bool:
        """Whether the brand itself did it."""
        return self.event in _OWN_EVENTS or (self.sender is not None and self.sender == self.origin.account.external_id)

    def id_at(self, name: str) -> str | None:
        """The id under that name in the content; Douyin writes an empty text or a zero for none."""
        value = text_of(self.content.get(name))
        return None if value == "0" else value

    def actor(self) -> Actor | None:
        """Who did it, with the name that goes with the id."""
        someone = self.sender
        if someone is None:
            return None
        infos = (mapping_of(info) for info in list_of(self.content.get("user_infos")))
        names = {text_of(info.get("open_id")): text_of(info.get("nick_name")) for info in infos}
        name = names.get(someone) or text_of(self.content.get("nick_name"))
        return Actor(id=someone, name=name, is_self=self.is_own)

    def extensions(self, *names: str) -> dict[str, Any]:
        """What nobody should branch on: these parts of the content, and the account if it is not the one we know."""
        ours = self.sender if self.event in _OWN_EVENTS else self.recipient
        known = self.origin.account.external_id in {self.sender, self.recipient}
        stranger = {"account": ours} if ours and not known else {}
        parts = ((name, self.content.get(name)) for name in names)
        texts = ((name, _texts(part) if isinstance(part, list) else text_of(part)) for name, part in parts)
        return {**{name: text for name, text in texts if text}, **stranger}

    def interaction(
        self,
        kind: Kind,
        action: Action,
        *,
        native_key: str,
        thing: Object,
        target: Target | None = None,
        at: datetime | None = None,
        answers: ReplyOptions = NO_ANSWERS,
        direction: Direction | None = None,
        extensions: dict[str, Any] | None = None,
    ) -> Interaction:
        """The interaction that this event is, of that kind and name."""
        origin, actor = self.origin, self.actor()
        occurred_at, source = origin.when(at)
        return Interaction(
            id=origin.identify(PLATFORM, native_key),
            platform=PLATFORM,
            kind=kind,
            action=action,
            direction=direction or direction_of(actor),
            account=origin.account,
            actor=actor,
            object=thing,
            target=None if target in {None, Target()} else target,
            occurred_at=occurred_at,
            occurred_at_source=source,
            received_at=origin.received_at,
            reply=answers,
            verified=origin.verified,
            raw_kind=self.event,
            extensions=self.extensions() if extensions is None else extensions,
        )


def _content_of(content: object) -> Mapping[str, Any]:
    if not isinstance(content, str) or not content:
        return mapping_of(content)
    try:
        return mapping_of(parse_json(content.encode("utf-8", "replace")))
    except Unreadable:
        # What is inside is for its reader to miss: the event itself was readable.
        return {}


def _texts(parts: list[Any]) -> list[str]:
    return [text for part in parts if (text := text_of(part))]
