"""The simulated channel and the connector: what is pushed is believed, what is not pushed is listed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, LocallyIgnored, RateLimited
from ingest.clients.connectors.youtube import YouTubeConnector
from simulator.facade import Simulator
from simulator.people import MIA, XIAOYU
from simulator.platforms.platform import utc_now
from simulator.platforms.youtube import GoogleApp, YouTubeChannel
from tests.contract.connectors.sending.speaking import TEXT, a_reply, a_target, to_be_done
from tests.contract.simulator.product import Product, account_of, credentials_of, received
from tests.contract.simulator.test_meeting_the_connectors import signed

YOUTUBE = YouTubeConnector()


@pytest.fixture
async def client() -> AsyncIterator[HTTPClient]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield client
    await client.close()


@pytest.fixture
def channel(sim: Simulator) -> YouTubeChannel:
    return sim.first(YouTubeChannel)


def access_to(sim: Simulator, channel: YouTubeChannel, client: HTTPClient) -> Access:
    return Access(
        account=account_of(channel),
        credentials=credentials_of(channel),
        client=client,
        api_base=sim.api_base(channel.name),
    )


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_push_is_believed_however_it_is_signed(method: str) -> None:
    channel = YouTubeChannel(method=method)

    (interaction,) = received(channel, signed(channel, channel.video("Autumn & <friends>")))

    assert (interaction.kind, interaction.action, interaction.direction) == (
        Kind.POST,
        Action.CREATED,
        Direction.OUTBOUND,
    )
    assert interaction.object.text == "Autumn & <friends>"


def test_a_changed_and_a_deleted_video_are_told_as_that() -> None:
    channel, long_ago = YouTubeChannel(), utc_now() - timedelta(days=1)
    channel.video("old title", number=1, at=long_ago)

    told = received(channel, signed(channel, channel.video("new title", number=1)))
    told = [*told, *received(channel, signed(channel, channel.video_deleted(1)))]

    assert [one.action for one in told] == [Action.CREATED, Action.UPDATED, Action.DELETED]
    assert len({one.id for one in told}) == 3


def test_a_push_by_another_secret_is_for_nobody() -> None:
    channel, other = YouTubeChannel(), YouTubeChannel(GoogleApp(hub_secret="another"))

    with pytest.raises(LocallyIgnored):
        received(channel, signed(other, other.video("hi")))


async def test_the_hub_pushes_where_it_was_asked_to_and_says_so(
    sim: Simulator, channel: YouTubeChannel, product: Product, client: HTTPClient
) -> None:
    hook, access = f"{product.url}/youtube", access_to(sim, channel, client)

    before = await YOUTUBE.look_up_subscription(hook, access=access)
    subscribed = await YOUTUBE.subscribe(hook, access=access)
    after = await YOUTUBE.look_up_subscription(hook, access=access)
    outcome = await sim.deliver(channel.video("hello"))

    assert before.state is SubscriptionState.INACTIVE
    assert (subscribed.state, after.state) == (SubscriptionState.ACTIVE, SubscriptionState.ACTIVE)
    assert subscribed.expires_at is not None
    assert after.expires_at is not None
    assert abs(subscribed.expires_at - after.expires_at) < timedelta(minutes=1)
    assert outcome.is_acknowledged
    assert [one.object.text for one in product.interactions] == ["hello"]


async def test_comments_replies_and_edits_are_listed_and_never_told(
    sim: Simulator, channel: YouTubeChannel, client: HTTPClient
) -> None:
    since, access = utc_now() - timedelta(minutes=1), access_to(sim, channel, client)
    first = channel.comment("first", author=MIA)
    for number in range(7):
        channel.comment(f"reply {number}", author=XIAOYU, parent_id=first)
    channel.comment_edited(first, "first!", at=utc_now() + timedelta(seconds=1))
    channel.comment("nobody's", author=None)

    new = await YOUTUBE.list_feed("comments", since=since, cursor=None, access=access, now=utc_now())
    all_of_it = await YOUTUBE.list_feed("replies", since=since, cursor=None, access=access, now=utc_now())

    texts = {one.object.text for one in all_of_it.interactions}
    assert texts == {"first!", "nobody's", *(f"reply {number}" for number in range(7))}
    assert len({one.id for one in new.interactions}) == 2 + 1 + 5
    edits = [one for one in all_of_it.interactions if one.action is Action.UPDATED]
    assert [one.object.id for one in edits] == [first]
    assert [one.actor for one in new.interactions if one.object.text == "nobody's"] == [None]


async def test_an_answer_is_listed_as_our_own_under_the_id_it_was_given(
    sim: Simulator, channel: YouTubeChannel, client: HTTPClient
) -> None:
    access, comment = access_to(sim, channel, client), channel.comment("hi")

    sent = await YOUTUBE.send(a_reply(a_target(kind="comment", object_id=comment)), access=access)
    since = utc_now() - timedelta(minutes=1)
    listed = await YOUTUBE.list_feed("replies", since=since, cursor=None, access=access, now=utc_now())

    (own,) = (one for one in listed.interactions if one.direction is Direction.OUTBOUND)
    (reply,) = sim.received_replies("youtube")
    assert (own.object.id, own.object.text) == (sent.object_id, TEXT)
    assert (reply.id, reply.target) == (sent.object_id, comment)


async def test_what_is_hidden_is_no_longer_listed_until_it_is_shown_again(
    sim: Simulator, channel: YouTubeChannel, client: HTTPClient
) -> None:
    access, target = access_to(sim, channel, client), a_target(kind="comment", object_id=channel.comment("rude"))
    counts = []

    for kind in (ModerationKind.HIDE, ModerationKind.UNHIDE, ModerationKind.DELETE):
        await YOUTUBE.moderate(to_be_done(kind, target), access=access)
        since = utc_now() - timedelta(minutes=1)
        listed = await YOUTUBE.list_feed("comments", since=since, cursor=None, access=access, now=utc_now())
        counts.append(len(listed.interactions))

    assert counts == [0, 1, 0]


async def test_a_token_that_ran_out_is_exchanged_and_a_revoked_one_is_not(
    sim: Simulator, channel: YouTubeChannel, client: HTTPClient
) -> None:
    access = access_to(sim, channel, client)
    channel.expire()

    with pytest.raises(CallRefused):
        await YOUTUBE.measure_account(access=access)
    await YOUTUBE.renew(access=access, now=utc_now())
    figures = await YOUTUBE.measure_account(access=access_to(sim, channel, client))
    channel.is_revoked = True
    with pytest.raises(CallRefused) as refused:
        await YOUTUBE.renew(access=access, now=utc_now())

    assert figures.followers == 12_345
    assert refused.value.reason is FailureReason.NEEDS_RECONNECT


async def test_videos_and_their_figures_are_listed(sim: Simulator, channel: YouTubeChannel, client: HTTPClient) -> None:
    access = access_to(sim, channel, client)
    pushed = received(channel, signed(channel, channel.video("hello", number=5)))
    since = utc_now() - timedelta(days=1)

    listed = await YOUTUBE.list_feed("videos", since=since, cursor=None, access=access, now=utc_now())
    posts = await YOUTUBE.list_posts(since=since, cursor=None, access=access)
    figures = await YOUTUBE.measure_posts([posts.posts[0].id, "gone"], access=access)

    assert [one.id for one in listed.interactions] == [one.id for one in pushed]
    assert [(one.post_id, one.comments) for one in figures] == [("v5", 0)]


async def test_when_the_days_units_are_spent_one_waits(
    sim: Simulator, channel: YouTubeChannel, client: HTTPClient
) -> None:
    channel.api.units_left = 49
    comment = channel.comment("hi")

    with pytest.raises(RateLimited):
        await YOUTUBE.send(a_reply(a_target(kind="comment", object_id=comment)), access=access_to(sim, channel, client))

    assert not sim.received_replies("youtube")
