"""LinkedIn's API: comments under a post or another comment, likes, and taking both back.

Nothing of it can be repeated safely: there is no idempotency key, so what is not known to have failed is unknown.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from huiying.events.interactions import Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget, Visibility
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors import api_calls, oauth_refresh
from ingest.clients.connectors.abilities import Moderation, Renewed
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import mapping_of, text_of
from ingest.clients.connectors.linkedin_notifications import comment_urn, page_urn
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://api.linkedin.com"

_TOKEN_BASE = "https://www.linkedin.com"  # noqa: S105 - an address
# A version is taken for about a year after its month.
_HEADERS = {"linkedin-version": "202607", "x-restli-protocol-version": "2.0.0"}
_LONGEST_URN = 300


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Say it as a comment of the page. Raises as `Connector.send` promises."""
    target = reply.target
    if reply.visibility is not Visibility.PUBLIC or target.kind == Kind.MESSAGE:
        raise CallRefused(f"reply {reply.reply_id}: a page on LinkedIn cannot write to anybody in private")
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: attachments cannot be sent to LinkedIn yet, only text")
    post, answered = _place(target)
    content = {
        "actor": page_urn(access.account.external_id),
        "object": post,
        "message": {"text": reply.text},
        **({"parentComment": answered} if answered != post else {}),
    }
    path = f"/rest/socialActions/{encoded(answered)}/comments"
    response = await call(access, "POST", path, json=content, said=f"reply {reply.reply_id}", is_read=False)
    return Sent(object_id=_made(response, post))


async def moderate(moderation: Moderation, *, access: Access) -> None:
    """Like a comment, or delete one of the page's own; what is so already is done. Raises as `Connector.send` does."""
    target, kind = moderation.target, moderation.kind
    said, page = f"{kind} {target.interaction_id}", page_urn(access.account.external_id)
    match kind:
        case ModerationKind.DELETE if target.kind == Kind.COMMENT:
            post, comment = _place(target)
            number = encoded(comment).removesuffix("%29").rpartition("%2C")[2]
            path = f"/rest/socialActions/{encoded(post)}/comments/{number}?actor={encoded(page)}"
            await call(access, "DELETE", path, said=said, is_read=True, so_already=frozenset({404}))
        case ModerationKind.LIKE:
            content = {"root": target.object_id, "reactionType": "LIKE"}
            path = f"/rest/reactions?actor={encoded(page)}"
            await call(access, "POST", path, json=content, said=said, is_read=True, so_already=frozenset({409}))
        case ModerationKind.UNLIKE:
            path = f"/rest/reactions/(actor:{encoded(page)},entity:{encoded(target.object_id)})"
            await call(access, "DELETE", path, said=said, is_read=True, so_already=frozenset({404}))
        case _:
            raise CallRefused(f"{said}: LinkedIn has no way to do that")


async def call(
    access: Access,
    method: str,
    path: str,
    *,
    said: str,
    is_read: bool,
    json: object = None,
    so_already: frozenset[int] = frozenset(),
) -> Response:
    """What LinkedIn answers, by the first token that it takes. The path's parameters are written out in it.

    A call that `is_read`, or is the same when repeated, may be asked again after an error of LinkedIn's; of another
    nobody knows then whether it was done. A status of `so_already` says that there was nothing left to do.
    """

    async def attempt(token: str) -> Response:
        response = await api_calls.call(
            method,
            f"{access.base(API_BASE)}{path}",
            access=access,
            headers={**_HEADERS, "authorization": f"Bearer {token}"},
            json=json,
        )
        if response.is_success or response.status in so_already:
            return response
        raise _failure(response, f"{said}: LinkedIn answered {response.status}", is_read=is_read)

    return await api_calls.with_any(secrets(access.credentials, "access_token"), attempt)


async def renew(*, access: Access, now: datetime) -> Renewed:
    """A new access token; the refresh token stays good for its year. Raises as `oauth_refresh.renew` does."""
    return await oauth_refresh.renew(f"{access.base(_TOKEN_BASE)}/oauth/v2/accessToken", access=access, now=now)


def encoded(urn: str) -> str:
    """A URN as one part of an address, which it cannot break out of."""
    if len(urn) > _LONGEST_URN or not urn.strip("."):
        raise CallRefused(f"{shortened(urn)!r} is no URN of LinkedIn's")
    return quote(urn, safe="")


def _place(target: ReplyTarget) -> tuple[str, str]:
    """The post that a comment goes under, and the post or comment that it answers."""
    if target.kind == Kind.COMMENT and target.post_id is not None:
        return target.post_id, target.object_id
    # A mention or a share is a post of its own.
    return target.object_id, target.object_id


def _made(response: Response, post: str) -> str | None:
    body = object_in(response)
    # The one that its notification will name.
    urn = comment_urn(text_of(body.get("commentUrn")) or text_of(body.get("$URN")))
    number = text_of(body.get("id")) or response.headers.get("x-restli-id")
    if urn is not None or number is None:
        return urn
    return f"urn:li:comment:({text_of(body.get('object')) or post},{number})"


def _failure(response: Response, said: str, *, is_read: bool) -> Exception:
    said = f"{said} {_complaint(object_in(response))}".rstrip()
    if response.status == 429:
        return rate_limited(response, said)
    if response.status >= 500 or response.status == 408:
        return PlatformBusy(said, retry_after_seconds=30) if is_read else OutcomeUnknown(said)
    return CallRefused(said, reason=FailureReason.NEEDS_RECONNECT if response.status == 401 else FailureReason.REFUSED)


def _complaint(body: Mapping[str, Any]) -> str:
    detail = mapping_of(body.get("errorDetails"))
    return shortened(body.get("message") or detail.get("message") or body.get("code") or "")
