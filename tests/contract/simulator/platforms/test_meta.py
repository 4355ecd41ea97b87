"""The played Facebook page, Messenger inbox and Instagram account, and our connectors, on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from huiying.events.interactions import Action, Capability, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import Moderates, Subscribes, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.facebook import FacebookConnector
from ingest.clients.connectors.instagram import InstagramConnector
from ingest.clients.connectors.messenger import MessengerConnector
from ingest.clients.connectors.meta_usage import Usage
from simulator.facade import Simulator
from simulator.people import MIA, XIAOYU
from simulator.platforms.instagram import InstagramAccount
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.meta import MetaApp
from simulator.platforms.platform import Platform, utc_now
from tests.contract.connectors.sending.speaking import PICTURE, a_reply, to_be_done
from tests.contract.simulator.platforms.answering import all_heard, listed, target_of
from tests.contract.simulator.product import Product, account_of, credentials_of

FACEBOOK, MESSENGER, INSTAGRAM = (
    FacebookConnector(Usage()),
    MessengerConnector(Usage()),
    InstagramConnector(Usage()),
)


@pytest.fixture
async def client() -> AsyncIterator[HTTPClient]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield client
    await client.close()


def to(platform: Platform, sim: Simulator, client: HTTPClient, **more: str) -> Access:
    credentials = {**credentials_of(platform), **{name: (value,) for name, value in more.items()}}
    api_base = sim.api_base(platform.name)
    return Access(account=account_of(platform), credentials=credentials, client=client, api_base=api_base)


async def test_a_pages_list_shows_what_was_pushed_under_the_same_ids(sim: Simulator, client: HTTPClient) -> None:
    page = sim.facebook
    first = page.comment("first", author=XIAOYU)
    pushed = all_heard(page, first, page.comment("second", parent_id=first.object_id, photo="https://p.example/1.jpg"))

    found = await listed(FACEBOOK, "comments", access=to(page, sim, client))

    by_id = {interaction.id: interaction for interaction in found}
    assert by_id.keys() == {interaction.id for interaction in pushed}
    for one in pushed:
        listed_one = by_id[one.id]
        assert (listed_one.object, listed_one.target, listed_one.actor) == (one.object, one.target, one.actor)


async def test_a_long_list_is_read_to_its_end(sim: Simulator, client: HTTPClient) -> None:
    page = sim.facebook
    pushed = all_heard(page, *(page.comment(f"number {number}") for number in range(130)))

    found = await listed(FACEBOOK, "comments", access=to(page, sim, client))

    assert sorted(one.id for one in found) == sorted(one.id for one in pushed)


async def test_a_list_ends_where_it_is_known(sim: Simulator, client: HTTPClient) -> None:
    page, now = sim.facebook, utc_now()
    for hours in range(200):
        page.comment(f"{hours} hours ago", at=now - timedelta(hours=hours))

    found = await listed(FACEBOOK, "comments", access=to(page, sim, client), since=now - timedelta(hours=10))

    assert 10 <= len(found) <= 100


async def test_the_pages_own_words_are_listed_as_its_own(sim: Simulator, product: Product, client: HTTPClient) -> None:
    page = sim.facebook
    (asked,) = all_heard(page, page.comment("hi"))
    access = to(page, sim, client)

    sent = await FACEBOOK.send(a_reply(target_of(asked)), access=access)
    await sim.echoes_delivered()

    (echo,) = product.interactions
    own = next(one for one in await listed(FACEBOOK, "comments", access=access) if one.object.id == sent.object_id)
    assert (own.id, own.direction) == (echo.id, Direction.OUTBOUND)
    assert own.target is not None
    assert own.target.parent_id == asked.object.id


@pytest.mark.parametrize("name", ["messenger", "instagram"])
async def test_conversations_show_what_was_pushed_under_the_same_ids(
    sim: Simulator, client: HTTPClient, name: str
) -> None:
    inbox = sim.messenger if name == "messenger" else sim.first(InstagramAccount)
    connector = MESSENGER if name == "messenger" else INSTAGRAM
    pushed = all_heard(
        inbox,
        inbox.message("你好", author=XIAOYU),
        inbox.message("look", author=MIA, image="https://p.example/1.jpg"),
        inbox.sent_elsewhere("from the phone", person=MIA),
    )

    found = await listed(connector, "conversations", access=to(inbox, sim, client))

    by_id = {interaction.id: interaction for interaction in found}
    assert by_id.keys() == {interaction.id for interaction in pushed}
    for one in pushed:
        listed_one = by_id[one.id]
        assert (listed_one.direction, listed_one.target) == (one.direction, one.target)
        assert listed_one.object == one.object


async def test_an_instagram_list_shows_comments_and_their_answers_under_the_ids_of_the_pushes(
    sim: Simulator, client: HTTPClient
) -> None:
    account = sim.first(InstagramAccount)
    first = account.comment("first", author=XIAOYU)
    answers = [account.comment(f"answer {number}", parent_id=first.object_id) for number in range(40)]
    pushed = all_heard(account, first, *answers)

    found = await listed(INSTAGRAM, "comments", access=to(account, sim, client))

    assert sorted(one.id for one in found) == sorted(one.id for one in pushed)
    known = {one.id: one for one in pushed}
    for one in found:
        assert (one.object, one.actor) == (known[one.id].object, known[one.id].actor)


async def test_an_instagram_comment_is_answered_and_its_echo_is_ours(
    sim: Simulator, product: Product, client: HTTPClient
) -> None:
    account = sim.first(InstagramAccount)
    (asked,) = all_heard(account, account.comment("hi"))

    sent = await INSTAGRAM.send(a_reply(target_of(asked)), access=to(account, sim, client))
    await sim.echoes_delivered()

    (echo,) = product.interactions
    assert (echo.kind, echo.direction, echo.object.id) == (Kind.COMMENT, Direction.OUTBOUND, sent.object_id)


async def test_an_instagram_comment_is_answered_in_private(
    sim: Simulator, product: Product, client: HTTPClient
) -> None:
    account = sim.first(InstagramAccount)
    (asked,) = all_heard(account, account.comment("hi", author=MIA))

    sent = await INSTAGRAM.send(
        a_reply(target_of(asked), visibility=Visibility.PRIVATE), access=to(account, sim, client)
    )
    await sim.echoes_delivered()

    (echo,) = product.interactions
    assert (echo.kind, echo.object.id, echo.counterpart_id) == (Kind.MESSAGE, sent.object_id, MIA.meta_id)


async def test_a_mention_is_completed_and_answered(sim: Simulator, client: HTTPClient) -> None:
    account = sim.first(InstagramAccount)
    access = to(account, sim, client)
    (mention,) = all_heard(account, account.mention("@tanghulu.tea 好喝", author=XIAOYU))
    assert INSTAGRAM.lacks_content(mention)

    completed = await INSTAGRAM.complete(mention, access=access)
    await INSTAGRAM.send(a_reply(target_of(mention)), access=access)

    assert completed is not None
    assert not INSTAGRAM.lacks_content(completed)
    assert (completed.action, completed.object.text) == (Action.UPDATED, "@tanghulu.tea 好喝")
    assert completed.object.id == mention.object.id
    assert completed.actor is not None
    assert completed.actor.username == XIAOYU.name
    assert [reply.target for reply in sim.received_replies("instagram")] == [mention.object.id]


async def test_a_mention_that_is_gone_cannot_be_completed(sim: Simulator, client: HTTPClient) -> None:
    account = sim.first(InstagramAccount)
    (mention,) = all_heard(account, account.mention("gone"))
    stranger = msgspec.structs.replace(
        mention, reply=msgspec.structs.replace(mention.reply, handle={"media_id": "1", "comment_id": "2"})
    )

    assert await INSTAGRAM.complete(stranger, access=to(account, sim, client)) is None


async def test_a_comment_is_hidden_liked_and_deleted_and_twice_is_once(
    sim: Simulator, product: Product, client: HTTPClient
) -> None:
    page = sim.facebook
    (comment,) = all_heard(page, page.comment("spam"))
    access, target = to(page, sim, client), target_of(comment)

    for kind in (ModerationKind.HIDE, ModerationKind.LIKE, ModerationKind.DELETE, ModerationKind.DELETE):
        await FACEBOOK.moderate(to_be_done(kind, target), access=access)
    await sim.echoes_delivered()

    assert comment.object.id in page.hidden
    assert comment.object.id in page.liked
    assert page.posts.find(comment.object.id) is None
    assert [interaction.action for interaction in product.interactions] == [Action.HIDDEN]


@pytest.mark.parametrize("kind", [ModerationKind.HIDE, ModerationKind.UNHIDE, ModerationKind.DELETE])
async def test_an_instagram_comment_is_moderated(sim: Simulator, client: HTTPClient, kind: ModerationKind) -> None:
    account = sim.first(InstagramAccount)
    (comment,) = all_heard(account, account.comment("spam"))

    await INSTAGRAM.moderate(to_be_done(kind, target_of(comment)), access=to(account, sim, client))

    assert (comment.object.id in account.hidden) is (kind is ModerationKind.HIDE)
    assert (account.media.find(comment.object.id) is None) is (kind is ModerationKind.DELETE)


async def test_what_instagram_cannot_do_is_refused(sim: Simulator, client: HTTPClient) -> None:
    account = sim.first(InstagramAccount)
    (comment,) = all_heard(account, account.comment("nice"))
    connector: Moderates = INSTAGRAM

    with pytest.raises(CallRefused, match="no way"):
        await connector.moderate(to_be_done(ModerationKind.LIKE, target_of(comment)), access=to(account, sim, client))


async def test_a_page_and_its_posts_are_measured(sim: Simulator, client: HTTPClient) -> None:
    page, access = sim.facebook, to(sim.facebook, sim, client)
    page.comment("one")
    page.reaction("love")
    page.share("look")

    posts = await FACEBOOK.list_posts(since=utc_now() - timedelta(days=7), cursor=None, access=access)
    (figures,) = await FACEBOOK.measure_posts([posts.posts[0].id, "1_404"], access=access)
    account = await FACEBOOK.measure_account(access=access)

    assert (len(posts.posts), posts.cursor) == (1, None)
    assert (figures.likes, figures.comments, figures.shares) == (1, 1, 1)
    assert figures.views
    assert account.followers


async def test_an_instagram_account_and_its_media_are_measured(sim: Simulator, client: HTTPClient) -> None:
    account, access = sim.first(InstagramAccount), to(sim.first(InstagramAccount), sim, client)
    account.comment("one")

    posts = await INSTAGRAM.list_posts(since=utc_now() - timedelta(days=7), cursor=None, access=access)
    (figures,) = await INSTAGRAM.measure_posts([posts.posts[0].id], access=access)
    counted = await INSTAGRAM.measure_account(access=access)

    assert posts.posts[0].published_at is not None
    assert (figures.comments, figures.likes) == (1, 5)
    assert (counted.followers, counted.posts) == (8_400, 1)


@pytest.mark.parametrize(
    ("human_agent", "age", "is_taken"),
    [
        (False, timedelta(hours=23), True),
        (False, timedelta(hours=25), False),
        (True, timedelta(hours=25), True),
        (True, timedelta(days=8), False),
    ],
)
async def test_a_human_may_answer_for_a_week_where_meta_granted_it(
    client: HTTPClient, human_agent: bool, age: timedelta, is_taken: bool
) -> None:
    inbox = MessengerInbox(MetaApp(human_agent=human_agent))
    async with Simulator([inbox]) as sim:
        (asked,) = all_heard(inbox, inbox.message("hi", at=utc_now() - age))
        reply = a_reply(target_of(asked), at=utc_now())

        outcome = await asyncio.gather(MESSENGER.send(reply, access=to(inbox, sim, client)), return_exceptions=True)

        assert bool(sim.received_replies()) is is_taken
        assert [getattr(one, "reason", None) for one in outcome] == [None if is_taken else FailureReason.WINDOW_CLOSED]
        assert asked.reply.window_expires_at is not None
        assert (asked.reply.window_expires_at > utc_now()) is is_taken


async def test_a_picture_goes_before_the_text_and_both_are_ours(
    sim: Simulator, product: Product, client: HTTPClient
) -> None:
    inbox = sim.messenger
    (asked,) = all_heard(inbox, inbox.message("a menu?"))

    sent = await MESSENGER.send(
        a_reply(target_of(asked), attachments=(PICTURE,), at=utc_now()), access=to(inbox, sim, client)
    )
    await sim.echoes_delivered()

    assert len(product.interactions) == 2
    assert sent.object_id in {echo.object.id for echo in product.interactions if echo.object.text}


async def test_a_message_on_instagram_gets_a_heart(sim: Simulator, client: HTTPClient) -> None:
    account = sim.first(InstagramAccount)
    (message,) = all_heard(account, account.message("lovely"))
    assert Capability.LIKE in message.reply.capabilities

    await INSTAGRAM.moderate(to_be_done(ModerationKind.LIKE, target_of(message)), access=to(account, sim, client))

    assert not account.ledger.refusals


@pytest.mark.parametrize("name", ["facebook", "messenger", "instagram"])
async def test_an_app_that_knows_its_id_can_be_told_where_to_deliver(
    sim: Simulator, client: HTTPClient, name: str
) -> None:
    platform = sim.platform(name)
    connectors: dict[str, Subscribes] = {"facebook": FACEBOOK, "messenger": MESSENGER, "instagram": INSTAGRAM}
    connector = connectors[name]
    access = to(platform, sim, client, app_id=str(MetaApp().app_id))

    before = await connector.look_up_subscription("https://hooks.example/1", access=access)
    after = await connector.subscribe("https://hooks.example/1", access=access)

    assert (before.state, after.state) == (SubscriptionState.INACTIVE, SubscriptionState.ACTIVE)
    assert platform.hook == "https://hooks.example/1"


async def test_a_page_that_is_listened_to_no_longer_is_inactive(sim: Simulator, client: HTTPClient) -> None:
    sim.facebook.subscribed.clear()

    subscription = await FACEBOOK.look_up_subscription("https://hooks.example/1", access=to(sim.facebook, sim, client))

    assert subscription.state is SubscriptionState.INACTIVE


async def test_a_token_of_instagrams_own_login_is_renewed(sim: Simulator, client: HTTPClient) -> None:
    account = sim.first(InstagramAccount)
    access, by_itself = to(account, sim, client), to(account, sim, client, login="instagram")

    renewed = await INSTAGRAM.renew(access=by_itself, now=utc_now())

    assert [INSTAGRAM.can_renew(one) for one in (access, by_itself)] == [False, True]
    assert renewed.credentials["access_token"]
    assert renewed.expires_at is not None
    assert renewed.expires_at > utc_now() + timedelta(days=50)
