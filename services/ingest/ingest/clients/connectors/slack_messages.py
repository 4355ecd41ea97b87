"""A Slack message: where it was said, what it says, and how it may be answered.

A message is known by its channel and its `ts`. The same one may come as `message`, as `app_mention`, and on a list.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
    Actor,
    Attachment,
    Capability,
    Direction,
    Interaction,
    Kind,
    Mention,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of

PLATFORM = "slack"
CHANNEL, THREAD = "channel", "thread_ts"

_TS = re.compile(r"([0-9]{1,10})\.([0-9]{1,6})")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|([^>]*))?>")
_MOST_PARTS = 200


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """Whose app it is that hears: `ours` are the ids under which the app itself speaks."""

    origin: Origin
    ours: frozenset[str]


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where something was said; `kind` in Slack's words: channel, group, im or mpim."""

    id: str
    kind: str

    @classmethod
    def of(cls, channel_id: str, kind: str | None) -> "Channel":
        """The channel; one of which no kind was told shows by its id whether it is between two."""
        return cls(id=channel_id, kind=kind or ("im" if channel_id.startswith("D") else "channel"))

    @property
    def is_private(self) -> bool:
        """Whether only those who were written to can read it."""
        return self.kind in {"im", "mpim", "app_home"}

    def named(self, ts: str) -> str:
        """A message of this channel."""
        return f"{self.id}:{ts}"


def from_ts(value: object) -> datetime | None:
    """The instant of a `ts`: seconds and microseconds, as text."""
    found = _TS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return datetime.fromtimestamp(int(found[1]), UTC).replace(microsecond=int(found[2].ljust(6, "0")))


def read_message(
    part: Mapping[str, Any],
    channel: Channel,
    team: Team,
    *,
    raw_kind: str,
    action: Action = Action.CREATED,
    at: datetime | None = None,
    revision: str | None = None,
    means_us: bool = False,
) -> Interaction | None:
    """What was said; or, with a `revision`, what became of it. None for what has no `ts`."""
    ts = text_of(part.get("ts"))
    if ts is None:
        return None
    mentions = _mentions(part, team)
    kind = _kind(channel, means_us=means_us or any(mention.is_self for mention in mentions))
    actor = author_of(part, team)
    root = text_of(part.get("thread_ts"))
    occurred_at, source = team.origin.when(at or from_ts(ts))
    key = f"message:{channel.named(ts)}"
    direction = direction_of(actor)
    return Interaction(
        id=team.origin.identify(PLATFORM, key if revision is None else f"{key}:{revision}"),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=direction,
        account=team.origin.account,
        actor=actor,
        object=Object(id=channel.named(ts), text=_text(part), attachments=_attachments(part), mentions=mentions),
        target=_target(kind, channel, root if root != ts else None),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=team.origin.received_at,
        reply=_answers(kind, channel, direction, action, ts=ts, root=root),
        verified=team.origin.verified,
        raw_kind=raw_kind,
        extensions={"channel_type": channel.kind} if channel.kind != "channel" else {},
    )


def author_of(part: Mapping[str, Any], team: Team) -> Actor | None:
    """Who wrote: a person, an app, or we ourselves."""
    person, bot = text_of(part.get("user")), text_of(part.get("bot_id"))
    app = text_of(part.get("app_id")) or text_of(mapping_of(part.get("bot_profile")).get("app_id"))
    author = person or bot
    if author is None:
        return None
    profile = mapping_of(part.get("user_profile"))
    name = text_of(profile.get("real_name")) or text_of(profile.get("display_name")) or text_of(part.get("username"))
    is_self = any(one in team.ours for one in (person, bot, app) if one)
    return Actor(id=author, name=name, username=text_of(profile.get("name")), is_self=is_self)


def _kind(channel: Channel, *, means_us: bool) -> Kind:
    if channel.is_private:
        return Kind.MESSAGE
    return Kind.MENTION if means_us else Kind.COMMENT


def _target(kind: Kind, channel: Channel, root: str | None) -> Target:
    parent_id = channel.named(root) if root else None
    if kind is Kind.MESSAGE:
        return Target(conversation_id=channel.id, parent_id=parent_id)
    return Target(post_id=channel.id, parent_id=parent_id)


def _answers(
    kind: Kind, channel: Channel, direction: Direction, action: Action, *, ts: str, root: str | None
) -> ReplyOptions:
    handle = {CHANNEL: channel.id}
    if action not in {Action.CREATED, Action.UPDATED}:
        return ReplyOptions()
    if direction is Direction.OUTBOUND:
        # An app may take back what it said itself, and nothing that others said.
        return ReplyOptions(capabilities=(Capability.DELETE,), handle=handle)
    if kind is Kind.MESSAGE:
        thread = {THREAD: root} if root and root != ts else {}
        return ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE, Capability.LIKE), handle={**handle, **thread})
    capabilities = (Capability.PUBLIC_REPLY, Capability.PRIVATE_REPLY, Capability.LIKE)
    return ReplyOptions(capabilities=capabilities, handle={**handle, THREAD: root or ts})


def _text(part: Mapping[str, Any]) -> str | None:
    text = text_of(part.get("text"))
    if text is None:
        return None
    # Slack marks up what it took for a link, and writes three characters as HTML would.
    text = _LINK.sub(_link, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _link(found: re.Match[str]) -> str:
    url, label = found[1], found[2]
    if not label or url.endswith(label) or label.startswith(url):
        return label or url
    return f"{label} ({url})"


def _mentions(part: Mapping[str, Any], team: Team) -> tuple[Mention, ...]:
    named = [(one, name or None) for one, name in _PERSON.findall(text_of(part.get("text")) or "")]
    found = dict([*((one, None) for one in _in_blocks(part)), *named][-_MOST_PARTS:])
    return tuple(Mention(id=one, username=name, is_self=one in team.ours) for one, name in found.items())


def _in_blocks(part: Mapping[str, Any]) -> Sequence[str]:
    """Who is named in what was composed rather than typed: a text for simple apps may leave them out."""
    rows = [row for block in list_of(part.get("blocks")) for row in list_of(mapping_of(block).get("elements"))]
    elements = (mapping_of(element) for row in rows for element in list_of(mapping_of(row).get("elements")))
    return [one_id for one in elements if one.get("type") == "user" and (one_id := text_of(one.get("user_id")))]


def _attachments(part: Mapping[str, Any]) -> tuple[Attachment, ...]:
    files: Sequence[Mapping[str, Any]] = [mapping_of(item) for item in list_of(part.get("files"))[:_MOST_PARTS]]
    return tuple(
        Attachment(
            kind=_file_kind(text_of(one.get("mimetype")) or ""),
            url=text_of(one.get("permalink")) or text_of(one.get("url_private")),
            media_id=text_of(one.get("id")),
            title=text_of(one.get("title")) or text_of(one.get("name")),
        )
        for one in files
    )


def _file_kind(mimetype: str) -> str:
    kind = mimetype.partition("/")[0]
    return kind if kind in {"image", "video", "audio"} else "file"
