"""Answering as a QQ bot, which must show the message that it answers, and may do so for some minutes only."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from huiying.events.moderation import ModerationKind
from huiying.events.replies import ReplyAttachment, ReplyTarget
from huiying.http.client import OutcomeUnknown
from ingest.clients.connectors.abilities import Moderation
from ingest.clients.connectors.connector import CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.qq_api import Bot
from ingest.clients.connectors.qq_events import C2C, CHANNEL, DIRECT, GROUP

_TEXT, _MEDIA = 0, 7
_ROOTS: Mapping[str, str] = MappingProxyType(
    {C2C: "/v2/users", GROUP: "/v2/groups", CHANNEL: "/channels", DIRECT: "/dms"}
)
_FILE_TYPES: Mapping[str, int] = MappingProxyType({"image": 1, "video": 2, "audio": 3})
_LARGEST_SEQUENCE = 2**31 - 1


async def send(reply: OutgoingReply, *, bot: Bot) -> Sent:
    """Say it, once. Raises as `Connector.send` promises."""
    place, where = _place(reply.target, reply.reply_id)
    said = f"reply {reply.reply_id}: QQ answered"
    if len(reply.attachments) > 1:
        raise CallRefused(f"reply {reply.reply_id}: QQ takes one attachment with a message")
    if place in {CHANNEL, DIRECT}:
        answer = await bot.ask("POST", f"{where}/messages", said=said, body=_in_channel(reply))
        return Sent(object_id=text_of(answer.get("id")))
    try:
        body = await _in_private(reply, where, bot=bot)
        answer = await bot.ask("POST", f"{where}/messages", said=said, body=body)
    except OutcomeUnknown as error:
        # The same msg_id and msg_seq go out once, however often they are sent.
        raise PlatformBusy(str(error), retry_after_seconds=5) from error
    return Sent(object_id=text_of(answer.get("id")))


async def recall(moderation: Moderation, *, bot: Bot) -> None:
    """Take back a message; QQ lets a bot do so for two minutes. Raises as `Moderates.moderate` promises."""
    target = moderation.target
    if moderation.kind is not ModerationKind.DELETE:
        raise CallRefused(f"QQ has no way to {moderation.kind} {target.object_id}")
    _, where = _place(target, target.interaction_id)
    await bot.ask("DELETE", f"{where}/messages/{quote(target.object_id, safe='')}", said="QQ takes nothing back")


def sequence_of(reply_id: str) -> int:
    """A reply's msg_seq: the same at every attempt, and another for every reply."""
    digest = hashlib.sha256(reply_id.encode()).digest()
    return int.from_bytes(digest[:8]) % _LARGEST_SEQUENCE + 1


def _place(target: ReplyTarget, name: str) -> tuple[str, str]:
    """Where it goes, and the address of that place."""
    place, where = target.handle.get("place", C2C), target.handle.get("where")
    where = where or target.conversation_id or target.counterpart_id
    if where is None or place not in _ROOTS:
        raise CallRefused(f"{name}: nobody is known whom a message could be sent to")
    return place, f"{_ROOTS[place]}/{quote(where, safe='')}"


def _in_channel(reply: OutgoingReply) -> dict[str, Any]:
    for attachment in reply.attachments:
        if attachment.kind != "image":
            raise CallRefused(f"reply {reply.reply_id}: a channel takes pictures, no {attachment.kind}")
    picture = {"image": reply.attachments[0].url} if reply.attachments else {}
    return {"content": reply.text, "msg_id": reply.target.object_id, **picture}


async def _in_private(reply: OutgoingReply, where: str, *, bot: Bot) -> dict[str, Any]:
    message = {"content": reply.text, "msg_id": reply.target.object_id, "msg_seq": sequence_of(reply.reply_id)}
    if not reply.attachments:
        return {**message, "msg_type": _TEXT}
    file_info = await _uploaded(reply.attachments[0], where, said=f"reply {reply.reply_id}: QQ", bot=bot)
    return {**message, "msg_type": _MEDIA, "media": {"file_info": file_info}}


async def _uploaded(attachment: ReplyAttachment, where: str, *, said: str, bot: Bot) -> str:
    """What a file is called in a message to that place. QQ fetches it by itself and shows it to nobody yet."""
    file_type = _FILE_TYPES.get(attachment.kind)
    if file_type is None:
        raise CallRefused(f"{said} takes pictures, videos and sound, no {attachment.kind}")
    body = {"file_type": file_type, "url": attachment.url, "srv_send_msg": False}
    name = text_of((await bot.ask("POST", f"{where}/files", said=f"{said} answered", body=body)).get("file_info"))
    if name is None:
        raise PlatformBusy(f"{said} answered without file_info", retry_after_seconds=30)
    return name
