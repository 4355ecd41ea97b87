"""Direct messages on TikTok: said by people, by the brand from wherever it writes, and as the list of them has them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from huiying.events.interactions import (
    Action,
    Actor,
    Attachment,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import digest_of, from_milliseconds, list_of, mapping_of, text_of
from ingest.clients.connectors.tiktok_notice import Notice

NOTICE_OF_EUROPE = "im_receive_msg_eu"
"""Of a message from the EEA, Switzerland or the United Kingdom TikTok tells only that there is one."""

# How long a person may be answered, and how often before they write again.
REPLY_WINDOW = timedelta(hours=48)
MOST_REPLIES = 10

_SENT = "im_send_msg"
_MEDIA = ("image", "video", "sticker", "emoji", "share_post")
_BUSINESS = "business_account"


def read_message(notice: Notice) -> Sequence[Interaction]:
    """`im_receive_msg` and its echo `im_send_msg`: one message, or one reaction after the other."""
    content = notice.content
    message_id, sender = text_of(content.get("message_id")), _sender(notice)
    if message_id is None or sender is None:
        return ()
    if text_of(content.get("type")) == "reaction":
        reactions = list_of(content.get("reaction"))
        return [one for item in reactions if (one := _reaction(mapping_of(item), notice)) is not None]
    at = from_milliseconds(content.get("timestamp"))
    payload = mapping_of(content.get("reply_source_payload"))
    referenced = mapping_of(content.get("referenced_message_info"))
    message = notice.told(
        Kind.MESSAGE,
        Action.CREATED,
        native_key=f"message:{message_id}",
        thing=Object(id=message_id, text=_text(content), attachments=_attachments(content)),
        actor=sender,
        at=at,
        target=Target(
            conversation_id=text_of(content.get("conversation_id")),
            parent_id=text_of(referenced.get("referenced_message_id")),
        ),
        answers=ReplyOptions(
            capabilities=(Capability.DIRECT_MESSAGE,),
            window_expires_at=at + REPLY_WINDOW if at else None,
            max_replies=MOST_REPLIES,
        ),
        more={
            "payload": text_of(payload.get("reply_source_unique_id")),
            "unique_identifier": text_of(content.get("unique_identifier")),
            "auto_message_type": text_of(content.get("auto_message_type")),
            "type": None if text_of(content.get("type")) == "text" else text_of(content.get("type")),
        },
    )
    return (message,)


def listed_message(raw: Mapping[str, Any], notice: Notice) -> Interaction | None:
    """An entry of the list of a conversation's messages, under the same id as its push."""
    # The list writes in capitals what a push writes small, and calls other things sender and type.
    words = {
        **raw,
        "type": (text_of(raw.get("message_type")) or "").lower(),
        "from": raw.get("sender"),
        "to": raw.get("recipient"),
    }
    same = Notice(origin=notice.origin, event=notice.event, content=words, own_ids=notice.own_ids)
    return next(iter(read_message(same)), None) if words["type"] != "reaction" else None


def read_receipt(notice: Notice) -> Interaction | None:
    """`im_mark_read_msg`: a person has read up to some moment."""
    content, reader = notice.content, _sender(notice)
    conversation = text_of(content.get("conversation_id"))
    until = text_of(mapping_of(content.get("read")).get("last_read_timestamp"))
    if reader is None or conversation is None or until is None:
        return None
    name = f"{conversation}:read:{until}"
    return notice.told(
        Kind.RECEIPT,
        Action.READ,
        native_key=f"receipt:{name}",
        thing=Object(id=name),
        actor=reader,
        at=from_milliseconds(content.get("timestamp")) or from_milliseconds(until),
        target=Target(conversation_id=conversation),
        more={"watermark": until},
    )


def read_referral(notice: Notice) -> Interaction | None:
    """`im_referral_msg`: somebody came into the conversation from an advertisement or a link."""
    content, person = notice.content, _sender(notice)
    referral = mapping_of(content.get("referral"))
    if person is None or not referral:
        return None
    at, ad = from_milliseconds(content.get("timestamp")), mapping_of(referral.get("ad"))
    name = f"{person.id}:{notice.stamp(at)}:{digest_of(referral)}"
    return notice.told(
        Kind.SYSTEM,
        Action.ENTERED,
        native_key=f"referral:{name}",
        thing=Object(id=name),
        actor=person,
        at=at,
        target=Target(conversation_id=text_of(content.get("conversation_id"))),
        more={
            "source": text_of(referral.get("source")),
            "ad_id": text_of(ad.get("ad_id")),
            "ref": text_of(mapping_of(referral.get("short_link")).get("ref")),
        },
    )


def read_notice_of_europe(notice: Notice) -> Interaction:
    """That a message waits, and nothing more; the list has it."""
    at = from_milliseconds(notice.content.get("timestamp"))
    name = f"{notice.stamp(at)}:{digest_of(dict(notice.content))}"
    return notice.told(
        Kind.SYSTEM, Action.CREATED, native_key=f"notice:{name}", thing=Object(id=name), actor=None, at=at
    )


def _sender(notice: Notice) -> Actor | None:
    content = notice.content
    user = mapping_of(content.get("from_user"))
    role = (text_of(user.get("role")) or "").lower()
    is_brand = notice.event == _SENT or role == _BUSINESS
    # In lists a person has but this id, so it is theirs in pushes too, which know another one besides.
    someone = text_of(user.get("id")) or (None if is_brand else text_of(content.get("unique_identifier")))
    if is_brand:
        someone = someone or notice.origin.account.external_id or None
    return notice.actor(someone, name=text_of(content.get("from")), is_self=is_brand)


def _text(content: Mapping[str, Any]) -> str | None:
    return text_of(mapping_of(content.get("text")).get("body"))


def _attachments(content: Mapping[str, Any]) -> tuple[Attachment, ...]:
    kind = text_of(content.get("type"))
    if kind not in _MEDIA:
        return ()
    part = mapping_of(content.get(kind))
    return (
        Attachment(
            kind="share" if kind == "share_post" else kind,
            url=text_of(part.get("embed_url")) or text_of(part.get("url")),
            media_id=text_of(part.get("media_id")) or text_of(part.get("video_id")),
        ),
    )


def _reaction(item: Mapping[str, Any], notice: Notice) -> Interaction | None:
    liked, sender = text_of(item.get("original_msg_id")), _sender(notice)
    verb = (text_of(item.get("operation")) or "").upper()
    actions = {"ADD": Action.CREATED, "REMOVE": Action.REMOVED}
    if liked is None or sender is None or verb not in actions:
        return None
    at = from_milliseconds(item.get("timestamp"))
    feeling = text_of(item.get("emoji"))
    key = f"reaction:{sender.id}:{liked}:{feeling or ''}:{verb}:{notice.stamp(at)}"
    return notice.told(
        Kind.REACTION,
        actions[verb],
        native_key=key,
        thing=Object(id=key, reaction=feeling),
        actor=sender,
        at=at,
        direction=Direction.OUTBOUND if sender.is_self else Direction.INBOUND,
        target=Target(parent_id=liked, conversation_id=text_of(notice.content.get("conversation_id"))),
    )
