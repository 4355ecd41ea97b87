"""One entry of a Meta delivery: the page it is about, and what all its elements share."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from huiying.events.deliveries import Proof
from huiying.events.interactions import Actor, Interaction
from ingest.clients.connectors.connector import Access, Credentials
from ingest.clients.connectors.foreign import from_milliseconds, from_seconds, text_of
from ingest.clients.connectors.origin import Origin

_SECONDS_END = 100_000_000_000  # entry.time comes in seconds or in milliseconds; before this it can only be seconds


# A page or account may answer freely for this long after a person last wrote, and a human on its behalf for that long.
FREE_WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry says once for everything in it. `time` is when Meta told, not when it happened.

    `answer_for` is how long after a person's message this account may answer it, if by a human.
    """

    origin: Origin
    page_id: str | None
    time: datetime | None
    answer_for: timedelta = FREE_WINDOW
    called: str = "page_id"

    @classmethod
    def of(
        cls, raw: dict[str, Any], origin: Origin, *, answer_for: timedelta = FREE_WINDOW, names_account: bool = True
    ) -> "Entry":
        """The entry without its elements; where it does not name the account, each of those does."""
        page_id, time = text_of(raw.get("id")) if names_account else None, raw.get("time")
        in_milliseconds = isinstance(time, int) and time >= _SECONDS_END
        return cls(
            origin=origin.belonging_to(page_id),
            page_id=page_id,
            time=from_milliseconds(time) if in_milliseconds else from_seconds(time),
            answer_for=answer_for,
        )

    @classmethod
    def polled(cls, access: Access, *, now: datetime) -> "Entry":
        """What all things have in common that the account was asked for."""
        origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
        answer_for = answer_window(access.credentials)
        return cls(origin=origin, page_id=access.account.external_id, time=None, answer_for=answer_for)

    def of_number(self, number_id: str) -> "Entry":
        """The same, of the phone number that a change names."""
        origin = self.origin.belonging_to(number_id)
        return msgspec.structs.replace(self, page_id=number_id, origin=origin, called="phone_number_id")

    def is_page(self, someone: str | None) -> bool:
        """Whether that is the brand itself."""
        return someone is not None and someone in {self.page_id, self.origin.account.external_id}

    def actor(self, someone: str | None, *, name: str | None = None) -> Actor | None:
        """Whoever has that id; nobody, if there is none."""
        return None if someone is None else Actor(id=someone, name=name, is_self=self.is_page(someone))

    def page(self) -> Actor:
        """The brand itself."""
        return Actor(id=self.page_id or self.origin.account.external_id, is_self=True)

    def extensions(self, more: dict[str, Any] | None = None) -> dict[str, Any]:
        """What nobody should branch on: what is given, and the page, where the account is not named after it."""
        stranger = self.page_id is not None and self.page_id != self.origin.account.external_id
        return {**(more or {}), **({self.called: self.page_id} if stranger else {})}

    def stamp(self, at: datetime | None) -> str:
        """A moment for a native key, to tell a thing from its repetition."""
        best = at or self.time
        return str(int(best.timestamp() * 1000)) if best else "-"

    def unknown(
        self,
        element: object,
        *,
        platform: str,
        raw_kind: str,
        actor: Actor | None = None,
        event: datetime | None = None,
    ) -> Interaction:
        """What keeps the place of an element that we have no word for."""
        return self.origin.unknown(
            element, platform=platform, raw_kind=raw_kind, actor=actor, event=event, delivery=self.time
        )


def answer_window(credentials: Credentials) -> timedelta:
    """How long a message may be answered: longer where Meta granted the app its Human Agent feature."""
    return HUMAN_WINDOW if "yes" in credentials.get("human_agent", ()) else FREE_WINDOW
