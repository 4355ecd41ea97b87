"""The played LinkedIn and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.clock import SystemClock
from huiying.events.interactions import Action, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited, SignatureRefused
from ingest.clients.connectors.linkedin import LinkedInConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.linkedin import LinkedInPage
from simulator.platforms.linkedin_desk import LinkedInApp
from simulator.platforms.linkedin_platform import linkedin_signature
from tests.contract.connectors.sending.speaking import a_reply, to_be_done
from tests.contract.connectors.vectors.test_linkedin import BODY, SECRET, SIGNATURE
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import Product, account_of, credentials_of, received, serve
from tests.contract.simulator.test_meeting_the_connectors import signed

LINKEDIN = LinkedInConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([LinkedInPage()], echo_delay_seconds=0, patience=0) as running:
        yield running


@pytest.fixture
def page(sim: Simulator) -> LinkedInPage:
    return sim.first(LinkedInPage)


@pytest.fixture
async def product(sim: Simulator) -> AsyncIterator[Product]:
    product = Product({"linkedin": sim.platform("linkedin")})
    server = await serve(product)
    await sim.connect("linkedin", f"{product.url}/linkedin")
    yield product
    await server.stop()


@pytest.fixture
async def access(sim: Simulator, page: LinkedInPage) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield Access(
        account=account_of(page), credentials=credentials_of(page), client=client, api_base=sim.api_base("linkedin")
    )
    await client.close()


def test_the_signature_is_the_one_computed_by_hand() -> None:
    assert linkedin_signature(BODY, client_secret=SECRET) == SIGNATURE


def test_each_thing_told_is_understood(page: LinkedInPage) -> None:
    told = [
        (page.comment("好喝 😋", number=11), Kind.COMMENT, Action.CREATED),
        (page.comment("me too", parent=11), Kind.COMMENT, Action.CREATED),
        (page.comment_edited(11, "better"), Kind.COMMENT, Action.UPDATED),
        (page.comment_removed(11), Kind.COMMENT, Action.DELETED),
        (page.mention("Tanghulu Tea!"), Kind.MENTION, Action.CREATED),
        (page.share("see this"), Kind.SHARE, Action.CREATED),
        (page.like(), Kind.REACTION, Action.CREATED),
    ]

    understood = [heard(page, delivery) for delivery, *_ in told]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in told]
    assert {one.direction for one in understood} == {Direction.INBOUND}
    assert [one.object.id for one in understood[:6]] == [delivery.object_id for delivery, *_ in told[:6]]
    assert understood[1].target is not None
    assert understood[1].target.parent_id == understood[0].object.id
    assert understood[6].actor is not None


def test_ten_at_a_time_are_told_together(page: LinkedInPage) -> None:
    parts = [page.comment(f"number {number}") for number in range(12)]

    interactions = received(page, signed(page, page.batch(parts)))

    assert [one.object.text for one in interactions] == [f"number {number}" for number in range(10)]


def test_what_another_app_signed_is_refused(page: LinkedInPage) -> None:
    stranger = LinkedInPage(LinkedInApp(client_secret="another"))

    with pytest.raises(SignatureRefused):
        received(page, signed(stranger, page.comment("hi")))


@pytest.mark.parametrize("is_mention", [True, False])
async def test_an_answer_comes_back_as_ours_under_the_id_that_was_given(
    sim: Simulator, product: Product, page: LinkedInPage, access: Access, is_mention: bool
) -> None:
    said = heard(page, page.mention("hi") if is_mention else page.comment("hi"))

    sent = await LINKEDIN.send(a_reply(target_of(said)), access=access)
    await sim.echoes_delivered()

    (reply,), (echo,) = sim.received_replies(), product.interactions
    assert said.target is not None
    assert echo.target is not None
    assert (reply.target, reply.is_public) == (said.object.id, True)
    assert (echo.direction, echo.object.id, echo.object.text) == (Direction.OUTBOUND, sent.object_id, reply.text)
    assert echo.target.post_id == said.target.post_id
    assert echo.target.parent_id == (None if is_mention else said.object.id)


async def test_nobody_can_answer_what_is_gone(page: LinkedInPage, access: Access) -> None:
    comment = heard(page, page.comment("hi", number=11))
    page.comment_removed(11)

    with pytest.raises(CallRefused, match="does not exist"):
        await LINKEDIN.send(a_reply(target_of(comment)), access=access)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(FaultKind.TOO_MANY, RateLimited), (FaultKind.BROKEN, OutcomeUnknown), (FaultKind.DONE_BUT_LOST, OutcomeUnknown)],
)
async def test_trouble_looks_like_trouble(
    sim: Simulator, page: LinkedInPage, access: Access, kind: FaultKind, expected: type[Exception]
) -> None:
    comment = target_of(heard(page, page.comment("hi")))
    sim.misbehave("linkedin", Fault(kind=kind, seconds=17))

    with pytest.raises(expected) as trouble:
        await LINKEDIN.send(a_reply(comment), access=access)

    assert getattr(trouble.value, "retry_after_seconds", 17) == 17


async def test_comments_are_liked_and_only_our_own_deleted(
    sim: Simulator, product: Product, page: LinkedInPage, access: Access
) -> None:
    comment = target_of(heard(page, page.comment("hi")))
    sent = await LINKEDIN.send(a_reply(comment), access=access)
    mine = ReplyTarget(interaction_id="i", kind="comment", object_id=sent.object_id or "", post_id=comment.post_id)

    for kind in (ModerationKind.LIKE, ModerationKind.LIKE):
        await LINKEDIN.moderate(to_be_done(kind, comment), access=access)
    for _ in range(2):
        await LINKEDIN.moderate(to_be_done(ModerationKind.DELETE, mine), access=access)
    with pytest.raises(CallRefused, match="author"):
        await LINKEDIN.moderate(to_be_done(ModerationKind.DELETE, comment), access=access)
    await sim.echoes_delivered()

    gone = [one.object.id for one in product.interactions if one.action is Action.DELETED]
    assert page.liked == {comment.object_id}
    assert gone == [sent.object_id]
    await LINKEDIN.moderate(to_be_done(ModerationKind.UNLIKE, comment), access=access)
    assert not page.liked


async def test_the_list_shows_what_was_told_under_the_same_ids_page_by_page(page: LinkedInPage, access: Access) -> None:
    told = [page.comment(f"number {number}", author=MIA if number % 2 else XIAOYU) for number in range(60)]
    pushed = {heard(page, delivery).id for delivery in [*told, page.like(), page.share("look")]}
    now, cursor, listed, pages = SystemClock().now(), None, list[str](), 0

    while pages == 0 or cursor is not None:
        part = await LINKEDIN.list_feed(
            "notifications", since=now - timedelta(hours=1), cursor=cursor, access=access, now=now
        )
        listed += [interaction.id for interaction in part.interactions]
        cursor, pages = part.cursor, pages + 1

    assert pages == 2
    assert (len(listed), set(listed)) == (62, pushed)


async def test_posts_and_the_page_have_figures(page: LinkedInPage, access: Access) -> None:
    page.comment("hi")
    page.share("not ours")
    since = SystemClock().now() - timedelta(days=2)

    (post,) = (await LINKEDIN.list_posts(since=since, cursor=None, access=access)).posts
    (figures,) = await LINKEDIN.measure_posts([post.id], access=access)

    assert (post.id, figures.views, figures.clicks) == (figures.post_id, 900, 7)
    assert await LINKEDIN.measure_account(access=access) == AccountFigures(followers=12_044)


async def test_a_token_that_ran_out_is_renewed(page: LinkedInPage, access: Access) -> None:
    comment, now = target_of(heard(page, page.comment("hi"))), SystemClock().now()
    page.desk.expire()
    with pytest.raises(CallRefused) as refusal:
        await LINKEDIN.send(a_reply(comment), access=access)

    renewed = await LINKEDIN.renew(access=access, now=now)
    fresh = {**access.credentials, **{name: (value,) for name, value in renewed.credentials.items()}}
    sent = await LINKEDIN.send(
        a_reply(comment),
        access=Access(account=access.account, credentials=fresh, client=access.client, api_base=access.api_base),
    )

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert sent.object_id is not None
    assert renewed.expires_at == now + timedelta(days=60)
