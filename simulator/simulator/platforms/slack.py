"""A Slack workspace with an app in it: signed events, a channel, private chats, and a Web API that says no politely."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import MIA, Person
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.slack_desk import Desk, SlackApp, escaped

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_FEELINGS = {"like": "+1", "love": "heart", "haha": "joy", "wow": "open_mouth", "care": "hugging_face"}


class SlackWorkspace(Platform):
    """One channel where customers talk, and each one's private chat with the app."""

    platform = "slack"
    habits = MappingProxyType(
        {
            Kind.MESSAGE: 34,
            Kind.COMMENT: 40,
            Kind.MENTION: 10,
            Kind.REACTION: 8,
            Kind.FOLLOW: 3,
            Kind.EDIT: 3,
            Kind.REMOVAL: 2,
        }
    )
    chinese_share = 0.2
    # At once, after a minute, after five; then Slack gives up.
    retries = Retries(pauses_seconds=(0, 60, 300), timeout_seconds=3)

    def __init__(
        self, app: SlackApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or SlackApp()
        super().__init__(external_id=self.app.team_id, name=name, surroundings=surroundings)
        self.desk = Desk(self, self.app, echo_of=self._echo)

    def credentials(self) -> dict[str, str]:
        return {"signing_secret": self.app.signing_secret, "bot_token": self.app.bot_token}

    def handshake(self) -> tuple[Request, bytes]:
        challenge = f"challenge{self.world.number()}"
        body = {"token": "deprecated", "challenge": challenge, "type": "url_verification"}
        question = self._delivery(json.dumps(body).encode(), ("challenge",))
        return self.sign(question, at=self.world.now()), challenge.encode()

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        timestamp = str(int(at.timestamp()))
        signature = slack_signature(delivery.content, timestamp=timestamp, signing_secret=self.app.signing_secret)
        headers = {
            "content-type": delivery.content_type,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": signature,
        }
        return Request(headers=headers, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300

    def message(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None, **more: Any
    ) -> Delivery:
        """Somebody writes to the app in private."""
        self.desk.meet(self.user_id(author), author.name)
        part = self._said(text, author=author, at=at, number=number, **more)
        return self._told(part, channel=self.desk.private(self.user_id(author)), kind="im")

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        parent: int | None = None,
        at: datetime | None = None,
        number: int | None = None,
        **more: Any,
    ) -> Delivery:
        """Somebody writes in the channel, or in the thread under the message of the number `parent`."""
        part = self._said(text, author=author, at=at, number=number, **more)
        root = None if parent is None else self.desk.root_of(parent)
        return self._told({**part, **({"thread_ts": root} if root else {})}, channel=self.app.channel_id)

    def mention(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody means the app in the channel, in what they composed; it is not part of the plain text."""
        user = {"type": "user", "user_id": self.app.bot_user_id}
        blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [user]}]}]
        part = {**self._said(text, author=author, at=at, number=number), "blocks": blocks}
        self.desk.keep(part, channel=self.app.channel_id)
        return self._event({**part, "type": "app_mention", "channel": self.app.channel_id}, part["ts"])

    def edited(self, text: str, *, number: int, author: Person = MIA, at: datetime | None = None) -> Delivery:
        """Somebody changes what they wrote."""
        before = self.desk.found(number) or self._said("", author=author, at=at, number=number)
        now = self._ts(at, self.world.number())
        after = {**before, "text": escaped(text), "edited": {"user": self.user_id(author), "ts": now}}
        self.desk.keep(after, channel=self.app.channel_id)
        part = {"subtype": "message_changed", "message": after, "previous_message": before}
        return self._changed(part, now, before["ts"])

    def removed(self, *, number: int, author: Person = MIA, at: datetime | None = None) -> Delivery:
        """Somebody deletes what they wrote."""
        before = self.desk.found(number) or self._said("", author=author, at=at, number=number)
        self.desk.forget(before["ts"])
        part = {"subtype": "message_deleted", "deleted_ts": before["ts"], "previous_message": before}
        return self._changed(part, self._ts(at, self.world.number()), before["ts"])

    def reaction(
        self, feeling: str = "like", *, number: int, author: Person = MIA, at: datetime | None = None
    ) -> Delivery:
        """Somebody reacts to the channel's message of that number."""
        found = self.desk.found(number)
        ts = found["ts"] if found else self._ts(at, number)
        part = {
            "type": "reaction_added",
            "user": self.user_id(author),
            "reaction": _FEELINGS.get(feeling, "+1"),
            "item": {"type": "message", "channel": self.app.channel_id, "ts": ts},
            "event_ts": self._ts(at, self.world.number()),
        }
        return self._event(part, ts)

    def follow(self, *, author: Person = MIA, at: datetime | None = None) -> Delivery:
        """Somebody joins the channel."""
        person = self.user_id(author)
        self.desk.meet(person, author.name)
        part = {
            "type": "member_joined_channel",
            "user": person,
            "channel": self.app.channel_id,
            "channel_type": "C",
            "event_ts": self._ts(at, self.world.number()),
        }
        return self._event(part, person)

    def command(self, text: str, *, author: Person = MIA) -> Delivery:
        """Somebody gives the app's slash command."""
        trigger = f"{self.world.number()}.1.x"
        fields = {
            "team_id": self.app.team_id,
            "channel_id": self.app.channel_id,
            "user_id": self.user_id(author),
            "user_name": author.name,
            "command": "/tea",
            "text": text,
            "api_app_id": self.app.app_id,
            "response_url": f"https://hooks.slack.com/commands/{self.app.team_id}/{self.desk.open_response()}",
            "trigger_id": trigger,
        }
        return self._delivery(urlencode(fields).encode(), (trigger,), content_type=_FORM)

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number, text = happening.person, happening.at, happening.number, happening.text
        picture = {"picture": happening.picture} if happening.picture else {}
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(text, author=person, at=at, number=number, **picture)
            case Kind.COMMENT:
                parent = happening.parent_number
                return self.comment(text, author=person, parent=parent, at=at, number=number, **picture)
            case Kind.MENTION:
                return self.mention(text, author=person, at=at, number=number)
        return self._tell_silent(happening)

    def _tell_silent(self, happening: Happening) -> Delivery | None:
        person, at, number = happening.person, happening.at, happening.number
        match happening.kind:
            case Kind.EDIT:
                return self.edited(happening.text, number=number, author=person, at=at)
            case Kind.REMOVAL:
                return self.removed(number=number, author=person, at=at)
            case Kind.FOLLOW:
                return self.follow(author=person, at=at)
            case Kind.REACTION:
                liked = happening.parent_number or happening.post.number
                return self.reaction(happening.reaction or "like", number=liked, author=person, at=at)
        return None

    def user_id(self, person: Person) -> str:
        """A person's id in this workspace."""
        return f"U{1_048_576_000 + person.number}"

    def routes(self) -> Sequence[Route]:
        return self.desk.routes()

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        headers = {"retry-after": str(retry_after_seconds)}
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers=headers)

    def says_broken(self) -> Response:
        return JSONResponse({"ok": False, "error": "internal_error"}, 500)

    def _said(
        self,
        text: str,
        *,
        author: Person,
        at: datetime | None,
        number: int | None,
        picture: str | None = None,
    ) -> dict[str, Any]:
        person, thing = self.user_id(author), number or self.world.number()
        self.desk.meet(person, author.name)
        ts = self._ts(at, thing)
        self.desk.number(thing, ts)
        part: dict[str, Any] = {"type": "message", "user": person, "text": escaped(text), "ts": ts}
        if picture is not None:
            part |= {
                "subtype": "file_share",
                "files": [{"id": f"F{thing}", "mimetype": "image/jpeg", "permalink": picture}],
            }
        return part

    def _told(self, part: Mapping[str, Any], *, channel: str, kind: str = "channel") -> Delivery:
        self.desk.keep(part, channel=channel)
        event = {**part, "channel": channel, "channel_type": kind, "event_ts": part["ts"]}
        return self._event(event, part["ts"], channel=channel)

    def _changed(self, part: Mapping[str, Any], event_ts: str, ts: str) -> Delivery:
        where = {"channel": self.app.channel_id, "channel_type": "channel"}
        return self._event({"type": "message", "hidden": True, **where, **part, "event_ts": event_ts}, ts)

    def _echo(self, part: Mapping[str, Any], channel: str) -> None:
        kind = "im" if channel.startswith("D") else "channel"
        self.echo(self._told(part, channel=channel, kind=kind))

    def _event(self, event: Mapping[str, Any], object_id: str, *, channel: str | None = None) -> Delivery:
        is_message = object_id[:1].isdigit()
        body = {
            "token": "deprecated",
            "team_id": self.app.team_id,
            "api_app_id": self.app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{self.world.number():X}",
            "event_time": int(self.world.now().timestamp()),
            "authorizations": [{"team_id": self.app.team_id, "user_id": self.app.bot_user_id, "is_bot": True}],
        }
        named = f"{channel or self.app.channel_id}:{object_id}" if is_message else object_id
        return self._delivery(json.dumps(body, separators=(",", ":")).encode(), (named,))

    def _delivery(self, content: bytes, object_ids: tuple[str, ...], *, content_type: str = _JSON) -> Delivery:
        return Delivery(
            sender=self.name,
            id=f"slack-{self.world.number()}",
            content=content,
            content_type=content_type,
            object_ids=object_ids,
        )

    def _ts(self, at: datetime | None, number: int) -> str:
        return f"{int((at or self.world.now()).timestamp())}.{number % 1_000_000:06d}"


def slack_signature(body: bytes, *, timestamp: str, signing_secret: str) -> str:
    """The value of X-Slack-Signature."""
    signed = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()
