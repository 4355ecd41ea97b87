"""What Bilibili is asked, signed, and what its answers come to mean."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import AccountFigures, PostFigures
from ingest.clients.connectors.bilibili import BilibiliConnector
from ingest.clients.connectors.bilibili_signatures import signature_of
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.bilibili import ACCOUNT, CLIENT_ID
from tests.contract.connectors.sending.speaking import NOW, access_to

CREDENTIALS = {
    "client_id": (CLIENT_ID,),
    "app_secret": ("secret",),
    "access_token": ("token-1", "token-0"),
    "refresh_token": ("refresh-1",),
}
LONG_AGO = NOW - timedelta(days=30)


class Standstill:
    def now(self) -> datetime:
        return NOW


BILIBILI = BilibiliConnector(Standstill())


def bilibili(platform: FakePlatform, client: HTTPClient) -> Access:
    return access_to(platform.address, by=client, credentials=CREDENTIALS, external_id=ACCOUNT)


def ok(data: Any) -> Answer:
    return Answer(json={"code": 0, "message": "0", "ttl": 1, "data": data})


def no(code: int) -> Answer:
    return Answer(json={"code": code, "message": "no", "ttl": 1})


async def test_every_call_is_signed_anew(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(ok({"following": 98, "follower": 166, "arc_passed_total": 11}))

    figures = await BILIBILI.measure_account(access=bilibili(platform, client))
    await BILIBILI.measure_account(access=bilibili(platform, client))

    first, second = platform.calls
    assert figures == AccountFigures(followers=166, following=98, posts=11)
    assert (first.method, first.path, first.query) == ("GET", "/arcopen/fn/data/user/stat", {})
    assert first.headers["authorization"] == signature_of(first.headers, secret="secret")
    assert first.headers["x-bili-timestamp"] == str(int(NOW.timestamp()))
    assert first.headers["access-token"] == "token-1"
    assert first.headers["x-bili-signature-nonce"] != second.headers["x-bili-signature-nonce"]


async def test_videos_are_listed_page_by_page(platform: FakePlatform, client: HTTPClient) -> None:
    videos = [{"resource_id": f"BV1tea{number:05}", "title": "秋日", "ptime": 1790000000} for number in range(20)]
    platform.will_answer(ok({"list": videos, "page": {"pn": 1, "ps": 20, "total": 21}}), ok({"list": videos[:1]}))
    access = bilibili(platform, client)

    first = await BILIBILI.list_posts(since=LONG_AGO, cursor=None, access=access)
    second = await BILIBILI.list_posts(since=LONG_AGO, cursor=first.cursor, access=access)

    assert (len(first.posts), first.cursor, second.cursor) == (20, "2", None)
    assert first.posts[0].url == "https://www.bilibili.com/video/BV1tea00000"
    assert first.posts[0].published_at == datetime.fromtimestamp(1790000000, UTC)
    assert platform.calls[1].query == {"pn": "2", "ps": "20", "status": "pubed"}


async def test_the_list_ends_at_what_is_older_than_asked(platform: FakePlatform, client: HTTPClient) -> None:
    old = int((LONG_AGO - timedelta(days=1)).timestamp())
    videos = [{"resource_id": f"BV{number}", "ptime": old} for number in range(20)]
    platform.will_answer(ok({"list": videos}))

    listed = await BILIBILI.list_posts(since=LONG_AGO, cursor=None, access=bilibili(platform, client))

    assert (listed.posts, listed.cursor) == ([], None)


async def test_a_video_that_is_gone_has_no_figures(platform: FakePlatform, client: HTTPClient) -> None:
    figures = {"view": 198, "danmaku": 166, "reply": 11, "favorite": 36, "coin": 8, "share": 79, "like": 135}
    platform.will_answer(no(-404), ok(figures))

    measured = await BILIBILI.measure_posts(["BV1", "BV2"], access=bilibili(platform, client))

    assert measured == [PostFigures(post_id="BV2", views=198, likes=135, comments=11, shares=79)]
    assert [call.query for call in platform.calls] == [{"resource_id": "BV1"}, {"resource_id": "BV2"}]


async def test_a_token_that_has_run_out_gives_way_to_the_next(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(no(-101), ok({"follower": 1}))

    await BILIBILI.measure_account(access=bilibili(platform, client))

    assert [call.headers["access-token"] for call in platform.calls] == ["token-1", "token-0"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (no(-412), RateLimited),
        (Answer(status=412), RateLimited),
        (no(4009), RateLimited),
        (Answer(status=502), PlatformBusy),
        (Answer(status=0), PlatformBusy),
        (Answer(json="what?"), PlatformBusy),
        (no(4010), CallRefused),
    ],
)
async def test_trouble_is_understood(
    platform: FakePlatform, client: HTTPClient, answer: Answer, failure: type[Exception]
) -> None:
    platform.will_answer(answer)

    with pytest.raises(failure):
        await BILIBILI.measure_account(access=bilibili(platform, client))


@pytest.mark.parametrize(
    ("expires_in", "expires_at"),
    [
        (2592000, NOW + timedelta(days=30)),
        (1792592000, datetime.fromtimestamp(1792592000, UTC)),
        (None, None),
    ],
)
async def test_tokens_are_renewed_whichever_way_their_end_is_told(
    platform: FakePlatform, client: HTTPClient, expires_in: int | None, expires_at: datetime | None
) -> None:
    platform.will_answer(ok({"access_token": "token-2", "refresh_token": "refresh-2", "expires_in": expires_in}))

    renewed = await BILIBILI.renew(access=bilibili(platform, client), now=NOW)

    (call,) = platform.calls
    assert renewed.credentials == {"access_token": "token-2", "refresh_token": "refresh-2"}
    assert renewed.expires_at == expires_at
    assert (call.method, call.path, call.query) == ("POST", "/x/account-oauth2/v1/refresh_token", {})
    assert dict(parse_qsl(call.body.decode())) == {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "client_secret": "secret",
        "refresh_token": "refresh-1",
    }


@pytest.mark.parametrize("answer", [no(-400), ok({})])
async def test_a_refused_renewal_needs_the_accounts_owner(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await BILIBILI.renew(access=bilibili(platform, client), now=NOW)

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
