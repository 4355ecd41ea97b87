"""What a Slack app is told in forms: slash commands, pressed buttons, shortcuts and filled-in dialogs."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from huiying.events.interactions import (
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import BOM, digest_of, list_of, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.slack_messages import CHANNEL, PLATFORM, THREAD, from_ts

RESPONSE_URL, ASKED_AT = "response_url", "asked_at"

_MOST_FIELDS = 100


def is_form(body: bytes) -> bool:
    """Whether the body is a form; an event is an object of JSON."""
    return body.removeprefix(BOM).lstrip()[:1] != b"{"


def check_form(body: bytes) -> None:
    """Raises Unreadable for a form that is none of Slack's."""
    _fields(body)


def read_form(body: bytes, origin: Origin) -> Sequence[Interaction]:
    """What a form tells. Raises Unreadable."""
    fields = _fields(body)
    if "payload" in fields:
        return (_pressed(mapping_of(parse_json(fields["payload"].encode())), origin),)
    return (_command(fields, origin),) if "command" in fields else ()


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        text = body.removeprefix(BOM).decode()
        fields = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise Unreadable(f"neither JSON nor a form: {error}") from error
    if not fields.keys() & {"payload", "command", "ssl_check"}:
        raise Unreadable("a form of Slack has a payload or a command")
    if "payload" in fields:
        parse_json(fields["payload"].encode())
    return fields


def _command(fields: Mapping[str, str], origin: Origin) -> Interaction:
    origin = origin.belonging_to(fields.get("team_id"))
    said = f"{fields['command']} {fields.get('text', '')}".strip()
    name = text_of(fields.get("user_name"))
    return _told(
        origin,
        key=text_of(fields.get("trigger_id")) or digest_of(dict(fields)),
        text=said,
        actor=_person(fields.get("user_id"), name=name),
        handle={CHANNEL: fields.get("channel_id"), RESPONSE_URL: fields.get("response_url")},
        raw_kind="slash_command",
    )


def _pressed(payload: Mapping[str, Any], origin: Origin) -> Interaction:
    origin = origin.belonging_to(text_of(mapping_of(payload.get("team")).get("id")))
    user, message = mapping_of(payload.get("user")), mapping_of(payload.get("message"))
    raw_kind = text_of(payload.get("type")) or "payload"
    acted = mapping_of(next(iter(list_of(payload.get("actions"))), None))
    channel = text_of(mapping_of(payload.get("channel")).get("id"))
    under = text_of(message.get("ts"))
    return _told(
        origin,
        key=text_of(payload.get("trigger_id")) or text_of(acted.get("action_ts")) or digest_of(dict(payload)),
        text=_words(payload, acted),
        actor=_person(user.get("id"), name=text_of(user.get("name")) or text_of(user.get("username"))),
        handle={
            CHANNEL: channel,
            THREAD: text_of(message.get("thread_ts")),
            RESPONSE_URL: text_of(payload.get("response_url")),
        },
        raw_kind=raw_kind,
        stamp=text_of(acted.get("action_ts")) or text_of(payload.get("action_ts")),
        parent_id=f"{channel}:{under}" if channel and under else None,
        more={name: value for name in ("action_id", "value") if (value := text_of(acted.get(name))) is not None},
    )


def _words(payload: Mapping[str, Any], acted: Mapping[str, Any]) -> str | None:
    """What stood on the button, or was chosen."""
    chosen = mapping_of(mapping_of(acted.get("selected_option")).get("text"))
    label = text_of(chosen.get("text")) or text_of(mapping_of(acted.get("text")).get("text"))
    return label or text_of(acted.get("value")) or text_of(payload.get("callback_id"))


def _person(person: object, *, name: str | None) -> Actor | None:
    person_id = text_of(person)
    return Actor(id=person_id, username=name) if person_id else None


def _told(
    origin: Origin,
    *,
    key: str,
    text: str | None,
    actor: Actor | None,
    handle: Mapping[str, str | None],
    raw_kind: str,
    stamp: str | None = None,
    parent_id: str | None = None,
    more: Mapping[str, str] | None = None,
) -> Interaction:
    occurred_at, source = origin.when(from_ts(stamp))
    key = key.replace("\0", "")
    kept = {name: clean for name, value in handle.items() if (clean := text_of(value))}
    asked = {ASKED_AT: occurred_at.isoformat()} if RESPONSE_URL in kept else {}
    person = actor.id if actor else None
    target = Target(parent_id=parent_id, conversation_id=person)
    return Interaction(
        id=origin.identify(PLATFORM, f"command:{key}"),
        platform=PLATFORM,
        kind=Kind.COMMAND,
        action=Action.CREATED,
        direction=Direction.INBOUND,
        account=origin.account,
        actor=actor,
        object=Object(id=key, text=text_of(text)),
        target=None if target == Target() else target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE,), handle={**kept, **asked})
        if actor
        else ReplyOptions(),
        verified=origin.verified,
        raw_kind=raw_kind.replace("\0", ""),
        extensions=dict(more or {}),
    )
