"""Calling Slack's Web API, which says no with HTTP 200 and `ok: false`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors import api_calls
from ingest.clients.connectors.abilities import Moderation
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import from_rfc3339, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened
from ingest.clients.connectors.slack_forms import ASKED_AT, RESPONSE_URL
from ingest.clients.connectors.slack_messages import CHANNEL, THREAD

API_BASE = "https://slack.com/api"

_RESPONSE_HOST = "hooks.slack.com"
_RESPONSE_LIFETIME = timedelta(minutes=29)
_THUMB_UP = "+1"
_RECONNECT = frozenset(
    {
        "account_inactive",
        "app_uninstalled",
        "invalid_auth",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_UNKNOWN = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
# What is so already, is done.
_DONE = frozenset({"already_reacted", "no_reaction", "message_not_found"})


class SlackRefused(CallRefused):
    """Slack says no, with a word for why."""

    def __init__(self, message: str, *, error: str, reason: FailureReason) -> None:
        super().__init__(message, reason=reason)
        self.error = error


async def ask(
    method: str,
    *,
    access: Access,
    said: str,
    json: Mapping[str, Any] | None = None,
    params: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """The answer of a method, with the first token that Slack still takes. What is only read goes with `params`.

    Raises as `Connector.send` promises; SlackRefused for what is refused for good.
    """

    async def attempt(token: str) -> Mapping[str, Any]:
        response = await api_calls.call(
            "GET" if json is None else "POST",
            f"{access.base(API_BASE)}/{method}",
            access=access,
            headers={"authorization": f"Bearer {token}"},
            params=params,
            json=json,
        )
        return _body(response, said=said)

    return await api_calls.with_any(secrets(access.credentials, "bot_token"), attempt)


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Say it in the channel and thread it answers, or in private to whoever asked."""
    said = f"reply {reply.reply_id}:"
    content = _content(reply)
    url = reply.target.handle.get(RESPONSE_URL)
    if url is not None and _may_respond(reply):
        return await _respond(url, content, access=access, said=said)
    answer = await ask("chat.postMessage", access=access, said=said, json={**_place(reply), **content})
    channel, ts = text_of(answer.get("channel")), text_of(answer.get("ts"))
    return Sent(object_id=f"{channel}:{ts}" if channel and ts else None)


async def moderate(moderation: Moderation, *, access: Access) -> None:
    """Take back what the app said, or put a thumb on a message, or take that away."""
    channel, _, ts = moderation.target.object_id.rpartition(":")
    said = f"{moderation.kind} {shortened(moderation.target.object_id)}:"
    if not channel:
        raise CallRefused(f"{said} this is no message of a channel")
    match moderation.kind:
        case ModerationKind.DELETE:
            method, arguments = "chat.delete", {"channel": channel, "ts": ts}
        case ModerationKind.LIKE | ModerationKind.UNLIKE:
            method = "reactions.add" if moderation.kind is ModerationKind.LIKE else "reactions.remove"
            arguments = {"channel": channel, "timestamp": ts, "name": _THUMB_UP}
        case _:
            raise CallRefused(f"{said} Slack cannot hide a message")
    try:
        await ask(method, access=access, said=said, json=arguments)
    except SlackRefused as refusal:
        if refusal.error not in _DONE:
            raise


def _content(reply: OutgoingReply) -> dict[str, Any]:
    if any(attachment.kind != "image" for attachment in reply.attachments):
        raise CallRefused(f"reply {reply.reply_id}: of attachments only images can be sent to Slack by address")
    text = _escaped(reply.text)
    if not reply.attachments:
        return {"text": text}
    words = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}] if text else []
    images = [{"type": "image", "image_url": one.url, "alt_text": "image"} for one in reply.attachments]
    return {"text": text, "blocks": [*words, *images]}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _place(reply: OutgoingReply) -> dict[str, str]:
    target, handle = reply.target, reply.target.handle
    is_private = reply.visibility is Visibility.PRIVATE
    if is_private and target.kind != "message":
        place: str | None = target.counterpart_id
    else:
        place = handle.get(CHANNEL) or target.conversation_id or target.post_id or target.counterpart_id
    if place is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    thread = handle.get(THREAD)
    stays = thread is not None and place == handle.get(CHANNEL)
    return {"channel": place, **({"thread_ts": thread} if stays and thread else {})}


def _may_respond(reply: OutgoingReply) -> bool:
    asked_at = from_rfc3339(reply.target.handle.get(ASKED_AT))
    return asked_at is not None and reply.attempted_at - asked_at <= _RESPONSE_LIFETIME


async def _respond(url: str, content: Mapping[str, Any], *, access: Access, said: str) -> Sent:
    """Answer a command where it was given, for its author's eyes only; the app need not be in that channel."""
    parts = urlsplit(url)
    if parts.hostname != _RESPONSE_HOST and access.api_base is None:
        raise CallRefused(f"{said} {shortened(api_calls.host_of(url))} is no place of Slack's to respond to")
    there = f"{access.base(f'https://{_RESPONSE_HOST}')}{parts.path}"
    body = {**content, "response_type": "ephemeral", "replace_original": False}
    response = await api_calls.call("POST", there, access=access, json=body)
    if not response.is_success or object_in(response).get("ok") is False:
        _body(response, said=said)
    return Sent()


def _body(response: Response, *, said: str) -> Mapping[str, Any]:
    body = object_in(response)
    if response.is_success and body.get("ok") is True:
        return body
    error = text_of(body.get("error"))
    message = f"{said} Slack answered {response.status} {shortened(error or '')}".rstrip()
    if response.status == 429 or error in _LIMITED:
        raise rate_limited(response, message)
    if error in _UNKNOWN or response.status >= 500 or response.status == 408 or (response.is_success and not error):
        raise OutcomeUnknown(message)
    needs_reconnect = error in _RECONNECT or (error is None and response.status == 401)
    reason = FailureReason.NEEDS_RECONNECT if needs_reconnect else FailureReason.REFUSED
    raise SlackRefused(message, error=error or "", reason=reason)
