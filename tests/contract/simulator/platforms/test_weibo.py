"""The played Weibo and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Direction, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import AccountFigures, PostFigures
from ingest.clients.connectors.connector import Access, CallRefused, HandshakeRefused, RateLimited, SignatureRefused
from ingest.clients.connectors.weibo import WeiboConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import AUTUMN_POST, MIA, XIAOYU
from simulator.platforms.platform import utc_now
from simulator.platforms.weibo import WeiboAccount
from simulator.platforms.weibo_desk import uid_of
from tests.contract.connectors.sending.speaking import TEXT, a_reply, to_be_done
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import account_of, credentials_of
from tests.contract.simulator.test_meeting_the_connectors import as_received, signed

WEIBO = WeiboConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([WeiboAccount()]) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> WeiboAccount:
    return sim.first(WeiboAccount)


@pytest.fixture
async def access(sim: Simulator, account: WeiboAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield Access(
        account=account_of(account), credentials=credentials_of(account), client=client, api_base=sim.api_base("weibo")
    )
    await client.close()


async def listed(access: Access) -> list[Interaction]:
    """All comments of the last day, page by page."""
    now, cursor, found = utc_now(), None, list[Interaction]()
    while True:
        page = await WEIBO.list_feed("comments", since=now - timedelta(days=1), cursor=cursor, access=access, now=now)
        found += page.interactions
        cursor = page.cursor
        if not page.has_more:
            return found


def test_the_question_whether_an_address_is_ours_is_answered() -> None:
    account = WeiboAccount()
    question, answer = account.handshake()

    acknowledgement = WEIBO.handshake(as_received(question), credentials_of(account))

    assert acknowledgement is not None
    assert acknowledgement.body == answer
    with pytest.raises(HandshakeRefused):
        WEIBO.handshake(as_received(question), {"app_secret": ("another",)})


def test_what_is_pushed_is_believed_and_understood() -> None:
    account = WeiboAccount()
    told = [
        (account.message("你好 😋"), Kind.MESSAGE, Action.CREATED),
        (account.image(), Kind.MESSAGE, Action.CREATED),
        (account.mention("@糖葫芦茶 好喝"), Kind.MENTION, Action.CREATED),
        (account.event("follow"), Kind.FOLLOW, Action.CREATED),
        (account.event("unfollow"), Kind.FOLLOW, Action.REMOVED),
        (account.event("subscribe"), Kind.COMMAND, Action.CREATED),
        (account.event("scan", key="shop-12"), Kind.COMMAND, Action.ENTERED),
        (account.event("click", key="MENU"), Kind.COMMAND, Action.CREATED),
    ]

    for delivery, kind, action in told:
        interaction = heard(account, delivery)
        assert (interaction.kind, interaction.action, interaction.direction) == (kind, action, Direction.INBOUND)
        assert interaction.verified is Proof.URL_DIGEST
        assert interaction.actor is not None
        assert interaction.actor.id == delivery.object_id


def test_a_push_to_another_account_is_refused() -> None:
    account = WeiboAccount()
    request = signed(account, account.message("你好"))

    with pytest.raises(SignatureRefused):
        WEIBO.verify(request, {"app_secret": ("another",)}, now=utc_now())


async def test_who_wrote_is_answered_as_often_as_one_likes(account: WeiboAccount, access: Access) -> None:
    message = heard(account, account.message("在吗"))

    for number in range(7):
        await WEIBO.send(a_reply(target_of(message), reply_id=f"reply-{number}"), access=access)

    assert {(reply.target, reply.text) for reply in account.ledger} == {(str(uid_of(XIAOYU)), TEXT)}
    assert len(account.ledger) == 7


async def test_who_only_named_the_account_is_answered_once(account: WeiboAccount, access: Access) -> None:
    mention = heard(account, account.mention("@糖葫芦茶 好喝"))
    await WEIBO.send(a_reply(target_of(mention)), access=access)

    with pytest.raises(CallRefused):
        await WEIBO.send(a_reply(target_of(mention), reply_id="reply-2"), access=access)

    assert mention.reply.max_replies == 1


async def test_after_two_days_or_without_following_nobody_is_answered(account: WeiboAccount, access: Access) -> None:
    late = heard(account, account.message("在吗", at=utc_now() - timedelta(hours=49)))
    gone = heard(account, account.message("在吗", author=MIA))
    account.event("unfollow", author=MIA)

    for message in (late, gone):
        with pytest.raises(CallRefused):
            await WEIBO.send(a_reply(target_of(message)), access=access)

    assert len(account.ledger) == 0


async def test_every_comment_is_listed_once_however_many_there_are(account: WeiboAccount, access: Access) -> None:
    for number in range(1, 121):
        account.comment(f"第{number}条", number=number)

    found = await listed(access)

    assert len({one.id for one in found}) == len(found) == 120
    assert {one.target.post_title for one in found if one.target} == {AUTUMN_POST.title}


async def test_a_comment_is_answered_and_the_answer_is_found_again_and_deleted(
    account: WeiboAccount, access: Access
) -> None:
    account.comment("还有货吗？")
    (comment,) = await listed(access)

    sent = await WEIBO.send(a_reply(target_of(comment)), access=access)
    both = await listed(access)
    (answer,) = [one for one in both if one.direction is Direction.OUTBOUND]
    await WEIBO.moderate(to_be_done(ModerationKind.DELETE, target_of(answer)), access=access)

    assert answer.object.id == sent.object_id
    assert answer.target is not None
    assert answer.target.parent_id == comment.object.id
    assert [one.id for one in await listed(access)] == [comment.id]


async def test_an_app_that_was_not_granted_comments_is_refused(account: WeiboAccount, access: Access) -> None:
    account.has_comments = False

    with pytest.raises(CallRefused, match="10014"):
        await listed(access)


async def test_posts_and_the_account_are_measured(account: WeiboAccount, access: Access) -> None:
    account.comment("好喝")

    posts = await WEIBO.list_posts(since=utc_now() - timedelta(days=1), cursor=None, access=access)
    figures = await WEIBO.measure_posts([post.id for post in posts.posts], access=access)

    assert [post.text for post in posts.posts] == [AUTUMN_POST.title]
    assert figures == [PostFigures(post_id=str(AUTUMN_POST.number), likes=12, comments=1, shares=3)]
    assert await WEIBO.measure_account(access=access) == AccountFigures(followers=23_456, following=42, posts=1)


async def test_over_its_limits_one_waits(sim: Simulator, account: WeiboAccount, access: Access) -> None:
    message = heard(account, account.message("在吗"))
    sim.misbehave("weibo", Fault(kind=FaultKind.TOO_MANY))

    with pytest.raises(RateLimited):
        await WEIBO.send(a_reply(target_of(message)), access=access)
