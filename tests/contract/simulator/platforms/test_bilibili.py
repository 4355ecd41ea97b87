"""The played Bilibili and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Kind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.bilibili import BilibiliConnector
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, SignatureRefused
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import AUTUMN_POST, Post
from simulator.platforms.bilibili import BilibiliAccount, BilibiliApp
from simulator.platforms.platform import utc_now
from simulator.signing import is_bilibili_signed
from tests.contract.connectors.vectors.test_bilibili import SIGNATURE, SIGNED_BODY, SIGNED_HEADERS
from tests.contract.simulator.platforms.answering import access_of, heard
from tests.contract.simulator.product import Product, received, serve
from tests.contract.simulator.test_meeting_the_connectors import signed

BILIBILI = BilibiliConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([BilibiliAccount()], patience=0) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> BilibiliAccount:
    return sim.first(BilibiliAccount)


@pytest.fixture
async def access(sim: Simulator, account: BilibiliAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield access_of(sim, account, client)
    await client.close()


def test_the_signature_that_others_make_is_believed() -> None:
    headers = {**SIGNED_HEADERS, "authorization": SIGNATURE}

    assert is_bilibili_signed(headers, SIGNED_BODY, app_secret="secret-golden-0001")
    assert not is_bilibili_signed(headers, SIGNED_BODY + b" ", app_secret="secret-golden-0001")


async def test_the_hook_answers_the_question_and_takes_what_is_pushed(sim: Simulator, account: BilibiliAccount) -> None:
    product = Product({"bilibili": account})
    server = await serve(product)
    await sim.connect("bilibili", f"{product.url}/bilibili")

    outcome = await sim.deliver(account.published(AUTUMN_POST))
    await server.stop()

    assert (outcome.is_acknowledged, outcome.attempts) == (True, 1)


def test_each_thing_told_is_understood(account: BilibiliAccount) -> None:
    told = [
        (account.published(AUTUMN_POST), Kind.POST, Action.CREATED, Direction.OUTBOUND),
        (account.published(AUTUMN_POST, is_refused=True), Kind.SYSTEM, Action.UNKNOWN, Direction.SYSTEM),
        (account.permission(), Kind.SYSTEM, Action.AUTHORIZED, Direction.SYSTEM),
        (account.permission(is_taken_back=True), Kind.SYSTEM, Action.REVOKED, Direction.SYSTEM),
    ]

    understood = [heard(account, delivery) for delivery, *_ in told]

    assert [(one.kind, one.action, one.direction) for one in understood] == [tuple(rest) for _, *rest in told]
    assert all(abs(one.occurred_at - utc_now()) < timedelta(minutes=1) for one in understood)


def test_what_another_application_signed_is_refused(account: BilibiliAccount) -> None:
    stranger = BilibiliAccount(BilibiliApp(app_secret="another"))

    with pytest.raises(SignatureRefused):
        received(account, signed(stranger, account.published(AUTUMN_POST)))


async def test_videos_that_were_told_are_listed_under_the_same_id_and_measured(
    account: BilibiliAccount, access: Access
) -> None:
    told = [heard(account, account.published(Post(number=number, title="集"))).object.id for number in range(25)]
    since = utc_now() - timedelta(days=1)

    first = await BILIBILI.list_posts(since=since, cursor=None, access=access)
    second = await BILIBILI.list_posts(since=since, cursor=first.cursor, access=access)
    figures = await BILIBILI.measure_posts([told[0], "BVgone"], access=access)
    measured = await BILIBILI.measure_account(access=access)

    assert [post.id for post in (*first.posts, *second.posts)] == told[::-1]
    assert [(one.post_id, one.comments) for one in figures] == [(told[0], 11)]
    assert (measured.followers, measured.posts) == (1204, 25)


async def test_a_token_is_renewed_once_with_each_that_renews(
    sim: Simulator, account: BilibiliAccount, access: Access
) -> None:
    renewed = await BILIBILI.renew(access=access, now=utc_now())

    assert renewed.credentials == {"access_token": account.access_token, "refresh_token": account.refresh_token}
    with pytest.raises(CallRefused) as refusal:
        await BILIBILI.renew(access=access, now=utc_now())
    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert (await BILIBILI.measure_account(access=access_of(sim, account, access.client))).followers == 1204


async def test_a_broken_platform_may_be_asked_again(sim: Simulator, access: Access) -> None:
    sim.misbehave("bilibili", Fault(kind=FaultKind.BROKEN))

    with pytest.raises(PlatformBusy):
        await BILIBILI.measure_account(access=access)
