"""Who is who on WhatsApp: people have a phone number, an id in the business's eyes, or both.

Since 2026 somebody may hide the number behind a name of their own; then the business-scoped id is all there is. So it
comes first wherever it is known, and the number is kept beside it for answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huiying.events.interactions import Actor
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of

# In a message's handle: how its author is reached.
PHONE, USER_ID = "to", "recipient"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, by whatever is known of them."""

    phone: str | None = None
    user_id: str | None = None
    name: str | None = None
    username: str | None = None

    @property
    def id(self) -> str | None:
        """What they are called here."""
        return self.user_id or self.phone

    def actor(self) -> Actor | None:
        """Somebody who did something; nobody, if nothing is known of them."""
        someone = self.id
        return None if someone is None else Actor(id=someone, name=self.name, username=self.username)

    def handle(self) -> dict[str, str]:
        """What an answer needs."""
        known = {PHONE: self.phone, USER_ID: self.user_id}
        return {name: value for name, value in known.items() if value is not None}


class People(msgspec.Struct, frozen=True):
    """Everybody whom one value of a delivery introduces."""

    contacts: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "People":
        """Those in its `contacts`."""
        return cls([mapping_of(item) for item in list_of(value.get("contacts"))])

    def who(self, phone: object, user_id: object) -> Person:
        """Whoever has that number or id, with what else is said of them."""
        number, scoped = text_of(phone), text_of(user_id)
        contact = self._contact(number, scoped)
        profile = mapping_of(contact.get("profile"))
        return Person(
            phone=number or text_of(contact.get("wa_id")),
            user_id=scoped or text_of(contact.get("user_id")),
            name=text_of(profile.get("name")),
            username=text_of(profile.get("username")),
        )

    def _contact(self, number: str | None, scoped: str | None) -> Mapping[str, Any]:
        for contact in self.contacts:
            if (number and text_of(contact.get("wa_id")) == number) or (
                scoped and text_of(contact.get("user_id")) == scoped
            ):
                return contact
        # Where nobody is named but one person introduced, it is that one.
        return self.contacts[0] if number is scoped is None and len(self.contacts) == 1 else {}
