"""Calling Telegram's Bot API.

The bot's token is part of every address, so no address and no answer goes into a message without being cleared of it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors import api_calls
from ingest.clients.connectors.abilities import Moderation
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import mapping_of, text_of
from ingest.clients.connectors.responses import object_in, shortened

API_BASE = "https://api.telegram.org"

REDACTED = "[redacted]"

_THUMB_UP = "👍"
_BAD_TOKEN = frozenset({401, 404})
# Telegram fetches the file itself. What it calls a document may be anything.
_FILES = {
    "image": ("sendPhoto", "photo"),
    "video": ("sendVideo", "video"),
    "audio": ("sendAudio", "audio"),
    "file": ("sendDocument", "document"),
}


class GroupMoved(CallRefused):
    """The group has become a supergroup, which has another id; nothing was done to the old one."""

    def __init__(self, message: str, *, chat_id: str) -> None:
        super().__init__(message)
        self.chat_id = chat_id


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is said, and to which message it answers."""

    chat_id: str
    message_id: str | None = None
    topic_id: str | None = None
    business_id: str | None = None

    def arguments(self) -> dict[str, Any]:
        """The place in the Bot API's words."""
        found: dict[str, Any] = {"chat_id": _chat(self.chat_id)}
        if self.message_id is not None:
            # The person may have deleted it meanwhile; the answer is still wanted.
            found["reply_parameters"] = {"message_id": int(self.message_id), "allow_sending_without_reply": True}
        if self.topic_id is not None:
            found["message_thread_id"] = int(self.topic_id)
        if self.business_id is not None:
            found["business_connection_id"] = self.business_id
        return found


async def ask(method: str, arguments: Mapping[str, Any], *, access: Access, said: str) -> Any:
    """The `result` of a method, asked for with the first token that Telegram still takes.

    Raises as `Connector.send` promises; GroupMoved for a group that has another id now.
    """

    async def attempt(token: str) -> Any:
        url = f"{access.base(API_BASE)}/bot{token}/{method}"
        response = await api_calls.call("POST", url, access=access, json=arguments)
        return _result(response, said=said, token=token)

    return await api_calls.with_any(secrets(access.credentials, "bot_token"), attempt)


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Say it where it was asked, or in private to whoever asked."""
    said = f"reply {reply.reply_id}:"
    place = _place(reply)
    try:
        result = await _say(reply, place, access=access, said=said)
    except GroupMoved as moved:
        result = await _say(reply, msgspec.structs.replace(place, chat_id=moved.chat_id), access=access, said=said)
    message = mapping_of(result)
    message_id, chat_id = text_of(message.get("message_id")), text_of(mapping_of(message.get("chat")).get("id"))
    parts = (place.business_id, chat_id or place.chat_id, message_id)
    return Sent(object_id=":".join(part for part in parts if part) if message_id else None)


async def moderate(moderation: Moderation, *, access: Access) -> None:
    """Delete a message, or put a thumb on it, or take that away."""
    chat_id, _, message_id = moderation.target.object_id.rpartition(":")
    if not chat_id or not message_id.isdigit():
        raise CallRefused(f"{shortened(moderation.target.object_id)!r} is no message of a chat")
    arguments: dict[str, Any] = {"chat_id": _chat(chat_id), "message_id": int(message_id)}
    said = f"{moderation.kind} {chat_id}:{message_id}:"
    match moderation.kind:
        case ModerationKind.DELETE:
            await _delete(arguments, access=access, said=said)
        case ModerationKind.LIKE | ModerationKind.UNLIKE:
            liked = moderation.kind is ModerationKind.LIKE
            reaction = [{"type": "emoji", "emoji": _THUMB_UP}] if liked else []
            await ask("setMessageReaction", {**arguments, "reaction": reaction}, access=access, said=said)
        case _:
            raise CallRefused(f"{said} Telegram can delete a message but not hide it")


async def _delete(arguments: Mapping[str, Any], *, access: Access, said: str) -> None:
    try:
        await ask("deleteMessage", arguments, access=access, said=said)
    except CallRefused as refusal:
        # What is gone is deleted; Telegram has no code for it, only these words.
        if "message to delete not found" not in str(refusal):
            raise


async def _say(reply: OutgoingReply, place: Place, *, access: Access, said: str) -> Any:
    if not reply.attachments:
        return await ask("sendMessage", {**place.arguments(), "text": reply.text}, access=access, said=said)
    if len(reply.attachments) > 1:
        raise CallRefused(f"{said} of several attachments only one can go with a Telegram message")
    attachment = reply.attachments[0]
    if attachment.kind not in _FILES:
        raise CallRefused(f"{said} attachments of kind {shortened(attachment.kind)} cannot be sent to Telegram")
    method, name = _FILES[attachment.kind]
    caption = {"caption": reply.text} if reply.text else {}
    return await ask(method, {**place.arguments(), name: attachment.url, **caption}, access=access, said=said)


def _place(reply: OutgoingReply) -> Place:
    target, handle = reply.target, reply.target.handle
    if reply.visibility is Visibility.PRIVATE and target.kind not in {"message", "command"}:
        if target.counterpart_id is None:
            raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
        return Place(chat_id=target.counterpart_id)
    chat_id, _, message_id = target.object_id.rpartition(":")
    found = handle.get("chat_id") or chat_id or target.conversation_id or target.counterpart_id
    if found is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    answered = handle.get("message_id") or (message_id if chat_id else "")
    topic = handle.get("message_thread_id", "")
    return Place(
        chat_id=found,
        message_id=answered if answered.isdigit() else None,
        topic_id=topic if topic.isdigit() else None,
        business_id=handle.get("business_connection_id"),
    )


def _chat(chat_id: str) -> int | str:
    # An id is a number to Telegram; a text is taken for a public name, which must begin with @.
    digits = chat_id.removeprefix("-")
    return int(chat_id) if digits.isascii() and digits.isdigit() and len(digits) <= 19 else chat_id


def _result(response: Response, *, said: str, token: str) -> Any:
    body = object_in(response)
    if response.is_success and body.get("ok") is True and "result" in body:
        return body["result"]
    detail = shortened(body.get("description", "")).replace(token, REDACTED)
    code = body.get("error_code") if isinstance(body.get("error_code"), int) else response.status
    message = f"{said} Telegram answered {code} {detail}".rstrip()
    parameters = mapping_of(body.get("parameters"))
    if code == 429:
        pause = parameters.get("retry_after")
        raise api_calls.limited(message, pause_seconds=pause if isinstance(pause, int) else 30)
    if response.is_success or response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(message)
    moved_to = text_of(parameters.get("migrate_to_chat_id"))
    if moved_to is not None:
        raise GroupMoved(message, chat_id=moved_to)
    needs_reconnect = code in _BAD_TOKEN
    raise CallRefused(message, reason=FailureReason.NEEDS_RECONNECT if needs_reconnect else FailureReason.REFUSED)
