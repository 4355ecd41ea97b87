"""The articles of the played Official Account and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Direction, Interaction
from huiying.events.moderation import ModerationKind
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import AccountFigures, PostFigures
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.wechat_oa import WeChatConnector
from simulator.facade import Simulator
from simulator.happening import Happening
from simulator.happening import Kind as Doing
from simulator.people import AUTUMN_POST, MIA, XIAOYU, Post
from simulator.platforms.platform import utc_now
from simulator.platforms.wechat_oa import WeChatAccount
from tests.contract.connectors.sending.speaking import TEXT, a_reply, to_be_done
from tests.contract.simulator.platforms.answering import target_of
from tests.contract.simulator.product import account_of, credentials_of

ANOTHER_POST = Post(number=5_551_002, title="山楂乌龙回归")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([WeChatAccount()]) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> WeChatAccount:
    return sim.first(WeChatAccount)


@pytest.fixture
def wechat() -> WeChatConnector:
    # Tokens of one simulator are no good at the next.
    return WeChatConnector(AccessTokens())


@pytest.fixture
async def access(sim: Simulator, account: WeChatAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield Access(
        account=account_of(account),
        credentials=credentials_of(account),
        client=client,
        api_base=sim.api_base("wechat_oa"),
    )
    await client.close()


async def listed(wechat: WeChatConnector, access: Access) -> list[Interaction]:
    """All comments, page by page."""
    now, cursor, found = utc_now(), None, list[Interaction]()
    while True:
        page = await wechat.list_feed("comments", since=now - timedelta(days=1), cursor=cursor, access=access, now=now)
        found += page.interactions
        cursor = page.cursor
        if not page.has_more:
            return found


async def test_every_comment_is_listed_once_however_many_there_are(
    wechat: WeChatConnector, account: WeChatAccount, access: Access
) -> None:
    for number in range(1, 121):
        account.comment(f"第{number}条", number=number)
    account.comment("另一篇", post=ANOTHER_POST, author=MIA)

    found = await listed(wechat, access)
    again = await listed(wechat, access)

    assert len({one.id for one in found}) == len(found) == 121
    assert {one.id for one in again} == {one.id for one in found}
    assert {one.target.post_title for one in found if one.target} == {AUTUMN_POST.title, ANOTHER_POST.title}


async def test_a_comment_is_told_to_nobody_who_does_not_ask(
    wechat: WeChatConnector, account: WeChatAccount, access: Access
) -> None:
    happening = Happening(
        at=utc_now(), platform="wechat_oa", kind=Doing.COMMENT, person=XIAOYU, number=7, post=AUTUMN_POST, text="好喝"
    )

    delivery = account.tell(happening)

    assert delivery is None
    assert [one.object.text for one in await listed(wechat, access)] == ["好喝"]


async def test_a_comment_is_answered_once_and_the_answer_is_found_again(
    wechat: WeChatConnector, account: WeChatAccount, access: Access
) -> None:
    account.comment("还有货吗？")
    (comment,) = await listed(wechat, access)

    sent = await wechat.send(a_reply(target_of(comment)), access=access)

    _, answer = await listed(wechat, access)
    (reply,) = account.ledger
    assert (answer.direction, answer.object.text) == (Direction.OUTBOUND, TEXT)
    assert answer.object.id == sent.object_id == reply.id
    with pytest.raises(CallRefused, match="88005"):
        await wechat.send(a_reply(target_of(comment), reply_id="reply-2"), access=access)


async def test_a_comment_is_picked_and_no_longer_picked(
    wechat: WeChatConnector, account: WeChatAccount, access: Access
) -> None:
    said = account.comment("好喝")
    (comment,) = await listed(wechat, access)

    await wechat.moderate(to_be_done(ModerationKind.LIKE, target_of(comment)), access=access)
    was_picked = said.is_picked
    await wechat.moderate(to_be_done(ModerationKind.UNLIKE, target_of(comment)), access=access)

    assert (was_picked, said.is_picked) == (True, False)


async def test_a_deleted_comment_is_gone_and_may_be_deleted_again(
    wechat: WeChatConnector, account: WeChatAccount, access: Access
) -> None:
    account.comment("广告")
    (comment,) = await listed(wechat, access)

    for _ in range(2):
        await wechat.moderate(to_be_done(ModerationKind.DELETE, target_of(comment)), access=access)

    assert await listed(wechat, access) == []


async def test_an_account_that_never_was_granted_comments_says_so(
    wechat: WeChatConnector, account: WeChatAccount, access: Access
) -> None:
    account.comment("好喝")
    account.articles.has_comments = False

    # The list of articles says already that nobody can comment on them, so nothing is asked that would be refused.
    assert await listed(wechat, access) == []


async def test_what_was_published_is_listed_and_measured(
    wechat: WeChatConnector, account: WeChatAccount, access: Access
) -> None:
    yesterday = utc_now() - timedelta(days=1)
    account.comment("好喝", at=yesterday)
    account.subscribe()

    posts = await wechat.list_posts(since=yesterday - timedelta(days=1), cursor=None, access=access)
    figures = await wechat.measure_posts([post.id for post in posts.posts], access=access)

    assert [post.text for post in posts.posts] == [AUTUMN_POST.title]
    assert figures == [PostFigures(post_id=posts.posts[0].id, views=80, shares=4)]
    assert await wechat.measure_account(access=access) == AccountFigures(followers=1, posts=1)
