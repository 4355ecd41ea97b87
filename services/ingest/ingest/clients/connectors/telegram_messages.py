"""A Telegram message: what it is, where it was said, and how it may be answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.interactions import (
    AccountRef,
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
from ingest.clients.connectors.connector import Credentials
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of

# What a message may carry beside its text, and what we call it.
_ATTACHMENTS: Mapping[str, str] = MappingProxyType(
    {
        "photo": "image",
        "animation": "video",
        "video": "video",
        "video_note": "video",
        "audio": "audio",
        "voice": "audio",
        "document": "file",
        "sticker": "sticker",
        "venue": "location",
        "location": "location",
        "contact": "card",
        "poll": "poll",
        "dice": "dice",
        "story": "story",
        "paid_media": "file",
        "checklist": "checklist",
    }
)
_ENVELOPE = frozenset({"message_id", "date", "chat", "from", "sender_chat", "message_thread_id", "edit_date"})
_MAX_MENTIONS = 200
_MODERATION = (Capability.LIKE, Capability.DELETE)


class Bot(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are there: an update does not say to whom it came."""

    ids: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, account: AccountRef, credentials: Credentials) -> "Bot":
        """The bot of an account: its number begins the token, and the account may carry either as its name."""
        numbers = {token.partition(":")[0] for token in credentials.get("bot_token", ())}
        given = {*credentials.get("bot_username", ()), account.external_id}
        names = {name.removeprefix("@").lower() for name in given}
        return cls(ids=frozenset({*numbers, account.external_id} - {""}), names=frozenset(names - {""}))


class Message(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One message. Its own id is unique in its chat only."""

    part: Mapping[str, Any]
    chat_id: str
    message_id: str
    chat_type: str | None
    mentions: tuple[Mention, ...]

    @classmethod
    def of(cls, part: Mapping[str, Any], *, bot: Bot) -> "Message | None":
        """The message, or None for what has no place or no id."""
        chat = mapping_of(part.get("chat"))
        chat_id, message_id = text_of(chat.get("id")), text_of(part.get("message_id"))
        if chat_id is None or message_id is None:
            return None
        return cls(
            part=part,
            chat_id=chat_id,
            message_id=message_id,
            chat_type=text_of(chat.get("type")),
            mentions=_mentions(part, bot),
        )

    @cached_property
    def object_id(self) -> str:
        """What names it in all of Telegram."""
        return self.named(self.message_id)

    @property
    def text(self) -> str | None:
        """What was written, also under a picture."""
        return text_of(self.part.get("text")) or text_of(self.part.get("caption"))

    @property
    def has_content(self) -> bool:
        """Whether somebody said something; Telegram also tells in messages who came and what was pinned."""
        return self.text is not None or any(name in self.part for name in _ATTACHMENTS)

    @property
    def service(self) -> str:
        """What a message that says nothing is about."""
        return (text_of(next((key for key in self.part if key not in _ENVELOPE), None)) or "service").replace("\0", "")

    @cached_property
    def business_id(self) -> str | None:
        """The connection through which the bot speaks for a person's own account."""
        return text_of(self.part.get("business_connection_id"))

    @cached_property
    def thread_id(self) -> str | None:
        """The message under which it was said, or the topic."""
        return text_of(self.part.get("message_thread_id"))

    @property
    def is_post(self) -> bool:
        """Whether a channel published it, or it is the copy of that in the group where people discuss it."""
        return self.chat_type == "channel" or self.part.get("is_automatic_forward") is True

    @cached_property
    def is_comment(self) -> bool:
        """Whether it was said under something that the channel published.

        An answer to such a comment no longer shows the post; that it hangs in the same thread as what it answers tells.
        """
        above = mapping_of(self.part.get("reply_to_message"))
        if self.thread_id is None or self.part.get("is_topic_message") is True:
            return False
        return above.get("is_automatic_forward") is True or text_of(above.get("message_thread_id")) == self.thread_id

    @cached_property
    def kind(self) -> Kind:
        """What sort of message it is."""
        if self.is_post:
            return Kind.POST
        if self.chat_type == "private" or self.business_id is not None:
            return Kind.MESSAGE
        if any(mention.is_self for mention in self.mentions):
            return Kind.MENTION
        return Kind.COMMENT if self.is_comment else Kind.MESSAGE

    def named(self, message_id: str) -> str:
        """A message of the same chat; a person's own account counts its messages by itself."""
        return ":".join(part for part in (self.business_id, self.chat_id, message_id) if part)

    def is_ours(self, actor_id: str) -> bool:
        """Whether the brand said it: its channel, or, where the bot serves a person's account, that person."""
        return self.is_post or (self.business_id is not None and actor_id != self.chat_id)

    def target(self) -> Target:
        """Where it was said, and what it answers."""
        above = text_of(mapping_of(self.part.get("reply_to_message")).get("message_id"))
        parent_id = self.named(above) if above else None
        if self.is_post:
            return Target(post_id=self.object_id)
        post_id = self.named(self.thread_id) if self.is_comment and self.thread_id else None
        if self.kind is Kind.COMMENT:
            return Target(post_id=post_id, parent_id=parent_id if parent_id != post_id else None)
        return Target(post_id=post_id, parent_id=parent_id, conversation_id=self.chat_id)

    def answers(self, *, may_answer: bool) -> ReplyOptions:
        """How it may be answered; Telegram sets no time limit to answers, and 48 hours to deletions by a bot."""
        if not may_answer or self.is_post:
            return ReplyOptions()
        answer = Capability.DIRECT_MESSAGE if self.kind is Kind.MESSAGE else Capability.PUBLIC_REPLY
        more = () if self.business_id is not None else _MODERATION
        return ReplyOptions(capabilities=(answer, *more), handle=self.handle())

    def handle(self) -> dict[str, str]:
        """What an answer needs to stand in the same place."""
        found = {
            "chat_id": self.chat_id,
            "message_id": self.message_id,
            "message_thread_id": self.thread_id,
            "business_connection_id": self.business_id,
        }
        return {name: value for name, value in found.items() if value is not None}

    def extensions(self) -> dict[str, Any]:
        """What nobody should branch on."""
        chat, forwarded = mapping_of(self.part.get("chat")), mapping_of(self.part.get("forward_origin"))
        found = {
            "chat_type": self.chat_type,
            "chat_title": text_of(chat.get("title")),
            "media_group_id": text_of(self.part.get("media_group_id")),
            "forwarded_from": text_of(forwarded.get("type")),
            "business_connection_id": self.business_id,
        }
        return {name: value for name, value in found.items() if value is not None}


def read_message(
    message: Message,
    *,
    origin: Origin,
    platform: str,
    actor: Actor | None,
    revision: str | None,
    at: datetime | None,
    raw_kind: str,
) -> Interaction:
    """The interaction that a message, or with a `revision` its edit, tells of."""
    occurred_at, source = origin.when(at)
    direction = direction_of(actor)
    key = f"message:{message.object_id}"
    return Interaction(
        id=origin.identify(platform, key if revision is None else f"{key}:edit:{revision}"),
        platform=platform,
        kind=message.kind,
        action=Action.CREATED if revision is None else Action.UPDATED,
        direction=direction,
        account=origin.account,
        actor=actor,
        object=Object(
            id=message.object_id, text=message.text, attachments=_attachments(message.part), mentions=message.mentions
        ),
        target=message.target(),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=message.answers(may_answer=direction is Direction.INBOUND),
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=message.extensions(),
    )


def _attachments(part: Mapping[str, Any]) -> tuple[Attachment, ...]:
    # An animation comes once more as a document, and a venue as a location, for apps that know only those.
    doubled = {"document" if "animation" in part else "", "location" if "venue" in part else ""}
    return tuple(
        _attachment(kind, part[name]) for name, kind in _ATTACHMENTS.items() if name in part and name not in doubled
    )


def _attachment(kind: str, raw: object) -> Attachment:
    # A picture comes in several sizes, the largest last.
    sizes = list_of(raw)
    item = mapping_of(sizes[-1] if sizes else raw)
    named = (item.get(name) for name in ("file_name", "title", "question", "emoji", "phone_number"))
    return Attachment(
        kind=kind,
        media_id=text_of(item.get("file_id")),
        title=next((text for one in named if (text := text_of(one))), None),
    )


def _mentions(part: Mapping[str, Any], bot: Bot) -> tuple[Mention, ...]:
    # Telegram counts in UTF-16 units, in which an emoji is two.
    text = (text_of(part.get("text")) or text_of(part.get("caption")) or "").encode("utf-16-le", "surrogatepass")
    entities = list_of(part.get("entities")) or list_of(part.get("caption_entities"))
    found: list[Mention] = []
    for raw in entities[:_MAX_MENTIONS]:
        entity = mapping_of(raw)
        person = mapping_of(entity.get("user"))
        person_id = text_of(person.get("id"))
        if entity.get("type") == "text_mention" and person_id is not None:
            found.append(Mention(id=person_id, username=text_of(person.get("username")), is_self=person_id in bot.ids))
        elif entity.get("type") in ("mention", "bot_command"):
            found.extend(_named(_slice(text, entity), bot.names))
    return tuple(found)


def _named(text: str, our_names: frozenset[str]) -> Sequence[Mention]:
    # A command may say whose it is: /menu@tanghulu_bot.
    _, _, name = text.partition("@")
    return [Mention(username=name, is_self=name.lower() in our_names)] if name else []


def _slice(text: bytes, entity: Mapping[str, Any]) -> str:
    offset, length = entity.get("offset"), entity.get("length")
    if (
        not isinstance(offset, int)
        or not isinstance(length, int)
        or not 0 <= offset <= len(text)
        or not 0 < length <= 64
    ):
        return ""
    return text[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")
