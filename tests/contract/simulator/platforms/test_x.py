"""The played X and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.clock import SystemClock
from huiying.events.interactions import Action, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited, SignatureRefused
from ingest.clients.connectors.x import XConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.x import XAccount
from simulator.platforms.x_desk import XApp
from simulator.platforms.x_platform import x_signature
from tests.contract.connectors.sending.speaking import a_reply, to_be_done
from tests.contract.connectors.vectors.test_x import ANSWER, QUESTION
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import Product, account_of, credentials_of, received, serve
from tests.contract.simulator.test_meeting_the_connectors import signed

X = XConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([XAccount()], echo_delay_seconds=0, patience=0) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> XAccount:
    return sim.first(XAccount)


@pytest.fixture
async def product(sim: Simulator) -> AsyncIterator[Product]:
    product = Product({"x": sim.platform("x")})
    server = await serve(product)
    await sim.connect("x", f"{product.url}/x")
    yield product
    await server.stop()


@pytest.fixture
async def access(sim: Simulator, account: XAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield Access(
        account=account_of(account), credentials=credentials_of(account), client=client, api_base=sim.api_base("x")
    )
    await client.close()


def test_the_challenge_is_signed_as_computed_by_hand() -> None:
    assert x_signature(QUESTION.encode(), consumer_secret="consumer-secret") == ANSWER


def test_each_thing_told_is_understood(account: XAccount) -> None:
    first = account.comment("nice 😋")
    told = [
        (first, Kind.COMMENT, Action.CREATED),
        (account.edited(first, "nicer"), Kind.COMMENT, Action.UPDATED),
        (account.mention("@tanghulutea?"), Kind.MENTION, Action.CREATED),
        (account.quote("this!"), Kind.SHARE, Action.CREATED),
        (account.message("你好"), Kind.MESSAGE, Action.CREATED),
        (account.encrypted(), Kind.MESSAGE, Action.CREATED),
        (account.like(), Kind.REACTION, Action.CREATED),
        (account.follow(), Kind.FOLLOW, Action.CREATED),
        (account.follow(is_removed=True), Kind.FOLLOW, Action.REMOVED),
    ]

    understood = [heard(account, delivery) for delivery, _, _ in told]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in told]
    assert {one.direction for one in understood} == {Direction.INBOUND}
    assert understood[1].object.id == understood[0].object.id


def test_a_revocation_is_the_platforms_word(account: XAccount) -> None:
    revoked = heard(account, account.revoked())

    assert (revoked.kind, revoked.action, revoked.direction) == (Kind.SYSTEM, Action.REVOKED, Direction.SYSTEM)


def test_what_another_app_signed_is_refused(account: XAccount) -> None:
    stranger = XAccount(XApp(consumer_secret="another"))

    with pytest.raises(SignatureRefused):
        received(account, signed(stranger, account.comment("hi")))


async def test_a_reply_comes_back_as_ours_under_the_id_that_was_answered(
    sim: Simulator, product: Product, account: XAccount, access: Access
) -> None:
    comment = heard(account, account.comment("hi", author=MIA))

    sent = await X.send(a_reply(target_of(comment)), access=access)
    await sim.echoes_delivered()

    (reply,), (echo,) = sim.received_replies(), product.interactions
    assert (reply.target, reply.is_public) == (comment.object.id, True)
    assert (echo.direction, echo.object.id, echo.object.text) == (Direction.OUTBOUND, sent.object_id, reply.text)
    assert comment.target is not None
    assert echo.target is not None
    assert (echo.target.post_id, echo.target.parent_id) == (comment.target.post_id, comment.object.id)


@pytest.mark.parametrize("is_message", [True, False])
async def test_a_private_word_comes_back_in_the_conversation_of_that_person(
    sim: Simulator, product: Product, account: XAccount, access: Access, is_message: bool
) -> None:
    said = account.message("hi", author=XIAOYU) if is_message else account.comment("hi", author=XIAOYU)
    target = target_of(heard(account, said))

    sent = await X.send(a_reply(target, visibility=Visibility.PRIVATE), access=access)
    await sim.echoes_delivered()

    (echo,) = product.interactions
    assert (echo.kind, echo.direction, echo.object.id) == (Kind.MESSAGE, Direction.OUTBOUND, sent.object_id)
    assert echo.target is not None
    assert echo.target.conversation_id == target.counterpart_id


async def test_an_edited_comment_is_answered_where_it_is_now(sim: Simulator, account: XAccount, access: Access) -> None:
    first = account.comment("hi")
    edited = heard(account, account.edited(first, "hi!"))

    await X.send(a_reply(target_of(edited)), access=access)

    assert [reply.target for reply in sim.received_replies()] == [edited.reply.handle["post_id"]]


async def test_nobody_can_answer_what_was_never_said(account: XAccount, access: Access) -> None:
    comment = heard(account, account.comment("hi"))
    account.posts.forget(comment.object.id)
    stranger = ReplyTarget(interaction_id="i", kind="message", object_id="1", counterpart_id="4")

    with pytest.raises(CallRefused, match="not visible"):
        await X.send(a_reply(target_of(comment)), access=access)
    with pytest.raises(CallRefused, match="not permitted"):
        await X.send(a_reply(stranger), access=access)


async def test_after_fifteen_messages_in_a_quarter_of_an_hour_one_waits(account: XAccount, access: Access) -> None:
    message = target_of(heard(account, account.message("hi")))
    for _ in range(15):
        await X.send(a_reply(message), access=access)

    with pytest.raises(RateLimited) as refusal:
        await X.send(a_reply(message), access=access)

    # Their clock is read from a header that has whole seconds.
    assert 800 < refusal.value.retry_after_seconds <= 903


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(FaultKind.TOO_MANY, RateLimited), (FaultKind.BROKEN, OutcomeUnknown), (FaultKind.DONE_BUT_LOST, OutcomeUnknown)],
)
async def test_trouble_looks_like_trouble(
    sim: Simulator, account: XAccount, access: Access, kind: FaultKind, expected: type[Exception]
) -> None:
    comment = target_of(heard(account, account.comment("hi")))
    sim.misbehave("x", Fault(kind=kind, seconds=17))

    with pytest.raises(expected) as trouble:
        await X.send(a_reply(comment), access=access)

    assert getattr(trouble.value, "retry_after_seconds", 17) in range(16, 20)


async def test_comments_are_hidden_and_liked_and_our_own_deleted(
    sim: Simulator, product: Product, account: XAccount, access: Access
) -> None:
    comment = target_of(heard(account, account.comment("hi")))
    sent = await X.send(a_reply(comment), access=access)
    mine = ReplyTarget(interaction_id="i", kind="comment", object_id=sent.object_id or "")

    for kind in (ModerationKind.HIDE, ModerationKind.LIKE):
        await X.moderate(to_be_done(kind, comment), access=access)
    await X.moderate(to_be_done(ModerationKind.DELETE, mine), access=access)
    with pytest.raises(CallRefused, match="own"):
        await X.moderate(to_be_done(ModerationKind.DELETE, comment), access=access)
    await sim.echoes_delivered()

    assert account.hidden == account.liked == {comment.object_id}
    gone = [one for one in product.interactions if one.action is Action.DELETED]
    assert [(one.object.id, one.direction) for one in gone] == [(sent.object_id, Direction.OUTBOUND)]


async def test_the_lists_show_what_was_told_under_the_same_ids(account: XAccount, access: Access) -> None:
    told = [
        account.comment("one", author=MIA),
        account.mention("two", author=XIAOYU),
        account.message("three", author=MIA),
    ]
    pushed = {heard(account, delivery).id for delivery in told}
    now = SystemClock().now()

    pages = [
        await X.list_feed(feed.name, since=now - timedelta(hours=1), cursor=None, access=access, now=now)
        for feed in X.feeds
    ]

    listed = [interaction for page in pages for interaction in page.interactions]
    assert {interaction.id for interaction in listed} == pushed
    assert {interaction.actor.name for interaction in listed if interaction.actor} == {MIA.name, XIAOYU.name}


async def test_a_long_list_is_read_page_by_page(account: XAccount, access: Access) -> None:
    told = {account.mention(f"number {number}").object_id for number in range(230)}
    now, cursor, listed = SystemClock().now(), None, list[str]()

    for _ in range(3):
        page = await X.list_feed("mentions", since=now - timedelta(hours=1), cursor=cursor, access=access, now=now)
        listed += [interaction.object.id for interaction in page.interactions]
        cursor = page.cursor

    assert not page.has_more
    assert (len(listed), set(listed)) == (230, told)


async def test_the_account_has_figures(access: Access) -> None:
    figures = await X.measure_account(access=access)

    assert figures == AccountFigures(followers=20_311, following=12, posts=1_480)


async def test_a_token_that_ran_out_is_renewed_once_for_each_refresh_token(account: XAccount, access: Access) -> None:
    comment, now = target_of(heard(account, account.comment("hi"))), SystemClock().now()
    account.desk.expire()
    with pytest.raises(CallRefused) as refusal:
        await X.send(a_reply(comment), access=access)

    renewed = await X.renew(access=access, now=now)
    fresh = {**access.credentials, **{name: (value,) for name, value in renewed.credentials.items()}}
    sent = await X.send(
        a_reply(comment),
        access=Access(account=access.account, credentials=fresh, client=access.client, api_base=access.api_base),
    )

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert sent.object_id is not None
    assert renewed.expires_at == now + timedelta(hours=2)
    with pytest.raises(CallRefused) as again:
        await X.renew(access=access, now=now)
    assert again.value.reason is FailureReason.NEEDS_RECONNECT
