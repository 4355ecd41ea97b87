"""What a Slack app is told by the Events API."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.interactions import Action, Actor, Interaction, Kind, Object, Target
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of
from ingest.clients.connectors.slack_messages import PLATFORM, Channel, Team, from_ts, read_message

# What people say; other subtypes tell what happened to a channel.
_SPOKEN = frozenset({None, "bot_message", "file_share", "me_message", "thread_broadcast"})
_ENDINGS = frozenset({"app_uninstalled", "tokens_revoked"})


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event with its envelope read."""

    part: Mapping[str, Any]
    name: str
    event_id: str | None
    sent_at: datetime | None
    team: Team

    @property
    def at(self) -> datetime | None:
        """When it happened."""
        return from_ts(self.part.get("event_ts")) or self.sent_at

    @property
    def stamp(self) -> str:
        """What tells the event from the same thing done again, and is repeated with each delivery."""
        return text_of(self.part.get("event_ts")) or self.event_id or "-"

    def channel(self) -> Channel | None:
        """Where it happened."""
        channel_id = text_of(self.part.get("channel"))
        return Channel.of(channel_id, text_of(self.part.get("channel_type"))) if channel_id else None

    def actor(self) -> Actor | None:
        """Who did it."""
        person = text_of(self.part.get("user"))
        return Actor(id=person, is_self=person in self.team.ours) if person else None


def read_event(body: object, origin: Origin) -> Sequence[Interaction]:
    """What an event tells; of kind `unknown` if we have no word for it. The question for our address tells nothing.

    Raises Unreadable for what is no envelope of Slack.
    """
    raw = mapping_of(body)
    envelope = text_of(raw.get("type"))
    if envelope is None:
        raise Unreadable("a Slack body names its type", pointer="/type")
    if envelope == "url_verification":
        return ()
    origin = origin.belonging_to(text_of(raw.get("team_id")))
    sent_at = from_seconds(raw.get("event_time"))
    if envelope != "event_callback":
        return (origin.unknown(raw, platform=PLATFORM, raw_kind=envelope.replace("\0", ""), event=sent_at),)
    event = Event(
        part=mapping_of(raw.get("event")),
        name=text_of(mapping_of(raw.get("event")).get("type")) or "event",
        event_id=text_of(raw.get("event_id")),
        sent_at=sent_at,
        team=Team(origin=origin, ours=_ours(raw, origin)),
    )
    reader = _READERS.get(event.name)
    interaction = reader(event) if reader else None
    return (interaction or _unknown(event),)


def _ours(raw: Mapping[str, Any], origin: Origin) -> frozenset[str]:
    """Under which ids the app itself speaks, as far as the envelope tells."""
    grants = [mapping_of(item) for item in list_of(raw.get("authorizations"))[:100]]
    users = {text_of(grant.get("user_id")) for grant in grants if grant.get("is_bot") is not False}
    named = {*users, text_of(raw.get("api_app_id")), origin.account.external_id}
    return frozenset(one for one in named if one)


def _unknown(event: Event) -> Interaction:
    subtype = text_of(event.part.get("subtype"))
    name = f"{event.name}.{subtype}" if subtype else event.name
    return event.team.origin.unknown(
        [event.event_id, event.part], platform=PLATFORM, raw_kind=name, actor=event.actor(), event=event.at
    )


def _message(event: Event) -> Interaction | None:
    channel, subtype = event.channel(), text_of(event.part.get("subtype"))
    if channel is None:
        return None
    if subtype == "message_changed":
        return _changed(event, channel)
    if subtype == "message_deleted":
        return _deleted(event, channel, mapping_of(event.part.get("previous_message")))
    if subtype not in _SPOKEN:
        return None
    raw_kind = f"message.{subtype}" if subtype else "message"
    return read_message(event.part, channel, event.team, raw_kind=raw_kind)


def _changed(event: Event, channel: Channel) -> Interaction | None:
    now, before = mapping_of(event.part.get("message")), mapping_of(event.part.get("previous_message"))
    if now.get("subtype") == "tombstone":
        # Something deleted that others have answered stays as a stone with its name on it.
        return _deleted(event, channel, before)
    edited = mapping_of(now.get("edited"))
    if now.get("text") == before.get("text") and edited == mapping_of(before.get("edited")):
        # Slack also tells so when it has looked up a link.
        return None
    stamp = text_of(edited.get("ts"))
    return read_message(
        now,
        channel,
        event.team,
        raw_kind="message.message_changed",
        action=Action.UPDATED,
        at=from_ts(stamp) or event.at,
        revision=f"edit:{stamp or event.stamp}",
    )


def _deleted(event: Event, channel: Channel, before: Mapping[str, Any]) -> Interaction | None:
    ts = text_of(event.part.get("deleted_ts")) or text_of(before.get("ts"))
    gone = {name: before[name] for name in ("user", "bot_id", "app_id", "thread_ts") if name in before}
    return read_message(
        {**gone, "ts": ts},
        channel,
        event.team,
        raw_kind="message.message_deleted",
        action=Action.DELETED,
        at=event.at,
        revision="deleted",
        means_us=any(f"<@{one}" in (text_of(before.get("text")) or "") for one in event.team.ours),
    )


def _mention(event: Event) -> Interaction | None:
    channel = event.channel()
    return read_message(event.part, channel, event.team, raw_kind="app_mention", means_us=True) if channel else None


def _reaction(event: Event) -> Interaction | None:
    item, actor, feeling = mapping_of(event.part.get("item")), event.actor(), text_of(event.part.get("reaction"))
    channel_id, ts = text_of(item.get("channel")), text_of(item.get("ts"))
    if channel_id is None or ts is None or actor is None or feeling is None:
        return None
    channel = Channel.of(channel_id, None)
    place = Target(conversation_id=channel.id) if channel.is_private else Target(post_id=channel.id)
    key = f"reaction:{actor.id}:{channel.named(ts)}:{feeling}:{event.name}:{event.stamp}"
    return _happened(
        event,
        Kind.REACTION,
        Action.CREATED if event.name == "reaction_added" else Action.REMOVED,
        native_key=key,
        thing=Object(id=key, reaction=feeling),
        target=msgspec.structs.replace(place, parent_id=channel.named(ts)),
    )


def _membership(event: Event) -> Interaction | None:
    channel, actor = event.channel(), event.actor()
    if channel is None or actor is None:
        return None
    has_come = event.name == "member_joined_channel"
    kind, actions = Kind.FOLLOW, (Action.CREATED, Action.REMOVED)
    if actor.is_self:
        # We were taken into a channel, or out of it.
        kind, actions = Kind.SYSTEM, (Action.AUTHORIZED, Action.REVOKED)
    return _happened(
        event,
        kind,
        actions[0 if has_come else 1],
        native_key=f"{event.name}:{channel.id}:{actor.id}:{event.stamp}",
        thing=Object(id=actor.id),
        target=Target(post_id=channel.id),
    )


def _ended(event: Event) -> Interaction | None:
    key = f"{event.name}:{event.event_id or event.stamp}"
    return _happened(event, Kind.SYSTEM, Action.REVOKED, native_key=key, thing=Object(id=key), target=None)


def _happened(
    event: Event, kind: Kind, action: Action, *, native_key: str, thing: Object, target: Target | None
) -> Interaction:
    origin, actor = event.team.origin, event.actor()
    occurred_at, source = origin.when(event.at)
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
        raw_kind=event.name,
    )


_READERS: Mapping[str, Callable[[Event], Interaction | None]] = MappingProxyType(
    {
        "message": _message,
        "app_mention": _mention,
        "reaction_added": _reaction,
        "reaction_removed": _reaction,
        "member_joined_channel": _membership,
        "member_left_channel": _membership,
        **dict.fromkeys(_ENDINGS, _ended),
    }
)
