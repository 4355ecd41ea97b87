"""What people say and do to a brand, in one shape for every platform.

Ids are opaque strings. A value that a platform does not give is absent, never invented.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from huiying.events.deliveries import Proof
from huiying.events.envelope import Event, Value


class Kind(StrEnum):
    """What sort of thing happened."""

    COMMENT = "comment"
    MESSAGE = "message"
    MENTION = "mention"
    FOLLOW = "follow"
    REACTION = "reaction"
    SHARE = "share"
    POST = "post"
    COMMAND = "command"
    RECEIPT = "receipt"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What happened to it."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    HIDDEN = "hidden"
    UNHIDDEN = "unhidden"
    REMOVED = "removed"
    READ = "read"
    DELIVERED = "delivered"
    ENTERED = "entered"
    AUTHORIZED = "authorized"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Who acted: a person, the brand, or the platform."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    SYSTEM = "system"


class TimeSource(StrEnum):
    """Where `occurred_at` was read: in the event, on the delivery, or on our own clock."""

    EVENT = "event"
    DELIVERY = "delivery"
    RECEIVE = "receive"


class Capability(StrEnum):
    """What may be done in answer."""

    PUBLIC_REPLY = "public_reply"
    PRIVATE_REPLY = "private_reply"
    DIRECT_MESSAGE = "direct_message"
    HIDE = "hide"
    DELETE = "delete"
    LIKE = "like"


class AccountRef(Value, frozen=True, kw_only=True):
    """The brand's account to which it happened."""

    id: str
    external_id: str
    brand: str


class Actor(Value, frozen=True, kw_only=True):
    """Who did it, as far as the platform tells."""

    id: str
    name: str | None = None
    username: str | None = None
    url: str | None = None
    followers: int | None = None
    is_self: bool = False


class Attachment(Value, frozen=True, kw_only=True):
    """Something that came with the text."""

    kind: str
    url: str | None = None
    media_id: str | None = None
    title: str | None = None


class Mention(Value, frozen=True, kw_only=True):
    """Somebody named in the text."""

    id: str | None = None
    username: str | None = None
    is_self: bool = False


class Object(Value, frozen=True, kw_only=True):
    """The thing itself."""

    id: str
    text: str | None = None
    lang: str | None = None
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[Mention, ...] = ()
    reaction: str | None = None


class Target(Value, frozen=True, kw_only=True):
    """What it was done to."""

    post_id: str | None = None
    parent_id: str | None = None
    conversation_id: str | None = None
    post_url: str | None = None
    post_title: str | None = None


class ReplyOptions(Value, frozen=True, kw_only=True):
    """How it may be answered, how often, and until when.

    `handle` is what the platform wants to see again in an answer, beside the ids: for its connector alone.
    """

    capabilities: tuple[Capability, ...] = ()
    window_expires_at: datetime | None = None
    max_replies: int | None = None
    handle: dict[str, str] = {}


class Interaction(Value, frozen=True, kw_only=True):
    """One thing that one person did to one account.

    `id` is `{platform}:{account external id}:{native key}`: the same on every redelivery, poll, backfill and replay.
    `raw_kind` is the platform's own name for it, and `extensions` what nobody should branch on.
    """

    id: str
    platform: str
    kind: Kind
    action: Action
    direction: Direction
    account: AccountRef
    actor: Actor | None = None
    object: Object
    target: Target | None = None
    occurred_at: datetime
    occurred_at_source: TimeSource = TimeSource.EVENT
    received_at: datetime
    reply: ReplyOptions = ReplyOptions()
    verified: Proof
    raw_kind: str | None = None
    extensions: dict[str, Any] = {}

    @property
    def counterpart_id(self) -> str | None:
        """The other person: the author of what comes in, the recipient of what goes out, if known."""
        if self.direction is Direction.OUTBOUND:
            return self.target.conversation_id if self.target else None
        return self.actor.id if self.actor else None


class InteractionReceived(Event, frozen=True, kw_only=True):
    """Something happened to one of the brand's accounts."""

    type: ClassVar[str] = "interaction.received"

    interaction: Interaction

    @property
    def key(self) -> str:
        interaction = self.interaction
        conversation = interaction.target.conversation_id if interaction.target else None
        other = interaction.counterpart_id or conversation or interaction.object.id
        return f"{interaction.account.id}:{other}"
