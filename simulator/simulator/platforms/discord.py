"""A Discord app: dialogs and commands signed by key, its own events, and a server's channel that it can only read.

What is said in the channel reaches nobody who does not keep a line open to Discord; it is told to who lists it.
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
from simulator.people import MIA, Person
from simulator.platforms.discord_desk import Desk, DiscordApp
from simulator.platforms.platform import Platform, Retries, Surroundings

_JSON = "application/json"


class DiscordServer(Platform):
    """One app in one server, with a channel where customers talk."""

    platform = "discord"
    habits = MappingProxyType({Kind.MESSAGE: 40, Kind.COMMENT: 46, Kind.MENTION: 8, Kind.EDIT: 4, Kind.REMOVAL: 2})
    unpushed = frozenset({Kind.COMMENT, Kind.MENTION, Kind.EDIT, Kind.REMOVAL})
    chinese_share = 0.2
    # Discord repeats an event for ten minutes. What somebody asks it does not; who got no answer asks again.
    retries = Retries(pauses_seconds=(1, 5, 30, 120, 440), timeout_seconds=3)

    def __init__(
        self, app: DiscordApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or DiscordApp()
        super().__init__(external_id=self.app.application_id, name=name, surroundings=surroundings)
        self.desk = Desk(self, self.app)

    def credentials(self) -> dict[str, str]:
        return {
            "public_key": self.app.key.public_key().public_bytes_raw().hex(),
            "bot_token": self.app.bot_token,
            "channel_id": self.app.channel_id,
        }

    def handshake(self) -> tuple[Request, bytes]:
        body = {"id": self.desk.snowflake(None), "application_id": self.app.application_id, "type": 1, "token": "ping"}
        return self.sign(self._delivery(body, "ping"), at=self.world.now()), b'{"type":1}'

    def event_handshake(self) -> Request:
        """The other question, for the address of the app's own events; its answer is 204 and nothing else."""
        body = {"version": 1, "application_id": self.app.application_id, "type": 0}
        return self.sign(self._delivery(body, "ping"), at=self.world.now())

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        timestamp = str(int(at.timestamp()))
        headers = {
            "content-type": _JSON,
            "user-agent": "Discord-Interactions/1.0 (+https://discord.com)",
            "x-signature-ed25519": self.app.key.sign(timestamp.encode() + delivery.content).hex(),
            "x-signature-timestamp": timestamp,
        }
        return Request(headers=headers, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status in {200, 204}

    def message(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody fills in the app's dialog."""
        field = {"type": 4, "custom_id": "question", "value": text}
        data = {"custom_id": "ask", "components": [{"type": 1, "components": [field]}]}
        return self._used(5, data, author=author, at=at, number=number)

    def command(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody gives the app's command with one word after it."""
        option = {"name": "question", "type": 3, "value": text}
        return self._used(
            2, {"id": "1", "name": "ask", "type": 1, "options": [option]}, author=author, at=at, number=number
        )

    def authorized(self, *, author: Person = MIA, is_over: bool = False) -> Delivery:
        """Somebody takes the app into their server, or throws it out."""
        body = {
            "version": 1,
            "application_id": self.app.application_id,
            "type": 1,
            "event": {
                "type": "APPLICATION_DEAUTHORIZED" if is_over else "APPLICATION_AUTHORIZED",
                # Discord leaves out the zone.
                "timestamp": self.world.now().replace(tzinfo=None).isoformat(),
                "data": {"user": self.user(author), "scopes": ["bot"]},
            },
        }
        return self._delivery(body, str(self.user(author)["id"]))

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        parent: int | None = None,
        is_mention: bool = False,
        at: datetime | None = None,
        number: int | None = None,
        picture: str | None = None,
    ) -> str:
        """Somebody writes in the channel; the message's id, for nobody is told."""
        return self.desk.write(
            text,
            author=self.user(author),
            answers=None if parent is None else self.desk.named(parent),
            mentions=[self.desk.us()] if is_mention else [],
            at=at,
            number=number,
            pictures=[picture] if picture else [],
        )

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number, text = happening.person, happening.at, happening.number, happening.text
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(text, author=person, at=at, number=number)
            case Kind.COMMENT | Kind.MENTION:
                self.comment(
                    text,
                    author=person,
                    parent=happening.parent_number,
                    is_mention=happening.kind is Kind.MENTION,
                    at=at,
                    number=number,
                    picture=happening.picture,
                )
            case Kind.EDIT:
                self.desk.edit(number, text, at=at)
            case Kind.REMOVAL:
                self.desk.remove(number)
        return None

    def user(self, person: Person) -> dict[str, Any]:
        """Somebody as Discord shows them to everybody."""
        return {
            "id": str(510_020_030_000_000_000 + person.number),
            "username": f"user{person.number}",
            "global_name": person.name,
            "discriminator": "0",
        }

    def routes(self) -> Sequence[Route]:
        return self.desk.routes()

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        body = {"message": "You are being rate limited.", "retry_after": float(retry_after_seconds), "global": False}
        return JSONResponse(body, 429, headers={"retry-after": str(retry_after_seconds)})

    def says_broken(self) -> Response:
        return JSONResponse({"message": "500: Internal Server Error", "code": 0}, 500)

    def _used(
        self, kind: int, data: Mapping[str, Any], *, author: Person, at: datetime | None, number: int | None
    ) -> Delivery:
        interaction_id, user = self.desk.snowflake(at, number), self.user(author)
        self.desk.meet(str(user["id"]))
        body = {
            "id": interaction_id,
            "application_id": self.app.application_id,
            "type": kind,
            "token": self.desk.new_token(at),
            "version": 1,
            "guild_id": self.app.guild_id,
            "channel_id": self.app.channel_id,
            "member": {"user": user, "roles": [], "permissions": "0"},
            "data": data,
        }
        return self._delivery(body, interaction_id)

    def _delivery(self, body: Mapping[str, Any], object_id: str) -> Delivery:
        return Delivery(
            sender=self.name,
            id=f"discord-{self.world.number()}",
            content=json.dumps(body, separators=(",", ":")).encode(),
            content_type=_JSON,
            object_ids=(object_id,),
        )
