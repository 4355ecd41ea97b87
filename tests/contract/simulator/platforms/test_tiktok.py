"""The played TikTok and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.clock import SystemClock
from huiying.events.interactions import Action, Direction, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited, SignatureRefused
from ingest.clients.connectors.tiktok import TikTokConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.tiktok import TikTokAccount
from simulator.platforms.tiktok_desk import TikTokApp
from simulator.platforms.tiktok_platform import tiktok_signature
from tests.contract.connectors.sending.speaking import a_reply, to_be_done
from tests.contract.connectors.vectors.test_tiktok import BODY, SECONDS, SECRET, SIGNATURE
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import Product, account_of, credentials_of, received, serve
from tests.contract.simulator.test_meeting_the_connectors import signed

TIKTOK = TikTokConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([TikTokAccount()], echo_delay_seconds=0, patience=0) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> TikTokAccount:
    return sim.first(TikTokAccount)


@pytest.fixture
async def product(sim: Simulator) -> AsyncIterator[Product]:
    product = Product({"tiktok": sim.platform("tiktok")})
    server = await serve(product)
    await sim.connect("tiktok", f"{product.url}/tiktok")
    yield product
    await server.stop()


@pytest.fixture
async def access(sim: Simulator, account: TikTokAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield Access(
        account=account_of(account), credentials=credentials_of(account), client=client, api_base=sim.api_base("tiktok")
    )
    await client.close()


def test_the_signature_is_the_one_computed_by_hand() -> None:
    assert tiktok_signature(BODY, client_secret=SECRET, seconds=SECONDS) == f"t={SECONDS},s={SIGNATURE}"


def test_each_thing_told_is_understood(account: TikTokAccount) -> None:
    told = [
        (account.comment("好喝 😋", number=11), Kind.COMMENT, Action.CREATED, Direction.INBOUND),
        (account.comment("me too", parent=11), Kind.COMMENT, Action.CREATED, Direction.INBOUND),
        (account.comment_removed(11), Kind.COMMENT, Action.DELETED, Direction.INBOUND),
        (account.mention("at @tanghulu.tea"), Kind.MENTION, Action.CREATED, Direction.INBOUND),
        (account.message("hi"), Kind.MESSAGE, Action.CREATED, Direction.INBOUND),
        (account.message("", image="media-9"), Kind.MESSAGE, Action.CREATED, Direction.INBOUND),
        (account.message_from_europe("hi"), Kind.SYSTEM, Action.CREATED, Direction.SYSTEM),
        (account.read(), Kind.RECEIPT, Action.READ, Direction.INBOUND),
        (account.revoked(), Kind.SYSTEM, Action.REVOKED, Direction.SYSTEM),
    ]

    understood = [heard(account, delivery) for delivery, *_ in told]

    assert [(one.kind, one.action, one.direction) for one in understood] == [tuple(rest) for _, *rest in told]
    assert understood[1].target is not None
    assert understood[1].target.parent_id == understood[0].object.id


def test_what_another_app_signed_is_refused(account: TikTokAccount) -> None:
    stranger = TikTokAccount(TikTokApp(client_secret="another"))

    with pytest.raises(SignatureRefused):
        received(account, signed(stranger, account.comment("hi")))


@pytest.mark.parametrize("is_message", [True, False])
async def test_an_answer_comes_back_as_ours_under_the_id_that_was_given(
    sim: Simulator, product: Product, account: TikTokAccount, access: Access, is_message: bool
) -> None:
    said = heard(account, account.message("hi") if is_message else account.comment("hi"))

    sent = await TIKTOK.send(a_reply(target_of(said)), access=access)
    await sim.echoes_delivered()

    (reply,), (echo,) = sim.received_replies(), product.interactions
    assert said.target is not None
    assert echo.target is not None
    assert reply.is_public is not is_message
    assert (echo.direction, echo.object.id, echo.object.text) == (Direction.OUTBOUND, sent.object_id, reply.text)
    assert echo.target.conversation_id == said.target.conversation_id
    assert echo.target.post_id == said.target.post_id


async def test_after_two_days_or_ten_answers_nobody_may_write(account: TikTokAccount, access: Access) -> None:
    long_ago = SystemClock().now() - timedelta(hours=49)
    late = target_of(heard(account, account.message("hi", author=XIAOYU, at=long_ago)))
    fresh = target_of(heard(account, account.message("hi", author=MIA)))

    with pytest.raises(CallRefused) as too_late:
        await TIKTOK.send(a_reply(late), access=access)
    for _ in range(10):
        await TIKTOK.send(a_reply(fresh), access=access)
    with pytest.raises(CallRefused) as too_many:
        await TIKTOK.send(a_reply(fresh), access=access)
    account.message("still there?", author=MIA)
    again = await TIKTOK.send(a_reply(fresh), access=access)

    assert {too_late.value.reason, too_many.value.reason} == {FailureReason.WINDOW_CLOSED}
    assert again.object_id is not None


async def test_nobody_can_answer_what_was_never_said(account: TikTokAccount, access: Access) -> None:
    comment = heard(account, account.comment("hi", number=11))
    account.comment_removed(11)

    with pytest.raises(CallRefused, match="does not exist"):
        await TIKTOK.send(a_reply(target_of(comment)), access=access)


async def test_after_forty_calls_in_a_minute_one_waits(account: TikTokAccount, access: Access) -> None:
    comment = target_of(heard(account, account.comment("hi")))
    for _ in range(40):
        await TIKTOK.send(a_reply(comment), access=access)

    with pytest.raises(RateLimited):
        await TIKTOK.send(a_reply(comment), access=access)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(FaultKind.TOO_MANY, RateLimited), (FaultKind.BROKEN, OutcomeUnknown), (FaultKind.DONE_BUT_LOST, OutcomeUnknown)],
)
async def test_trouble_looks_like_trouble(
    sim: Simulator, account: TikTokAccount, access: Access, kind: FaultKind, expected: type[Exception]
) -> None:
    comment = target_of(heard(account, account.comment("hi")))
    sim.misbehave("tiktok", Fault(kind=kind, seconds=17))

    with pytest.raises(expected) as trouble:
        await TIKTOK.send(a_reply(comment), access=access)

    assert getattr(trouble.value, "retry_after_seconds", 17) == 17


async def test_comments_are_hidden_and_liked_and_only_our_own_deleted(
    sim: Simulator, product: Product, account: TikTokAccount, access: Access
) -> None:
    comment = target_of(heard(account, account.comment("hi")))
    sent = await TIKTOK.send(a_reply(comment), access=access)
    mine = ReplyTarget(interaction_id="i", kind="comment", object_id=sent.object_id or "", post_id=comment.post_id)

    for kind in (ModerationKind.HIDE, ModerationKind.UNHIDE, ModerationKind.LIKE):
        await TIKTOK.moderate(to_be_done(kind, comment), access=access)
    await TIKTOK.moderate(to_be_done(ModerationKind.DELETE, mine), access=access)
    with pytest.raises(CallRefused, match="itself"):
        await TIKTOK.moderate(to_be_done(ModerationKind.DELETE, comment), access=access)
    await sim.echoes_delivered()

    actions = {interaction.action for interaction in product.interactions}
    assert account.liked == {comment.object_id}
    assert actions == {Action.CREATED, Action.HIDDEN, Action.UNHIDDEN, Action.DELETED}


async def test_the_lists_show_what_was_told_under_the_same_ids(account: TikTokAccount, access: Access) -> None:
    told = [account.comment("one", number=11), account.comment("two", parent=11, author=XIAOYU), account.message("hi")]
    pushed = {heard(account, delivery).id for delivery in told}
    account.message_from_europe("nobody told you")
    now, listed = SystemClock().now(), list[Interaction]()

    for feed in TIKTOK.feeds:
        cursor, goes_on = None, True
        while goes_on:
            page = await TIKTOK.list_feed(
                feed.name, since=now - timedelta(hours=1), cursor=cursor, access=access, now=now
            )
            listed += page.interactions
            cursor, goes_on = page.cursor, page.has_more

    assert pushed < {interaction.id for interaction in listed}
    assert [one.object.text for one in listed if one.id not in pushed] == ["nobody told you"]


async def test_a_comment_is_completed_from_the_list(account: TikTokAccount, access: Access) -> None:
    comment = heard(account, account.comment("hi", author=XIAOYU))

    full = await TIKTOK.complete(comment, access=access)

    assert TIKTOK.lacks_content(comment)
    assert full is not None
    assert full.actor is not None
    assert full.actor.name == XIAOYU.name


async def test_videos_and_the_account_have_figures(account: TikTokAccount, access: Access) -> None:
    comment = heard(account, account.comment("hi"))
    since = SystemClock().now() - timedelta(days=2)

    (post,) = (await TIKTOK.list_posts(since=since, cursor=None, access=access)).posts
    (figures,) = await TIKTOK.measure_posts([post.id], access=access)

    assert comment.target is not None
    assert post.id == figures.post_id == comment.target.post_id
    assert (figures.views, figures.shares) == (900, 2)
    assert await TIKTOK.measure_account(access=access) == AccountFigures(followers=31_207, following=4, posts=1)


async def test_a_token_that_ran_out_is_renewed_once_for_each_refresh_token(
    account: TikTokAccount, access: Access
) -> None:
    comment, now = target_of(heard(account, account.comment("hi"))), SystemClock().now()
    account.desk.expire()
    with pytest.raises(CallRefused) as refusal:
        await TIKTOK.send(a_reply(comment), access=access)

    renewed = await TIKTOK.renew(access=access, now=now)
    fresh = {**access.credentials, **{name: (value,) for name, value in renewed.credentials.items()}}
    sent = await TIKTOK.send(
        a_reply(comment),
        access=Access(account=access.account, credentials=fresh, client=access.client, api_base=access.api_base),
    )

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert sent.object_id is not None
    with pytest.raises(CallRefused) as again:
        await TIKTOK.renew(access=access, now=now)
    assert again.value.reason is FailureReason.NEEDS_RECONNECT
