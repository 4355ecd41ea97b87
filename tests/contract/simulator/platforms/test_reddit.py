"""The simulated user of Reddit and the connector: what is listed is understood, what is said is taken."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited
from ingest.clients.connectors.reddit import RedditConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA
from simulator.platforms.platform import utc_now
from simulator.platforms.reddit import RedditUser
from simulator.scenario import Scenario, make_day
from tests.contract.connectors.sending.speaking import TEXT, a_reply, a_target, to_be_done
from tests.contract.simulator.product import account_of, credentials_of

REDDIT = RedditConnector()


@pytest.fixture
async def client() -> AsyncIterator[HTTPClient]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield client
    await client.close()


@pytest.fixture
def user(sim: Simulator) -> RedditUser:
    return sim.first(RedditUser)


@pytest.fixture
def access(sim: Simulator, user: RedditUser, client: HTTPClient) -> Access:
    return Access(
        account=account_of(user), credentials=credentials_of(user), client=client, api_base=sim.api_base(user.name)
    )


async def test_comments_mentions_and_messages_are_listed(user: RedditUser, access: Access) -> None:
    since = utc_now() - timedelta(minutes=1)
    post_reply, mention = user.comment("first"), user.comment("ask u/tanghulu_tea", is_mention=True)
    reply, message = user.comment("me too", parent_id="t1_own"), user.message("hi", author=MIA)
    nobody = user.comment("gone", author=None)

    listed = await REDDIT.list_feed("inbox", since=since, cursor=None, access=access, now=utc_now())

    found = {one.object.id: one for one in listed.interactions}
    assert {name: one.kind for name, one in found.items()} == {
        post_reply: Kind.COMMENT,
        mention: Kind.MENTION,
        reply: Kind.COMMENT,
        message: Kind.MESSAGE,
        nobody: Kind.COMMENT,
    }
    assert (found[nobody].actor, found[message].counterpart_id) == (None, "lucky_teacup")
    assert found[reply].target is not None
    assert found[reply].target.parent_id == "t1_own"
    assert not listed.has_more


async def test_a_long_inbox_comes_in_pages(user: RedditUser, access: Access) -> None:
    began = utc_now() - timedelta(hours=1)
    for number in range(150):
        user.message(f"number {number}", at=began + timedelta(seconds=number))

    first = await REDDIT.list_feed("inbox", since=began, cursor=None, access=access, now=utc_now())
    second = await REDDIT.list_feed("inbox", since=began, cursor=first.cursor, access=access, now=utc_now())

    assert (first.has_more, second.has_more) == (True, False)
    assert len({one.id for listed in (first, second) for one in listed.interactions}) == 149


async def test_what_is_said_is_listed_as_our_own(sim: Simulator, user: RedditUser, access: Access) -> None:
    since = utc_now() - timedelta(minutes=1)
    comment, message = user.comment("hi"), user.message("hi", author=MIA)

    public = await REDDIT.send(a_reply(a_target(kind="comment", object_id=comment)), access=access)
    private = await REDDIT.send(a_reply(a_target(kind="message", object_id=message)), access=access)
    aside = a_target(kind="comment", object_id=comment, counterpart="lucky_teacup")
    await REDDIT.send(a_reply(aside, visibility=Visibility.PRIVATE), access=access)
    said = await REDDIT.list_feed("comments", since=since, cursor=None, access=access, now=utc_now())
    sent = await REDDIT.list_feed("sent", since=since, cursor=None, access=access, now=utc_now())

    assert [(one.object.id, one.direction) for one in said.interactions] == [(public.object_id, Direction.OUTBOUND)]
    assert private.object_id in {one.object.id for one in sent.interactions}
    assert {one.counterpart_id for one in sent.interactions} == {"lucky_teacup"}
    assert {one.object.text for one in (*said.interactions, *sent.interactions)} == {TEXT}
    assert [reply.is_public for reply in sim.received_replies("reddit")] == [True, False, False]


async def test_moderators_remove_and_approve(user: RedditUser, access: Access) -> None:
    name = user.comment("rude")

    await REDDIT.moderate(to_be_done(ModerationKind.HIDE, a_target(kind="comment", object_id=name)), access=access)
    removed = set(user.removed)
    await REDDIT.moderate(to_be_done(ModerationKind.UNHIDE, a_target(kind="comment", object_id=name)), access=access)
    await REDDIT.moderate(to_be_done(ModerationKind.LIKE, a_target(kind="comment", object_id=name)), access=access)

    assert (removed, user.removed, user.votes) == ({name}, set(), {name: 1})


async def test_a_new_user_and_a_busy_api_are_waited_for(sim: Simulator, user: RedditUser, access: Access) -> None:
    reply = a_reply(a_target(kind="comment", object_id=user.comment("hi")))
    user.is_new_user = True

    with pytest.raises(RateLimited) as too_new:
        await REDDIT.send(reply, access=access)
    sim.misbehave("reddit", Fault(kind=FaultKind.TOO_MANY, seconds=17))
    with pytest.raises(RateLimited) as too_many:
        await REDDIT.send(reply, access=access)

    assert (too_new.value.retry_after_seconds, too_many.value.retry_after_seconds) == (300, 17)


async def test_a_token_that_ran_out_is_exchanged_and_a_revoked_one_is_not(user: RedditUser, access: Access) -> None:
    user.expire()

    with pytest.raises(CallRefused):
        await REDDIT.measure_account(access=access)
    renewed = await REDDIT.renew(access=access, now=utc_now())
    user.is_revoked = True
    with pytest.raises(CallRefused) as refused:
        await REDDIT.renew(access=access, now=utc_now())

    assert renewed.credentials == {"access_token": user.access_token}
    assert refused.value.reason is FailureReason.NEEDS_RECONNECT


async def test_a_day_is_listed_as_it_happened(user: RedditUser, access: Access) -> None:
    day = make_day(Scenario.CALM, now=utc_now(), rate_per_second=5, platforms=["reddit"])
    told = [next(iter_day) for iter_day in [iter(day)] for _ in range(60)]

    for happening in told:
        user.tell(happening)
    since = min(happening.at for happening in told) - timedelta(seconds=1)
    listed = await REDDIT.list_feed("inbox", since=since, cursor=None, access=access, now=utc_now())

    assert {one.action for one in listed.interactions} <= {Action.CREATED, Action.UPDATED, Action.DELETED}
    said = {happening.text for happening in told if happening.text}
    assert {one.object.text for one in listed.interactions if one.object.text} <= said
    assert len({one.object.id for one in listed.interactions}) > 30
