"""TikTok's API for Business, version 1.3: answers to comments, direct messages, hiding, liking, and the tokens.

It says no with HTTP 200 and a `code` in the body. Nothing that is said can be repeated safely: there is no key for it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from huiying.events.interactions import Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors import api_calls
from ingest.clients.connectors.abilities import Moderation, Renewed
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import mapping_of, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://business-api.tiktok.com/open_api/v1.3"

_TOO_OFTEN = 40100
_OUTSIDE_WINDOW = 40064
_TOKEN_CODES = frozenset({40104, 40105})
_OWN_TROUBLE = range(50_000, 60_000)
_LONGEST_COMMENT = 150
_PRIVATE = frozenset({Kind.MESSAGE, Kind.COMMAND})
_VERBS: Mapping[ModerationKind, tuple[str, str | None]] = {
    ModerationKind.HIDE: ("hide", "HIDE"),
    ModerationKind.UNHIDE: ("hide", "UNHIDE"),
    ModerationKind.LIKE: ("like", "LIKE"),
    ModerationKind.UNLIKE: ("like", "UNLIKE"),
    ModerationKind.DELETE: ("delete", None),
}


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Say it under a comment, or in a conversation that a person began. Raises as `Connector.send` promises."""
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: TikTok takes attachments as uploads only, and none can be sent yet")
    path, content = _request(reply)
    content = {"business_id": access.account.external_id, **content}
    data = await call(access, "POST", path, json=content, said=f"reply {reply.reply_id}", is_read=False)
    message = mapping_of(data.get("message"))
    object_id = text_of(message.get("message_id")) or text_of(data.get("message_id")) or text_of(data.get("comment_id"))
    return Sent(object_id=object_id)


async def moderate(moderation: Moderation, *, access: Access) -> None:
    """Hide, like or delete a comment. Raises as `Connector.send` promises."""
    target, kind = moderation.target, moderation.kind
    if target.kind in _PRIVATE:
        raise CallRefused(f"{kind} {target.interaction_id}: TikTok lets nobody do that to a message")
    path, verb = _VERBS[kind]
    content = {
        "business_id": access.account.external_id,
        "comment_id": target.object_id,
        **({"video_id": target.post_id} if target.post_id and path != "delete" else {}),
        **({"action": verb} if verb else {}),
    }
    await call(
        access, "POST", f"/business/comment/{path}/", json=content, said=f"{kind} {target.interaction_id}", is_read=True
    )


async def call(
    access: Access,
    method: str,
    path: str,
    *,
    said: str,
    is_read: bool,
    params: Mapping[str, str] | None = None,
    json: object = None,
) -> dict[str, Any]:
    """The `data` that TikTok answers with, by the first token that it takes.

    A call that `is_read`, or is the same when repeated, may be asked again after an error of TikTok's; of another
    nobody knows then whether it was done.
    """

    async def attempt(token: str) -> dict[str, Any]:
        response = await api_calls.call(
            method,
            f"{access.base(API_BASE)}{path}",
            access=access,
            headers={"access-token": token},
            params=params,
            json=json,
        )
        return _data(response, said=said, is_read=is_read)

    return await api_calls.with_any(secrets(access.credentials, "access_token"), attempt)


async def renew(*, access: Access, now: datetime) -> Renewed:
    """A new pair of tokens. Raises CallRefused with `needs_reconnect` if the refresh token is good no more."""

    async def attempt(refresh_token: str) -> Renewed:
        response = await api_calls.call(
            "POST",
            f"{access.base(API_BASE)}/tt_user/oauth2/refresh_token/",
            access=access,
            json={
                "client_id": secrets(access.credentials, "client_key")[0],
                "client_secret": secrets(access.credentials, "client_secret")[0],
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
            },
        )
        try:
            return _renewed(_data(response, said="a new token", is_read=True), now)
        except CallRefused as error:
            raise CallRefused(str(error), reason=FailureReason.NEEDS_RECONNECT) from error

    return await api_calls.with_any(secrets(access.credentials, "refresh_token"), attempt)


def _renewed(data: Mapping[str, Any], now: datetime) -> Renewed:
    access_token, refresh_token = text_of(data.get("access_token")), text_of(data.get("refresh_token"))
    if access_token is None:
        raise PlatformBusy("TikTok gives no token and does not say why", retry_after_seconds=60)
    lasts = data.get("expires_in")
    given = {"access_token": access_token, **({"refresh_token": refresh_token} if refresh_token else {})}
    if not isinstance(lasts, int) or not 0 < lasts < 10**9:
        return Renewed(credentials=given)
    return Renewed(credentials=given, expires_at=now + timedelta(seconds=lasts))


def _request(reply: OutgoingReply) -> tuple[str, Mapping[str, Any]]:
    target = reply.target
    if target.kind in _PRIVATE:
        if target.conversation_id is None:
            raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
        return "/business/message/send/", {
            "recipient_type": "CONVERSATION",
            "recipient": target.conversation_id,
            "message_type": "TEXT",
            "text": {"body": reply.text},
        }
    if reply.visibility is not Visibility.PUBLIC:
        raise CallRefused(f"reply {reply.reply_id}: who comments on TikTok cannot be written to before they write")
    if target.post_id is None:
        raise CallRefused(f"reply {reply.reply_id}: the video that the comment belongs to is not known")
    if len(reply.text) > _LONGEST_COMMENT:
        raise CallRefused(
            f"reply {reply.reply_id}: a comment on TikTok has at most {_LONGEST_COMMENT} characters, "
            f"this one {len(reply.text)}"
        )
    return "/business/comment/reply/create/", {
        "video_id": target.post_id,
        "comment_id": target.object_id,
        "text": reply.text,
    }


def _data(response: Response, *, said: str, is_read: bool) -> dict[str, Any]:
    body = object_in(response)
    code = body.get("code")
    if response.is_success and code == 0:
        return mapping_of(body.get("data"))
    message = f"{said}: TikTok answered {code if isinstance(code, int) else response.status}"
    raise _failure(response, code, f"{message} {shortened(body.get('message', ''))}".rstrip(), is_read=is_read)


def _failure(response: Response, code: object, said: str, *, is_read: bool) -> Exception:
    if code == _TOO_OFTEN or response.status == 429:
        return rate_limited(response, said)
    if not isinstance(code, int) and response.status == 401:
        return CallRefused(said, reason=FailureReason.NEEDS_RECONNECT)
    is_own_trouble = code in _OWN_TROUBLE if isinstance(code, int) else True
    if is_own_trouble and not 300 <= response.status < 500:
        return PlatformBusy(said, retry_after_seconds=30) if is_read else OutcomeUnknown(said)
    if code in _TOKEN_CODES:
        return CallRefused(said, reason=FailureReason.NEEDS_RECONNECT)
    return CallRefused(said, reason=FailureReason.WINDOW_CLOSED if code == _OUTSIDE_WINDOW else FailureReason.REFUSED)
