"""X's API, version 2: posts, messages, hiding and liking, and the tokens of OAuth 2.

Nothing of it can be repeated safely: X has no idempotency key, so what is not known to have failed is unknown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from huiying.events.interactions import Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors import api_calls, oauth_refresh
from ingest.clients.connectors.abilities import Moderation, Renewed
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, RateLimited, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened
from ingest.clients.connectors.x_messages import GROUP

API_BASE = "https://api.x.com"

# The window of 15 minutes, or of a day for some calls; the one that is used up says when there will be more.
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_PRIVATE = frozenset({Kind.MESSAGE, Kind.COMMAND})


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Say it as a post that answers a post, or as a direct message. Raises as `Connector.send` promises."""
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: X takes attachments as uploads only, and none can be sent yet")
    path, content = _request(reply)
    body = await call(access, "POST", path, json=content, said=f"reply {reply.reply_id}", is_read=False)
    made = mapping_of(body.get("data"))
    return Sent(object_id=text_of(made.get("dm_event_id")) or text_of(made.get("id")))


async def moderate(moderation: Moderation, *, access: Access) -> None:
    """Hide, like or delete. X says the same to who asks for it again. Raises as `Connector.send` promises."""
    target, kind = moderation.target, moderation.kind
    post = api_calls.path_part(target.handle.get("post_id", target.object_id), of="post")
    likes = f"/2/users/{api_calls.path_part(access.account.external_id, of='user')}/likes"
    deleted = f"/2/dm_events/{post}" if target.kind in _PRIVATE else f"/2/tweets/{post}"
    calls: Mapping[ModerationKind, tuple[str, str, object]] = {
        ModerationKind.HIDE: ("PUT", f"/2/tweets/{post}/hidden", {"hidden": True}),
        ModerationKind.UNHIDE: ("PUT", f"/2/tweets/{post}/hidden", {"hidden": False}),
        ModerationKind.LIKE: ("POST", likes, {"tweet_id": target.handle.get("post_id", target.object_id)}),
        ModerationKind.UNLIKE: ("DELETE", f"{likes}/{post}", None),
        ModerationKind.DELETE: ("DELETE", deleted, None),
    }
    method, path, content = calls[kind]
    await call(access, method, path, json=content, said=f"{kind} {target.interaction_id}", is_read=True)


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
    """What X answers, by the first token that it takes.

    A call that `is_read`, or is the same when repeated, may be asked again after an error of X's; of another nobody
    knows then whether it was done.
    """

    async def attempt(token: str) -> dict[str, Any]:
        response = await api_calls.call(
            method,
            f"{access.base(API_BASE)}{path}",
            access=access,
            headers={"authorization": f"Bearer {token}"},
            params=params,
            json=json,
        )
        return _outcome(response, said=f"{said}: X answered {response.status}", is_read=is_read)

    return await api_calls.with_any(secrets(access.credentials, "access_token"), attempt)


async def renew(*, access: Access, now: datetime) -> Renewed:
    """A new pair of tokens. The refresh token is good for one exchange only, and so is the next one.

    Raises as `oauth_refresh.renew` does.
    """
    return await oauth_refresh.renew(f"{access.base(API_BASE)}/2/oauth2/token", access=access, now=now, by_header=True)


def _request(reply: OutgoingReply) -> tuple[str, Mapping[str, Any]]:
    target = reply.target
    if target.kind not in _PRIVATE and reply.visibility is Visibility.PUBLIC:
        answered = target.handle.get("post_id", target.object_id)
        return "/2/tweets", {"text": reply.text, "reply": {"in_reply_to_tweet_id": answered}}
    group = target.handle.get(GROUP)
    if group:
        return f"/2/dm_conversations/{api_calls.path_part(group, of='conversation')}/messages", {"text": reply.text}
    person = target.counterpart_id or target.conversation_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    return f"/2/dm_conversations/with/{api_calls.path_part(person, of='user')}/messages", {"text": reply.text}


def _outcome(response: Response, *, said: str, is_read: bool) -> dict[str, Any]:
    body = object_in(response)
    said = f"{said} {_complaint(body)}".rstrip()
    if response.is_success:
        # A success may hold errors beside its data, of parts that could not be had.
        if "data" in body or "meta" in body or is_read:
            return body
        raise (CallRefused if "errors" in body else OutcomeUnknown)(said)
    if response.status == 429:
        raise _rate_limited(response, said)
    if response.status >= 500 or response.status == 408:
        raise PlatformBusy(said, retry_after_seconds=30) if is_read else OutcomeUnknown(said)
    reconnect = response.status == 401
    raise CallRefused(said, reason=FailureReason.NEEDS_RECONNECT if reconnect else FailureReason.REFUSED)


def _complaint(body: Mapping[str, Any]) -> str:
    errors: Sequence[Any] = list_of(body.get("errors"))
    first = mapping_of(errors[0]) if errors else {}
    detail = body.get("detail") or first.get("message") or first.get("detail") or body.get("error_description")
    return shortened(detail or body.get("title") or body.get("error") or "")


def _rate_limited(response: Response, said: str) -> RateLimited:
    resets = [
        reset
        for window in _WINDOWS
        if response.headers.get(f"{window}-remaining", "0") == "0"
        and (reset := from_seconds(response.headers.get(f"{window}-reset"))) is not None
    ]
    now = _instant_of(response)
    if "retry-after" in response.headers or now is None or not resets:
        return rate_limited(response, said)
    return api_calls.limited(said, pause_seconds=(max(resets) - now).total_seconds() + 1)


def _instant_of(response: Response) -> datetime | None:
    """X's own clock at the answer: a pause must not depend on how far ours is from it."""
    try:
        instant = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return instant if instant.tzinfo else None
