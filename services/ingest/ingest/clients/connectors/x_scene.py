"""What all that a delivery from X, or a page of its lists, tells has in common: whose it is and who appears in it."""

from collections.abc import Iterable, Mapping
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
from ingest.clients.connectors.foreign import mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of

PLATFORM = "x"

_NO_ANSWERS = ReplyOptions()


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The account, by what name X calls what happened, and the people whose names are known."""

    origin: Origin
    brand_id: str | None
    raw_kind: str
    people: Mapping[str, Actor] = {}

    def is_brand(self, someone: str | None) -> bool:
        """Whether that is the brand itself."""
        return someone is not None and someone in {self.brand_id, self.origin.account.external_id}

    def actor(self, someone: str | None) -> Actor | None:
        """Whoever has that id, with what is known of them; nobody, if there is none."""
        if someone is None:
            return None
        known = self.people.get(someone) or Actor(id=someone)
        return msgspec.structs.replace(known, is_self=self.is_brand(someone))

    def knowing(self, people: Mapping[str, Actor]) -> "Scene":
        """The same, with more people."""
        return msgspec.structs.replace(self, people={**self.people, **people}) if people else self

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
        """The interaction. Without a direction, who acted decides; what the brand did needs no answer."""
        origin = self.origin
        occurred_at, source = origin.when(at)
        whose = direction or direction_of(actor)
        return Interaction(
            id=origin.identify(PLATFORM, native_key),
            platform=PLATFORM,
            kind=kind,
            action=action,
            direction=whose,
            account=origin.account,
            actor=actor,
            object=thing,
            target=target,
            occurred_at=occurred_at,
            occurred_at_source=source,
            received_at=origin.received_at,
            reply=answers if whose is Direction.INBOUND else _NO_ANSWERS,
            verified=origin.verified,
            raw_kind=self.raw_kind,
            extensions=self._extensions(more or {}),
        )

    def unknown(self, element: object, *, actor: Actor | None = None, at: datetime | None = None) -> Interaction:
        """What keeps the place of something that we have no word for."""
        return self.origin.unknown(element, platform=PLATFORM, raw_kind=self.raw_kind, actor=actor, event=at)

    def _extensions(self, more: Mapping[str, Any]) -> dict[str, Any]:
        # One app has one hook for all its accounts, so what is told may belong to another than the one it came for.
        stranger = self.brand_id is not None and self.brand_id != self.origin.account.external_id
        return {**more, **({"for_user_id": self.brand_id} if stranger else {})}


def people_in(users: Iterable[object]) -> Mapping[str, Actor]:
    """The people of a list of users, in the words of either API, by id."""
    found = (_person(mapping_of(user)) for user in users)
    return {person.id: person for person in found if person is not None}


def _person(user: Mapping[str, Any]) -> Actor | None:
    # X Activity wraps some of its users in `data`, and some not.
    user = mapping_of(user.get("data")) or dict(user)
    # `id` as a number has lost its last digits in X's own sample; `id_str` never has.
    someone = text_of(user.get("id_str")) or text_of(user.get("id"))
    if someone is None:
        return None
    counted = user.get("followers_count", mapping_of(user.get("public_metrics")).get("followers_count"))
    return Actor(
        id=someone,
        name=text_of(user.get("name")),
        username=text_of(user.get("username")) or text_of(user.get("screen_name")),
        followers=counted if isinstance(counted, int) and not isinstance(counted, bool) else None,
    )
