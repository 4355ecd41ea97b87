"""One notice from TikTok: the envelope, the account it is for, and what it says inside, which is JSON within JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
    Actor,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import from_seconds, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin, direction_of

PLATFORM = "tiktok"

_NO_ANSWERS = ReplyOptions()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice says, or an entry of a list in the same words.

    `told_at` is when TikTok told, `element` all that it said.
    """

    origin: Origin
    event: str
    content: Mapping[str, Any]
    told_at: datetime | None = None
    own_ids: frozenset[str] = frozenset()
    element: object = None

    def is_brand(self, someone: str | None) -> bool:
        """Whether that is the brand itself."""
        return someone is not None and (someone in self.own_ids or someone == self.origin.account.external_id)

    def actor(self, someone: str | None, *, name: str | None = None, is_self: bool = False) -> Actor | None:
        """Whoever has that id; nobody, if there is none. TikTok names people by their handles."""
        if someone is None:
            return None
        return Actor(id=someone, name=name, username=name, is_self=is_self or self.is_brand(someone))

    def stamp(self, at: datetime | None) -> str:
        """A moment for a native key, to tell a thing from its repetition."""
        best = at or self.told_at
        return str(int(best.timestamp() * 1000)) if best else "-"

    def told(
        self,
        kind: Kind,
        action: Action,
        *,
        native_key: str,
        thing: Object,
        actor: Actor | None,
        at: datetime | None,
        direction: Direction | None = None,
        target: Target | None = None,
        answers: ReplyOptions = _NO_ANSWERS,
        more: Mapping[str, Any] | None = None,
    ) -> Interaction:
        """The interaction. Without a direction, who acted decides; only what comes in and is there can be answered."""
        occurred_at, source = self.origin.when(at, delivery=self.told_at)
        whose = direction or direction_of(actor)
        may_answer = whose is Direction.INBOUND and action is Action.CREATED
        return Interaction(
            id=self.origin.identify(PLATFORM, native_key),
            platform=PLATFORM,
            kind=kind,
            action=action,
            direction=whose,
            account=self.origin.account,
            actor=actor,
            object=thing,
            target=target,
            occurred_at=occurred_at,
            occurred_at_source=source,
            received_at=self.origin.received_at,
            reply=answers if may_answer else _NO_ANSWERS,
            verified=self.origin.verified,
            raw_kind=self.event,
            extensions={name: value for name, value in (more or {}).items() if value is not None},
        )

    def unknown(self) -> Interaction:
        """What keeps the place of something that we have no word for."""
        return self.origin.unknown(self.element, platform=PLATFORM, raw_kind=self.event, delivery=self.told_at)


def open_notice(body: object, origin: Origin, own_ids: frozenset[str]) -> Notice:
    """The notice that a body is. Raises Unreadable."""
    raw = mapping_of(body)
    event = text_of(raw.get("event"))
    if event is None:
        raise Unreadable("a body from TikTok names its event", pointer="/event")
    business_id = text_of(raw.get("user_openid"))
    mine = origin.belonging_to(business_id)
    return Notice(
        origin=mine,
        event=event,
        content=_content_of(raw.get("content")),
        told_at=from_seconds(raw.get("create_time")),
        own_ids=own_ids | ({business_id} if business_id else set()),
        element=raw,
    )


def _content_of(content: object) -> Mapping[str, Any]:
    # A text holding JSON, as a rule. What cannot be read is nothing: the envelope keeps its place.
    if not isinstance(content, str):
        return mapping_of(content)
    try:
        return mapping_of(parse_json(content.encode("utf-8", "replace")))
    except Unreadable:
        return {}
