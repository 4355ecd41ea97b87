"""What Discord tells an app over HTTP: commands, buttons and dialogs, and what happened to the app itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import (
    Action,
    Actor,
    Capability,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.discord_messages import CHANNEL, PLATFORM, from_snowflake, person
from ingest.clients.connectors.foreign import digest_of, from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of

APPLICATION, TOKEN, ASKED_AT = "application_id", "token", "asked_at"
PING, COMMAND, COMPONENT, AUTOCOMPLETE, DIALOG = range(1, 6)

_MOST_PARTS = 200
_SUBCOMMANDS = (1, 2)
_AUTHORIZATIONS: Mapping[str, Action] = MappingProxyType(
    {"APPLICATION_AUTHORIZED": Action.AUTHORIZED, "APPLICATION_DEAUTHORIZED": Action.REVOKED}
)
_SAID: Mapping[str, Action] = MappingProxyType(
    {
        f"{where}_MESSAGE_{what}": action
        for where in ("LOBBY", "GAME_DIRECT")
        for what, action in (("CREATE", Action.CREATED), ("UPDATE", Action.UPDATED), ("DELETE", Action.DELETED))
    }
)


def read_delivery(body: object, origin: Origin) -> Sequence[Interaction]:
    """What Discord tells; nothing where it only asks for our address, or for words while somebody types.

    Raises Unreadable for what is neither an interaction nor an event.
    """
    raw = mapping_of(body)
    if not isinstance(raw.get("type"), int):
        raise Unreadable("an interaction or event has its type, a number", pointer="/type")
    origin = origin.belonging_to(text_of(raw.get("application_id")))
    if is_event(raw):
        return () if raw["type"] == 0 else (_read_event(raw, origin),)
    if raw["type"] in {PING, AUTOCOMPLETE}:
        return ()
    reader = _WORDS.get(raw["type"])
    interaction = _interaction(raw, origin, words=reader) if reader else None
    actor = person(raw.get("user") or mapping_of(raw.get("member")).get("user"), frozenset())
    unknown = origin.unknown(raw, platform=PLATFORM, raw_kind=f"interaction.{raw['type']}", actor=actor)
    return (interaction or unknown,)


def is_event(raw: Mapping[str, Any]) -> bool:
    """Whether it tells what happened to the app; else somebody uses the app, and waits."""
    return "event" in raw or raw.get("type") == 0


def _interaction(
    raw: Mapping[str, Any], origin: Origin, *, words: Callable[[Mapping[str, Any]], str | None]
) -> Interaction | None:
    interaction_id = text_of(raw.get("id"))
    actor = person(raw.get("user") or mapping_of(raw.get("member")).get("user"), frozenset())
    if interaction_id is None or actor is None:
        return None
    occurred_at, source = origin.when(from_snowflake(interaction_id))
    under = text_of(mapping_of(raw.get("message")).get("id"))
    data = mapping_of(raw.get("data"))
    more = {name: value for name in ("custom_id", "name") if (value := text_of(data.get(name))) is not None}
    kinds = {COMMAND: "command", COMPONENT: "component", DIALOG: "modal"}
    return Interaction(
        id=origin.identify(PLATFORM, f"command:{interaction_id}"),
        platform=PLATFORM,
        kind=Kind.COMMAND,
        action=Action.CREATED,
        direction=direction_of(actor),
        account=origin.account,
        actor=actor,
        object=Object(id=interaction_id, text=text_of(words(raw))),
        target=Target(parent_id=under, conversation_id=actor.id),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(raw, occurred_at),
        verified=origin.verified,
        raw_kind=f"interaction.{kinds[raw['type']]}",
        extensions={**more, **({"guild_id": guild} if (guild := text_of(raw.get("guild_id"))) else {})},
    )


def _answers(raw: Mapping[str, Any], occurred_at: datetime) -> ReplyOptions:
    found = {name: text_of(raw.get(name)) for name in (APPLICATION, TOKEN, CHANNEL)}
    handle = {name: value for name, value in found.items() if value is not None}
    # The token ends after a quarter of an hour, but the person may still be written to: so no window closes.
    return ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE,), handle={**handle, ASKED_AT: occurred_at.isoformat()})


def _command_words(raw: Mapping[str, Any]) -> str | None:
    data = mapping_of(raw.get("data"))
    name = text_of(data.get("name"))
    if name is None:
        return None
    path, values = [name], []
    for option in _options(data):
        label, value = text_of(option.get("name")) or "", option.get("value")
        if option.get("type") in _SUBCOMMANDS:
            path.append(label)
        elif (said := text_of(value)) is not None:
            values.append((label, said))
        elif isinstance(value, bool):
            values.append((label, "yes" if value else "no"))
    # What the one question is called adds nothing to the answer.
    said_in_all = [values[0][1]] if len(values) == 1 else [f"{label}: {said}" for label, said in values]
    return " ".join([f"/{' '.join(path)}", *said_in_all])


def _options(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [mapping_of(item) for item in list_of(data.get("options"))]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        option = waiting.pop(0)
        yield option
        waiting = [*(mapping_of(item) for item in list_of(option.get("options"))), *waiting]


def _component_words(raw: Mapping[str, Any]) -> str | None:
    data = mapping_of(raw.get("data"))
    chosen = [value for item in list_of(data.get("values"))[:_MOST_PARTS] if (value := text_of(item))]
    pressed = data.get("custom_id")
    parts = _parts(mapping_of(raw.get("message")).get("components"))
    label = next((text_of(one.get("label")) for one in parts if pressed and one.get("custom_id") == pressed), None)
    return ", ".join(chosen) or label or text_of(pressed)


def _dialog_words(raw: Mapping[str, Any]) -> str | None:
    parts = _parts(mapping_of(raw.get("data")).get("components"))
    return "\n".join(value for one in parts if (value := text_of(one.get("value")))) or None


def _parts(components: object) -> Iterator[Mapping[str, Any]]:
    """Everything that lies in rows, labels and sections."""
    waiting = [mapping_of(item) for item in list_of(components)]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        inside = [*list_of(part.get("components")), part.get("component"), part.get("accessory")]
        waiting = [*(mapping_of(item) for item in inside if isinstance(item, dict)), *waiting]


def _read_event(raw: Mapping[str, Any], origin: Origin) -> Interaction:
    event = mapping_of(raw.get("event"))
    name, data = text_of(event.get("type")) or "event", mapping_of(event.get("data"))
    # Discord leaves out the zone here; it is UTC.
    at = from_rfc3339(event.get("timestamp"))
    actor = person(data.get("user") or data.get("author"), frozenset())
    interaction = None
    if name in _AUTHORIZATIONS and actor is not None:
        interaction = _authorization(name, event, data, origin, actor=actor, at=at)
    elif name in _SAID:
        interaction = _said(name, data, origin, actor=actor, at=at)
    unknown = origin.unknown(event, platform=PLATFORM, raw_kind=name, actor=actor, event=at)
    return interaction or unknown


def _authorization(
    name: str, event: Mapping[str, Any], data: Mapping[str, Any], origin: Origin, *, actor: Actor, at: datetime | None
) -> Interaction:
    guild = mapping_of(data.get("guild"))
    stamp = text_of(event.get("timestamp")) or digest_of(dict(event))
    more = {"guild_id": text_of(guild.get("id")), "guild_name": text_of(guild.get("name"))}
    return _happened(
        origin,
        Kind.SYSTEM,
        _AUTHORIZATIONS[name],
        native_key=f"{name}:{actor.id}:{stamp}",
        thing=Object(id=text_of(guild.get("id")) or actor.id),
        actor=actor,
        target=None,
        at=at,
        raw_kind=name,
        more={key: value for key, value in more.items() if value},
    )


def _said(
    name: str, data: Mapping[str, Any], origin: Origin, *, actor: Actor | None, at: datetime | None
) -> Interaction | None:
    """What players say to one another in the brand's game: to be read, not answered."""
    message_id = text_of(data.get("id"))
    if message_id is None:
        return None
    action, key = _SAID[name], f"message:{message_id}"
    stamp = text_of(data.get("edited_timestamp")) or (at.isoformat() if at else "-")
    keys = {Action.CREATED: key, Action.UPDATED: f"{key}:edit:{stamp}", Action.DELETED: f"{key}:deleted"}
    place = text_of(data.get("lobby_id")) or text_of(data.get("channel_id"))
    return _happened(
        origin,
        Kind.MESSAGE,
        action,
        native_key=keys[action],
        thing=Object(id=message_id, text=text_of(data.get("content"))),
        actor=actor,
        target=Target(conversation_id=place) if place else None,
        at=at or from_snowflake(message_id),
        raw_kind=name,
    )


def _happened(
    origin: Origin,
    kind: Kind,
    action: Action,
    *,
    native_key: str,
    thing: Object,
    actor: Actor | None,
    target: Target | None,
    at: datetime | None,
    raw_kind: str,
    more: Mapping[str, Any] | None = None,
) -> Interaction:
    occurred_at, source = origin.when(at)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=direction_of(actor),
        account=origin.account,
        actor=actor,
        object=thing,
        target=target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=dict(more or {}),
    )


_WORDS: Mapping[int, Callable[[Mapping[str, Any]], str | None]] = MappingProxyType(
    {COMMAND: _command_words, COMPONENT: _component_words, DIALOG: _dialog_words}
)
