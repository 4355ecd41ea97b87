"""What Kuaishou is asked, and what its answers come to mean."""

from datetime import timedelta
from typing import Any

import pytest

from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import AccountFigures, PostFigures
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited
from ingest.clients.connectors.kuaishou import KuaishouConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.kuaishou import ACCOUNT
from tests.contract.connectors.sending.speaking import NOW, access_to

KUAISHOU = KuaishouConnector()
CREDENTIALS = {
    "app_id": ("ks1",),
    "app_secret": ("secret",),
    "access_token": ("token-1", "token-0"),
    "refresh_token": ("refresh-1",),
}
LONG_AGO = NOW - timedelta(days=30)


def kuaishou(platform: FakePlatform, client: HTTPClient) -> Access:
    return access_to(platform.address, by=client, credentials=CREDENTIALS, external_id=ACCOUNT)


def ok(**more: Any) -> Answer:
    return Answer(json={"result": 1, **more})


def no(result: int) -> Answer:
    return Answer(json={"result": result, "error_msg": "no"})


async def test_videos_are_listed_from_the_last_one_on(platform: FakePlatform, client: HTTPClient) -> None:
    videos = [{"photo_id": f"3x{number}", "caption": "秋日", "create_time": 1790000000000} for number in range(20)]
    platform.will_answer(ok(video_list=videos), ok(video_list=[]))
    access = kuaishou(platform, client)

    first = await KUAISHOU.list_posts(since=LONG_AGO, cursor=None, access=access)
    second = await KUAISHOU.list_posts(since=LONG_AGO, cursor=first.cursor, access=access)

    assert (len(first.posts), first.cursor) == (20, "3x19")
    assert (second.posts, second.cursor) == ([], None)
    assert platform.calls[0].query == {"app_id": "ks1", "access_token": "token-1", "count": "20"}
    assert platform.calls[1].query["cursor"] == "3x19"


async def test_videos_and_the_account_are_measured(platform: FakePlatform, client: HTTPClient) -> None:
    video = {"photo_id": "3x1", "view_count": 900, "like_count": 80, "comment_count": 7}
    platform.will_answer(ok(video_info=video), no(120001), ok(user_info={"name": "茶", "fan": 1204, "follow": 9}))
    access = kuaishou(platform, client)

    figures = await KUAISHOU.measure_posts(["3x1", "gone"], access=access)
    account = await KUAISHOU.measure_account(access=access)

    assert figures == [PostFigures(post_id="3x1", views=900, likes=80, comments=7)]
    assert account == AccountFigures(followers=1204, following=9)


async def test_a_token_that_has_run_out_gives_way_to_the_next(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(no(100200105), ok(user_info={"fan": 1}))

    await KUAISHOU.measure_account(access=kuaishou(platform, client))

    assert [call.query["access_token"] for call in platform.calls] == ["token-1", "token-0"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (no(100100402), RateLimited),
        (Answer(status=429), RateLimited),
        (Answer(status=502), PlatformBusy),
        (Answer(status=0), PlatformBusy),
        (Answer(json="what?"), PlatformBusy),
        (no(100200100), CallRefused),
        (no(7), CallRefused),
    ],
)
async def test_trouble_is_understood(
    platform: FakePlatform, client: HTTPClient, answer: Answer, failure: type[Exception]
) -> None:
    platform.will_answer(answer)

    with pytest.raises(failure) as trouble:
        await KUAISHOU.measure_account(access=kuaishou(platform, client))

    # The address has the token in it, and nobody shall read it in a log.
    assert "token-" not in str(trouble.value)
    assert trouble.value.__cause__ is None or "token-" not in str(trouble.value.__cause__)


async def test_tokens_are_renewed(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(ok(access_token="token-2", refresh_token="refresh-2", expires_in=172800, open_id="o"))

    renewed = await KUAISHOU.renew(access=kuaishou(platform, client), now=NOW)

    (call,) = platform.calls
    assert renewed.credentials == {"access_token": "token-2", "refresh_token": "refresh-2"}
    assert renewed.expires_at == NOW + timedelta(hours=48)
    assert call.path == "/oauth2/refresh_token"
    assert call.query == {
        "grant_type": "refresh_token",
        "app_id": "ks1",
        "app_secret": "secret",
        "refresh_token": "refresh-1",
    }


@pytest.mark.parametrize("answer", [no(100200105), ok()])
async def test_a_refused_renewal_needs_the_accounts_owner(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await KUAISHOU.renew(access=kuaishou(platform, client), now=NOW)

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
