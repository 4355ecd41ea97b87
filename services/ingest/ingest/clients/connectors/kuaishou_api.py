"""Calling Kuaishou's API, which says with a `result` of 1 that all is well."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures, PostsListed, Renewed
from ingest.clients.connectors.api_calls import call, with_any
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import from_milliseconds, list_of, mapping_of, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://open.kuaishou.com"

Answer = Mapping[str, Any]

_LIST_PATH, _VIDEO_PATH, _USER_PATH = "/openapi/photo/list", "/openapi/photo/info", "/openapi/user_info"
_REFRESH_PATH = "/oauth2/refresh_token"
_FINE = "1"
_PAGE = 20
_RATE_CODES = frozenset({"100100402", "100100403", "100100404", "200100410"})
# All that concerns an authorisation.
_TOKEN_CODES = "1002001"  # noqa: S105 - what those numbers begin with


async def list_posts(*, since: datetime, cursor: str | None, access: Access) -> PostsListed:
    """One page of the account's videos, the newest first."""
    params = {"count": str(_PAGE), **({"cursor": cursor} if cursor else {})}
    answer = await _ask(_LIST_PATH, access=access, said="Kuaishou lists no videos", params=params)
    videos = [mapping_of(video) for video in list_of(answer.get("video_list"))]
    posts = [post for video in videos for post in _posts(video)]
    recent = [post for post in posts if post.published_at is None or post.published_at >= since]
    # The next page begins behind the last video of this one.
    goes_on = len(videos) == _PAGE and len(recent) == len(posts) and posts
    return PostsListed(posts=recent, cursor=posts[-1].id if goes_on else None)


async def measure_posts(post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
    """The figures of these videos, asked for one by one: there is no other way."""
    return [figures for post_id in post_ids if (figures := await _measure(post_id, access=access)) is not None]


async def measure_account(*, access: Access) -> AccountFigures:
    """How many follow the account, and whom it follows."""
    user = mapping_of((await _ask(_USER_PATH, access=access, said="Kuaishou tells no followers")).get("user_info"))
    return AccountFigures(followers=_count(user.get("fan")), following=_count(user.get("follow")))


async def renew(*, access: Access, now: datetime) -> Renewed:
    """New tokens for the one that renews. Raises as `Renews.renew` does."""
    params = {
        "grant_type": "refresh_token",
        "app_id": secrets(access.credentials, "app_id")[0],
        "app_secret": secrets(access.credentials, "app_secret")[0],
        "refresh_token": secrets(access.credentials, "refresh_token")[0],
    }
    said = "Kuaishou renews no token"
    try:
        answer = await _get(_REFRESH_PATH, access=access, said=said, params=params)
    except CallRefused as error:
        raise CallRefused(str(error), reason=FailureReason.NEEDS_RECONNECT) from None
    token, refresh_token = text_of(answer.get("access_token")), text_of(answer.get("refresh_token"))
    if token is None:
        raise CallRefused(f"{said}: it gave none", reason=FailureReason.NEEDS_RECONNECT)
    lasts_seconds = _count(answer.get("expires_in"))
    return Renewed(
        credentials={"access_token": token, **({"refresh_token": refresh_token} if refresh_token else {})},
        expires_at=now + timedelta(seconds=lasts_seconds) if lasts_seconds else None,
    )


async def _measure(post_id: str, *, access: Access) -> PostFigures | None:
    said = f"Kuaishou tells no figures of {post_id}"
    try:
        answer = await _ask(_VIDEO_PATH, access=access, said=said, params={"photo_id": post_id})
    except CallRefused as error:
        if error.reason is not FailureReason.REFUSED:
            raise
        # It is gone, or nobody's business any more: either way there are none.
        return None
    video = mapping_of(answer.get("video_info"))
    return PostFigures(
        post_id=post_id,
        views=_count(video.get("view_count")),
        likes=_count(video.get("like_count")),
        comments=_count(video.get("comment_count")),
    )


async def _ask(path: str, *, access: Access, said: str, params: Mapping[str, str] | None = None) -> Answer:
    app_id = secrets(access.credentials, "app_id")[0]

    async def attempt(token: str) -> Answer:
        query = {"app_id": app_id, "access_token": token, **(params or {})}
        return await _get(path, access=access, said=said, params=query)

    return await with_any(secrets(access.credentials, "access_token"), attempt)


async def _get(path: str, *, access: Access, said: str, params: Mapping[str, str]) -> Answer:
    """What Kuaishou answers; asking twice does no harm, so a lost answer is PlatformBusy."""
    try:
        response = await call("GET", f"{access.base(API_BASE)}{path}", access=access, params=params)
    except OutcomeUnknown as error:
        # Its cause is left out: the address has a token in it.
        raise PlatformBusy(f"{said}: no answer ({error.code})", retry_after_seconds=30) from None
    answer = object_in(response)
    result = text_of(answer.get("result"))
    if response.is_success and result == _FINE:
        return answer
    raise _failure(response, f"{said}: {result or response.status} {shortened(answer.get('error_msg', ''))}", result)


def _failure(response: Response, message: str, result: str | None) -> Exception:
    if result in _RATE_CODES or response.status == 429:
        return rate_limited(response, message)
    if response.status >= 500 or (response.is_success and result is None):
        return PlatformBusy(message, retry_after_seconds=30)
    if response.status == 401 or (result or "").startswith(_TOKEN_CODES):
        return CallRefused(message, reason=FailureReason.NEEDS_RECONNECT)
    return CallRefused(message)


def _posts(video: Mapping[str, Any]) -> Iterator[Post]:
    photo_id = text_of(video.get("photo_id"))
    if photo_id is not None:
        yield Post(
            id=photo_id,
            url=text_of(video.get("play_url")),
            text=text_of(video.get("caption")),
            published_at=from_milliseconds(video.get("create_time")),
        )


def _count(value: object) -> int | None:
    text = text_of(value)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
