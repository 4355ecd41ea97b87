"""Calling Discord's HTTP API: answers to commands by their token, messages in channels and in private.

An interaction's token stands in the address, so no address goes into a message.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors import api_calls
from ingest.clients.connectors.abilities import Moderation
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.discord_messages import CHANNEL
from ingest.clients.connectors.discord_reading import APPLICATION, ASKED_AT, TOKEN
from ingest.clients.connectors.foreign import from_rfc3339, text_of
from ingest.clients.connectors.responses import object_in, shortened

API_BASE = "https://discord.com/api/v10"

# Discord turns away programs that do not say what they are, in this form.
_USER_AGENT = "DiscordBot (Huiying, 1)"
# A quarter of an hour, less what an answer takes on its way.
_TOKEN_LIFETIME = timedelta(minutes=14, seconds=45)
_EPHEMERAL = 64
_THUMB_UP = "%F0%9F%91%8D"
_GONE_TOKEN = frozenset({10015, 50027})
_GONE_MESSAGE = frozenset({10008})
_TAKES_NO_MESSAGES = frozenset({50007, 50278})


class DiscordRefused(CallRefused):
    """Discord says no, with a code for why."""

    def __init__(self, message: str, *, code: int | None, reason: FailureReason = FailureReason.REFUSED) -> None:
        super().__init__(message, reason=reason)
        self.error_code = code


async def ask(
    method: str,
    path: str,
    *,
    access: Access,
    said: str,
    json: object = None,
    params: Mapping[str, str] | None = None,
) -> Response:
    """A call as the bot, with the first token that Discord still takes; its answer one of 2xx.

    Raises as `Connector.send` promises; DiscordRefused for what is refused for good.
    """

    async def attempt(token: str) -> Response:
        headers = {"authorization": f"Bot {token}"}
        return await _call(method, path, access=access, said=said, headers=headers, json=json, params=params)

    return await api_calls.with_any(secrets(access.credentials, "bot_token"), attempt)


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Answer a command while its token is good, a message in its channel, and who alone is to hear it in private."""
    said, content = f"reply {reply.reply_id}:", _content(reply)
    target = reply.target
    if target.kind in {"comment", "mention"} and reply.visibility is Visibility.PUBLIC:
        channel = target.handle.get(CHANNEL) or target.post_id
        if channel is None:
            raise CallRefused(f"{said} nobody is known whom a message could be sent to")
        answered = {"message_id": target.object_id, "fail_if_not_exists": False}
        return await _say(channel, {**content, "message_reference": answered}, access=access, said=said)
    if _has_token(reply):
        sent = await _follow_up(target.handle, content, access=access, said=said)
        if sent is not None:
            return sent
    return await _whisper(reply, content, access=access, said=said)


async def moderate(moderation: Moderation, *, access: Access) -> None:
    """Delete a message, or put a thumb on it, or take that away."""
    target, said = moderation.target, f"{moderation.kind} {shortened(moderation.target.object_id)}:"
    channel = target.handle.get(CHANNEL) or target.post_id
    if channel is None:
        raise CallRefused(f"{said} the channel is not known")
    message = f"/channels/{_id(channel)}/messages/{_id(target.object_id)}"
    thumb = f"{message}/reactions/{_THUMB_UP}/@me"
    calls = {
        ModerationKind.DELETE: ("DELETE", message),
        ModerationKind.LIKE: ("PUT", thumb),
        ModerationKind.UNLIKE: ("DELETE", thumb),
    }
    if moderation.kind not in calls:
        raise CallRefused(f"{said} Discord can delete a message but not hide it")
    method, path = calls[moderation.kind]
    try:
        await ask(method, path, access=access, said=said)
    except DiscordRefused as refusal:
        # What is gone is deleted, and nothing is left on it.
        if refusal.error_code not in _GONE_MESSAGE or moderation.kind is ModerationKind.LIKE:
            raise


def _has_token(reply: OutgoingReply) -> bool:
    handle = reply.target.handle
    asked_at = from_rfc3339(handle.get(ASKED_AT))
    if asked_at is None or APPLICATION not in handle or TOKEN not in handle:
        return False
    return reply.attempted_at - asked_at <= _TOKEN_LIFETIME


async def _follow_up(
    handle: Mapping[str, str], content: Mapping[str, Any], *, access: Access, said: str
) -> Sent | None:
    """Answer by the token of an interaction; None if it is good no more, with which nothing was said."""
    token = api_calls.path_part(handle[TOKEN], of="interaction")
    path = f"/webhooks/{_id(handle[APPLICATION])}/{token}"
    try:
        response = await _call(
            "POST",
            path,
            access=access,
            said=said,
            headers={},
            params={"wait": "true"},
            json={**content, "flags": _EPHEMERAL},
        )
    except DiscordRefused as refusal:
        if refusal.error_code in _GONE_TOKEN:
            return None
        raise
    return Sent(object_id=text_of(object_in(response).get("id")))


async def _whisper(reply: OutgoingReply, content: Mapping[str, Any], *, access: Access, said: str) -> Sent:
    """Say it in the chat between the app and the person."""
    person = reply.target.counterpart_id or reply.target.conversation_id
    if person is None:
        raise CallRefused(f"{said} nobody is known whom a message could be sent to")
    try:
        opened = await ask("POST", "/users/@me/channels", access=access, said=said, json={"recipient_id": person})
    except OutcomeUnknown as error:
        # Opening a chat twice opens one, and nothing was said yet.
        raise PlatformBusy(f"{said} no answer", retry_after_seconds=10) from error
    channel = text_of(object_in(opened).get("id"))
    if channel is None:
        raise CallRefused(f"{said} Discord opened no chat")
    try:
        return await _say(channel, content, access=access, said=said)
    except DiscordRefused as refusal:
        if refusal.error_code not in _TAKES_NO_MESSAGES or TOKEN not in reply.target.handle:
            raise
        message = f"{said} the quarter of an hour for an answer is over, and this person takes no messages"
        raise CallRefused(message, reason=FailureReason.WINDOW_CLOSED) from refusal


async def _say(channel: str, content: Mapping[str, Any], *, access: Access, said: str) -> Sent:
    response = await ask("POST", f"/channels/{_id(channel)}/messages", access=access, said=said, json=content)
    return Sent(object_id=text_of(object_in(response).get("id")))


def _content(reply: OutgoingReply) -> dict[str, Any]:
    if any(attachment.kind != "image" for attachment in reply.attachments):
        raise CallRefused(f"reply {reply.reply_id}: of attachments only images can be sent to Discord by address")
    # Nothing in a reply may call everyone; only whoever is answered is told.
    content: dict[str, Any] = {"content": reply.text, "allowed_mentions": {"parse": [], "replied_user": True}}
    if reply.attachments:
        content["embeds"] = [{"image": {"url": one.url}} for one in reply.attachments]
    return content


def _id(value: str) -> str:
    return api_calls.path_part(value, of="thing on Discord")


async def _call(
    method: str,
    path: str,
    *,
    access: Access,
    said: str,
    headers: Mapping[str, str],
    json: object = None,
    params: Mapping[str, str] | None = None,
) -> Response:
    response = await api_calls.call(
        method,
        f"{access.base(API_BASE)}{path}",
        access=access,
        headers={"user-agent": _USER_AGENT, **headers},
        params=params,
        json=json,
    )
    if response.is_success:
        return response
    body = object_in(response)
    code = body.get("code") if isinstance(body.get("code"), int) else None
    message = f"{said} Discord answered {response.status} {code or ''} {shortened(body.get('message', ''))}".rstrip()
    if response.status == 429:
        raise api_calls.limited(message, pause_seconds=_pause(response, body))
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(message)
    reason = FailureReason.NEEDS_RECONNECT if response.status == 401 else FailureReason.REFUSED
    raise DiscordRefused(message, code=code, reason=reason)


def _pause(response: Response, body: Mapping[str, Any]) -> float:
    """How long Discord wants to be left alone, to a fraction of a second; a whole one more is never too short."""
    asked = body.get("retry_after")
    if isinstance(asked, int | float) and not isinstance(asked, bool):
        return float(asked) + 1
    for name in ("x-ratelimit-reset-after", "retry-after"):
        text = response.headers.get(name, "")
        if text.replace(".", "", 1).isdigit() and len(text) < 16:
            return float(text) + 1
    return 30
