"""The played Douyin and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited, SignatureRefused
from ingest.clients.connectors.douyin import DouyinConnector
from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.douyin import DouyinAccount
from simulator.platforms.douyin_memory import DouyinApp
from simulator.platforms.platform import Surroundings, utc_now
from simulator.signing import douyin_live_signature, douyin_signature
from tests.contract.connectors.sending.speaking import to_be_done
from tests.contract.connectors.vectors.test_douyin import (
    CHALLENGE,
    CHALLENGE_SIGNATURE,
    LIVE_HEADERS,
    LIVE_SIGNATURE,
)
from tests.contract.simulator.platforms.answering import (
    Clock,
    access_of,
    answer_to,
    heard,
    ids_of,
    listed,
    target_of,
)
from tests.contract.simulator.product import Product, credentials_of, received, serve
from tests.contract.simulator.test_meeting_the_connectors import as_received, signed

DOUYIN = DouyinConnector()


@pytest.fixture
def clock() -> Clock:
    return Clock(utc_now())


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    played = DouyinAccount(surroundings=Surroundings(now=clock.now))
    async with Simulator([played], echo_delay_seconds=0, patience=0) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> DouyinAccount:
    return sim.first(DouyinAccount)


@pytest.fixture
async def access(sim: Simulator, account: DouyinAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield access_of(sim, account, client)
    await client.close()


def test_the_published_signatures_are_made() -> None:
    assert douyin_signature(CHALLENGE, client_secret="secret") == CHALLENGE_SIGNATURE
    assert douyin_live_signature(LIVE_HEADERS, "abc123你好".encode(), secret="123abc") == LIVE_SIGNATURE


def test_the_challenge_is_answered_with_its_number(account: DouyinAccount) -> None:
    question, expected = account.handshake()

    answer = DOUYIN.handshake(as_received(question), credentials_of(account))

    assert answer is not None
    assert answer.body == expected


def test_each_thing_told_is_understood(account: DouyinAccount) -> None:
    message = account.message("你好")
    told = [
        (message, Kind.MESSAGE, Action.CREATED),
        (account.message("", sort="image"), Kind.MESSAGE, Action.CREATED),
        (account.recalled(message.object_id), Kind.MESSAGE, Action.DELETED),
        (account.entered(), Kind.SYSTEM, Action.ENTERED),
        (account.comment("好喝 😋"), Kind.COMMENT, Action.CREATED),
        (account.follow(), Kind.FOLLOW, Action.CREATED),
        (account.like(), Kind.REACTION, Action.CREATED),
        (account.live_comment("主播看我"), Kind.COMMENT, Action.CREATED),
        (account.live_like(3), Kind.REACTION, Action.CREATED),
        (account.live_gift(), Kind.REACTION, Action.CREATED),
    ]

    understood = [heard(account, delivery) for delivery, _, _ in told]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in told]
    assert {one.direction for one in understood} == {Direction.INBOUND}


def test_what_is_said_in_a_live_room_stands_in_that_room(account: DouyinAccount) -> None:
    said = heard(account, account.live_comment("1号链接"))

    assert said.target is not None
    assert (said.target.post_id, said.target.conversation_id) == (account.app.room_id, account.app.room_id)


@pytest.mark.parametrize("app", [DouyinApp(client_secret="another"), DouyinApp(live_secret="another")])
def test_what_another_application_signed_is_refused(account: DouyinAccount, app: DouyinApp) -> None:
    stranger = DouyinAccount(app)
    delivery = account.message("hi") if app.client_secret == "another" else account.live_comment("hi")

    with pytest.raises(SignatureRefused):
        received(account, signed(stranger, delivery))


async def test_a_message_is_answered_and_its_echo_is_ours(
    sim: Simulator, account: DouyinAccount, access: Access
) -> None:
    product = Product({"douyin": account})
    server = await serve(product)
    await sim.connect("douyin", f"{product.url}/douyin")
    message = heard(account, account.message("在吗", author=MIA))

    sent = await DOUYIN.send(answer_to(message), access=access)
    await sim.echoes_delivered()
    await server.stop()

    (echo,) = product.interactions
    assert (echo.direction, echo.object.id) == (Direction.OUTBOUND, sent.object_id)
    assert echo.target is not None
    assert message.target is not None
    assert echo.target.conversation_id == message.target.conversation_id == account.open_id(MIA)


async def test_six_answers_are_taken_and_no_seventh(account: DouyinAccount, access: Access) -> None:
    message = heard(account, account.message("在吗"))
    for number in range(message.reply.max_replies or 0):
        await DOUYIN.send(answer_to(message, reply_id=f"reply-{number}"), access=access)

    with pytest.raises(CallRefused) as refusal:
        await DOUYIN.send(answer_to(message), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED
    assert len(account.ledger) == 6


@pytest.mark.parametrize("make", [DouyinAccount.message, DouyinAccount.entered], ids=["message", "visit"])
async def test_the_window_closes_when_the_interaction_says(
    account: DouyinAccount, access: Access, clock: Clock, make: object
) -> None:
    told = heard(account, account.message("hi") if make is DouyinAccount.message else account.entered())
    assert told.reply.window_expires_at is not None
    clock.moment = told.reply.window_expires_at - timedelta(seconds=1)
    await DOUYIN.send(answer_to(told), access=access)
    clock.moment += timedelta(seconds=2)

    with pytest.raises(CallRefused) as refusal:
        await DOUYIN.send(answer_to(told), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED


async def test_a_comment_is_answered_and_stands_in_the_list_under_the_same_id(
    account: DouyinAccount, access: Access, clock: Clock
) -> None:
    comment = heard(account, account.comment("哪家店？", author=XIAOYU))

    sent = await DOUYIN.send(answer_to(comment), access=access)

    found = await listed(DOUYIN, "comments", since=clock.now() - timedelta(hours=1), access=access, now=clock.now())
    (ours,) = [one for one in found if one.direction is Direction.OUTBOUND]
    assert ours.object.id == sent.object_id
    assert ours.target is not None
    assert ours.target.parent_id == comment.object.id


async def test_the_list_shows_what_was_told_and_what_was_not(
    account: DouyinAccount, access: Access, clock: Clock
) -> None:
    first = account.comment("第一条", number=11)
    told = [first, account.comment("第二条", number=12, parent_id=first.object_id)]
    told += [account.comment(f"又一条 {number}", number=number) for number in range(100, 160)]

    found = await listed(DOUYIN, "comments", since=clock.now() - timedelta(hours=1), access=access, now=clock.now())

    assert ids_of(found) == ids_of([heard(account, delivery) for delivery in told])


async def test_a_message_of_ours_is_taken_back(account: DouyinAccount, access: Access) -> None:
    echoes: list[Delivery] = []
    account.echo = echoes.append
    await DOUYIN.send(answer_to(heard(account, account.message("hi"))), access=access)
    echo = heard(account, echoes[0])

    await DOUYIN.moderate(to_be_done(ModerationKind.DELETE, target_of(echo)), access=access)

    assert account.api.recalled == [echo.object.id]


async def test_a_token_that_ran_out_is_renewed_and_speaks_again(
    sim: Simulator, account: DouyinAccount, access: Access
) -> None:
    message = heard(account, account.message("hi"))
    account.tokens.expire()
    with pytest.raises(CallRefused) as refusal:
        await DOUYIN.send(answer_to(message), access=access)

    renewed = await DOUYIN.renew(access=access, now=utc_now())

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert renewed.credentials["access_token"] == account.tokens.access
    await DOUYIN.send(answer_to(message), access=access_of(sim, account, access.client))


async def test_videos_are_listed_and_measured(account: DouyinAccount, access: Access, clock: Clock) -> None:
    comment = heard(account, account.comment("hi"))
    account.like()
    assert comment.target is not None

    listed = await DOUYIN.list_posts(since=clock.now() - timedelta(days=1), cursor=None, access=access)
    (figures,) = await DOUYIN.measure_posts([post.id for post in listed.posts], access=access)
    measured = await DOUYIN.measure_account(access=access)

    assert [post.id for post in listed.posts] == [comment.target.post_id] == [figures.post_id]
    assert (figures.comments, figures.likes) == (1, 1)
    assert measured.followers


@pytest.mark.parametrize(("kind", "failure"), [(FaultKind.TOO_MANY, RateLimited), (FaultKind.BROKEN, PlatformBusy)])
async def test_trouble_is_understood(
    sim: Simulator, account: DouyinAccount, access: Access, kind: FaultKind, failure: type[Exception]
) -> None:
    message = heard(account, account.message("hi"))
    sim.misbehave("douyin", Fault(kind=kind, seconds=7))

    with pytest.raises(failure) as refusal:
        await DOUYIN.send(answer_to(message), access=access)

    assert getattr(refusal.value, "retry_after_seconds", None) in {7, 30}
    assert not len(account.ledger)
