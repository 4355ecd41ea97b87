"""Calling Bilibili's open API, which wants every call signed and says with a `code` of 0 that all is well."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from huiying.clock import Clock
from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown, Response
from huiying.ids import new_id
from ingest.clients.connectors import bilibili_signatures
from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures, PostsListed, Renewed
from ingest.clients.connectors.api_calls import call, with_any
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://member.bilibili.com"
OAUTH_BASE = "https://api.bilibili.com"

Answer = Mapping[str, Any]

_LIST_PATH = "/arcopen/fn/archive/viewlist"
_VIDEO_PATH, _USER_PATH = "/arcopen/fn/data/arc/stat", "/arcopen/fn/data/user/stat"
_REFRESH_PATH = "/x/account-oauth2/v1/refresh_token"
_FINE = "0"
_PAGE = 20
# What is more seconds than this since 1970 is a moment, and no length of time.
_LONGEST_LIFETIME_SECONDS = 10**9
_RATE_CODES = frozenset({"-412", "-509", "-799", "4009"})
_TOKEN_CODES = frozenset({"-101", "-658", "4001", "4002", "4008"})


async def list_posts(*, since: datetime, cursor: str | None, access: Access, clock: Clock) -> PostsListed:
    """One page of the account's published videos, the newest first."""
    page = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else 1
    params = {"pn": str(page), "ps": str(_PAGE), "status": "pubed"}
    data = await _ask(_LIST_PATH, access=access, clock=clock, said="Bilibili lists no videos", params=params)
    videos = [mapping_of(video) for video in list_of(data.get("list"))]
    posts = [post for video in videos if (post := _post(video)) is not None]
    recent = [post for post in posts if post.published_at is None or post.published_at >= since]
    goes_on = len(videos) == _PAGE and len(recent) == len(posts)
    return PostsListed(posts=recent, cursor=str(page + 1) if goes_on else None)


async def measure_posts(post_ids: Sequence[str], *, access: Access, clock: Clock) -> Sequence[PostFigures]:
    """The figures of these videos, asked for one by one: there is no other way."""
    found = [await _measure(post_id, access=access, clock=clock) for post_id in post_ids]
    return [figures for figures in found if figures is not None]


async def measure_account(*, access: Access, clock: Clock) -> AccountFigures:
    """How many follow the account, whom it follows, and how much it has published."""
    data = await _ask(_USER_PATH, access=access, clock=clock, said="Bilibili tells no followers")
    return AccountFigures(
        followers=_count(data.get("follower")),
        following=_count(data.get("following")),
        posts=_count(data.get("arc_passed_total")),
    )


async def renew(*, access: Access, now: datetime) -> Renewed:
    """New tokens for the one that renews, which is good for once. Raises as `Renews.renew` does."""
    form = {
        "grant_type": "refresh_token",
        "client_id": secrets(access.credentials, "client_id")[0],
        "client_secret": secrets(access.credentials, "app_secret")[0],
        "refresh_token": secrets(access.credentials, "refresh_token")[0],
    }
    said = "Bilibili renews no token"
    try:
        data = await _answered(
            "POST",
            f"{access.base(OAUTH_BASE)}{_REFRESH_PATH}",
            access=access,
            said=said,
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=urlencode(form).encode(),
        )
    except CallRefused as error:
        raise CallRefused(str(error), reason=FailureReason.NEEDS_RECONNECT) from None
    token, refresh_token = text_of(data.get("access_token")), text_of(data.get("refresh_token"))
    if token is None:
        raise CallRefused(f"{said}: it gave none", reason=FailureReason.NEEDS_RECONNECT)
    credentials = {"access_token": token, **({"refresh_token": refresh_token} if refresh_token else {})}
    return Renewed(credentials=credentials, expires_at=_expiry(data.get("expires_in"), now))


async def _measure(post_id: str, *, access: Access, clock: Clock) -> PostFigures | None:
    said = f"Bilibili tells no figures of {post_id}"
    try:
        data = await _ask(_VIDEO_PATH, access=access, clock=clock, said=said, params={"resource_id": post_id})
    except CallRefused as error:
        if error.reason is not FailureReason.REFUSED:
            raise
        # It is gone, or nobody's business any more: either way there are none.
        return None
    return PostFigures(
        post_id=post_id,
        views=_count(data.get("view")),
        likes=_count(data.get("like")),
        comments=_count(data.get("reply")),
        shares=_count(data.get("share")),
    )


async def _ask(
    path: str, *, access: Access, clock: Clock, said: str, params: Mapping[str, str] | None = None
) -> Answer:
    client_id, secret = (secrets(access.credentials, name)[0] for name in ("client_id", "app_secret"))

    async def attempt(token: str) -> Answer:
        signed = bilibili_signatures.signed_headers(
            b"", client_id=client_id, secret=secret, at=clock.now(), nonce=new_id()
        )
        headers = {**signed, "access-token": token, "accept": "application/json", "content-type": "application/json"}
        url = f"{access.base(API_BASE)}{path}"
        return await _answered("GET", url, access=access, said=said, headers=headers, params=params)

    return await with_any(secrets(access.credentials, "access_token"), attempt)


async def _answered(
    method: str,
    url: str,
    *,
    access: Access,
    said: str,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> Answer:
    """The `data` of an answer. None of these calls does harm if made twice, so a lost answer is PlatformBusy."""
    try:
        response = await call(method, url, access=access, headers=headers, params=params, content=content)
    except OutcomeUnknown as error:
        raise PlatformBusy(f"{said}: no answer", retry_after_seconds=30) from error
    answer = object_in(response)
    code = text_of(answer.get("code"))
    if response.is_success and code == _FINE:
        return mapping_of(answer.get("data"))
    raise _failure(response, f"{said}: {code or response.status} {shortened(answer.get('message', ''))}", code)


def _failure(response: Response, message: str, code: str | None) -> Exception:
    if code in _RATE_CODES or response.status in {412, 429}:
        return rate_limited(response, message)
    if response.status >= 500 or (response.is_success and code is None):
        return PlatformBusy(message, retry_after_seconds=30)
    if code in _TOKEN_CODES or response.status == 401:
        return CallRefused(message, reason=FailureReason.NEEDS_RECONNECT)
    return CallRefused(message)


def _post(video: Mapping[str, Any]) -> Post | None:
    resource_id = text_of(video.get("resource_id"))
    if resource_id is None:
        return None
    return Post(
        id=resource_id,
        url=f"https://www.bilibili.com/video/{resource_id}" if resource_id.isalnum() else None,
        text=text_of(video.get("title")),
        published_at=from_seconds(video.get("ptime")),
    )


def _expiry(value: object, now: datetime) -> datetime | None:
    number = _count(value)
    if number is None:
        return None
    # The name says a length of time, and the page a moment.
    return from_seconds(number) if number > _LONGEST_LIFETIME_SECONDS else now + timedelta(seconds=number)


def _count(value: object) -> int | None:
    text = text_of(value)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
