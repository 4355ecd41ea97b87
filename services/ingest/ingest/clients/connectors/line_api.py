"""Answering through LINE's Messaging API, and asking it for names, figures and where it delivers.

An answer within half a minute takes the event's reply token, which costs nothing and works once. Any other is pushed
under a retry key made of the reply's id, by which LINE knows a repetition. So either may be tried again.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors import api_calls
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.line_events import QUOTE_TOKEN, REPLY_TOKEN, SAID_AT
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://api.line.me"

# LINE promises a minute. What begins in the first half can be repeated, for certainty, in the second.
_TOKEN_BEGINS_WITHIN = timedelta(seconds=30)
_TOKEN_ENDS_AFTER = timedelta(seconds=55)
# An attempt so soon after the request is the first: a second one waits longer.
_FIRST_ATTEMPT = timedelta(seconds=5)
_MOST_MESSAGES = 5
_QUOTA = "monthly limit"
_USED_TOKEN = "Invalid reply token"  # noqa: S105 - what LINE says
_TOKYO = timezone(timedelta(hours=9))


async def ask(
    method: str,
    path: str,
    *,
    access: Access,
    said: str,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: object = None,
) -> Response:
    """A call with the first token that LINE still takes, its answer one of 2xx, 404 or 409.

    Raises as `Connector.send` promises for any other.
    """

    async def attempt(token: str) -> Response:
        response = await api_calls.call(
            method,
            f"{access.base(API_BASE)}{path}",
            access=access,
            headers={"authorization": f"Bearer {token}", **(headers or {})},
            params=params,
            json=json,
        )
        if response.is_success or response.status in {404, 409}:
            return response
        raise _failure(response, said=said)

    return await api_calls.with_any(secrets(access.credentials, "channel_access_token"), attempt)


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Answer with the token while it is good, else push."""
    messages = _messages(reply)
    token = reply.target.handle.get(REPLY_TOKEN)
    if token is not None and _may_take_token(reply):
        sent = await _answer(reply, token, messages, access=access)
        if sent is not None:
            return sent
    elif token is not None and reply.may_be_said and _may_have_taken_token(reply):
        # LINE knows a push again, but not as what was said with a token that is over now.
        raise _already_said(f"reply {reply.reply_id}: the time of its reply token is over")
    return await _push(reply, messages, access=access)


async def profile_name(place: str | None, person: str, *, access: Access) -> str | None:
    """What the person calls themselves; None for somebody LINE does not tell of."""
    path = f"/v2/bot/profile/{api_calls.path_part(person, of='person')}"
    if place is not None and place != person:
        where = {"C": "group", "R": "room"}.get(place[:1])
        if where is not None:
            inside = f"/v2/bot/{where}/{api_calls.path_part(place, of='group')}"
            path = f"{inside}/member/{api_calls.path_part(person, of='person')}"
    response = await ask("GET", path, access=access, said=f"profile of {shortened(person)}:")
    return text_of(object_in(response).get("displayName")) if response.is_success else None


async def count_followers(*, access: Access, now: datetime) -> int | None:
    """How many can be reached, as of yesterday in Japan; None while LINE still counts."""
    yesterday = now.astimezone(_TOKYO) - timedelta(days=1)
    params = {"date": yesterday.strftime("%Y%m%d")}
    response = await ask("GET", "/v2/bot/insight/followers", access=access, said="followers:", params=params)
    found = object_in(response)
    followers, blocks = found.get("followers"), found.get("blocks")
    if found.get("status") != "ready" or not isinstance(followers, int):
        return None
    # LINE counts everybody who ever followed, and by themselves those who no longer want to hear.
    return max(followers - (blocks if isinstance(blocks, int) else 0), 0)


def _may_take_token(reply: OutgoingReply) -> bool:
    said_at = from_rfc3339(reply.target.handle.get(SAID_AT))
    if said_at is None or reply.requested_at - said_at > _TOKEN_BEGINS_WITHIN:
        return False
    since = reply.attempted_at - said_at
    return since <= (_TOKEN_BEGINS_WITHIN if _is_first(reply) else _TOKEN_ENDS_AFTER)


def _may_have_taken_token(reply: OutgoingReply) -> bool:
    said_at = from_rfc3339(reply.target.handle.get(SAID_AT))
    return said_at is not None and reply.requested_at - said_at <= _TOKEN_BEGINS_WITHIN


def _already_said(message: str) -> CallRefused:
    return CallRefused(f"{message}; it may have been said already, look before repeating", reason=FailureReason.UNKNOWN)


def _is_first(reply: OutgoingReply) -> bool:
    return reply.attempted_at - reply.requested_at <= _FIRST_ATTEMPT


async def _answer(reply: OutgoingReply, token: str, messages: list[Any], *, access: Access) -> Sent | None:
    """Answer by token; None if the token is worthless and nothing can have been said with it."""
    said = f"reply {reply.reply_id}:"
    body = {"replyToken": token, "messages": messages}
    try:
        response = await ask("POST", "/v2/bot/message/reply", access=access, said=said, json=body)
    except CallRefused as refusal:
        if _USED_TOKEN not in str(refusal):
            raise
        if _is_first(reply):
            return None
        # The token works once: the attempt before this one, whose answer was lost, may be what used it.
        raise _already_said(f"{said} LINE says that its reply token is used") from refusal
    return _sent(response, said=said)


async def _push(reply: OutgoingReply, messages: list[Any], *, access: Access) -> Sent:
    target, said = reply.target, f"reply {reply.reply_id}:"
    to = target.handle.get("to") or target.conversation_id or target.counterpart_id
    if to is None:
        raise CallRefused(f"{said} nobody is known whom a message could be sent to")
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"{access.account.id}/{reply.reply_id}")
    response = await ask(
        "POST",
        "/v2/bot/message/push",
        access=access,
        said=said,
        headers={"x-line-retry-key": str(key)},
        json={"to": to, "messages": messages},
    )
    return _sent(response, said=said)


def _messages(reply: OutgoingReply) -> list[Any]:
    if any(attachment.kind != "image" for attachment in reply.attachments):
        raise CallRefused(f"reply {reply.reply_id}: of attachments only images can be sent to LINE by address")
    quote = reply.target.handle.get(QUOTE_TOKEN) if reply.target.kind == "mention" else None
    text = {"type": "text", "text": reply.text, **({"quoteToken": quote} if quote else {})}
    images = [{"type": "image", "originalContentUrl": one.url, "previewImageUrl": one.url} for one in reply.attachments]
    messages: list[Any] = [*([text] if reply.text else []), *images]
    if len(messages) > _MOST_MESSAGES:
        raise CallRefused(f"reply {reply.reply_id}: more attachments than LINE takes at once")
    return messages


def _sent(response: Response, *, said: str) -> Sent:
    if response.status == 404:
        raise CallRefused(f"{said} LINE answered 404")
    # 409 says that the push was taken before, under the same retry key.
    found = mapping_of(next(iter(list_of(object_in(response).get("sentMessages"))), None))
    return Sent(object_id=text_of(found.get("id")))


def _failure(response: Response, *, said: str) -> Exception:
    body = object_in(response)
    details = "; ".join(
        str(mapping_of(item).get("message"))
        for item in list_of(body.get("details"))[:3]
        if mapping_of(item).get("message")
    )
    detail = shortened(f"{body.get('message', '')} {details}".strip())
    message = f"{said} LINE answered {response.status} {detail}".rstrip()
    if response.status == 429 and _QUOTA not in detail:
        return rate_limited(response, message)
    if response.status >= 500 or response.status == 408:
        return OutcomeUnknown(message)
    return CallRefused(
        message, reason=FailureReason.NEEDS_RECONNECT if response.status == 401 else FailureReason.REFUSED
    )
