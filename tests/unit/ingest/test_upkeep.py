"""Tokens are renewed before they run out, subscriptions before they lapse, and what came incomplete is completed."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from huiying.db.statements import table_of
from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Interaction
from huiying.events.moderation import ModerationApplied, ModerationKind, ModerationRequested
from huiying.events.replies import FailureReason, ReplyFailed, ReplyRequested, ReplySent, ReplyTarget, Visibility
from huiying.ids import new_id
from huiying.settings import HTTPSettings
from ingest.clients.connectors.abilities import Feed, Moderation, Renewed, Subscription, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.storage.account_book import open_credentials
from ingest.storage.feed_tables import Incomplete
from ingest.storage.health_tables import AccountState
from ingest.storage.tables import Account
from tests.support.edges import BRAND
from tests.support.eventually import eventually
from tests.support.listings import COMMENTS, ListingSource, Watch, a_watch

REVOKED = CallRefused("the refresh token was revoked", reason=FailureReason.NEEDS_RECONNECT)
NO_TOKEN = CallRefused("bad token", reason=FailureReason.NEEDS_RECONNECT)
PUBLIC = "https://huiying.example"
NEW_SECRET = "whsec_bmV3LXNlY3JldC1vZi0yNC1ieXRlcw=="

OpenWatch = Callable[..., AbstractAsyncContextManager[Watch]]


class Tended(ListingSource):
    """A source with a token that can be renewed, a subscription, and things that it tells by their ids alone."""

    def __init__(self, *feeds: Feed) -> None:
        super().__init__(*feeds)
        self.renewals: deque[Renewed | Exception] = deque()
        self.subscriptions: deque[Subscription | Exception] = deque()
        self.asked_for: list[tuple[str, str]] = []
        self.completions: deque[str | Exception | None] = deque()
        self.sends: deque[Sent | Exception] = deque()
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    def can_renew(self, access: Access) -> bool:
        return "secret" in access.credentials

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        self.asked_for.append(("renew", access.credentials["secret"][0]))
        if self.meanwhile is not None:
            happening, self.meanwhile = self.meanwhile, None
            await happening()
        answer = self.renewals.popleft() if self.renewals else Renewed(credentials={})
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        return self._subscription("subscribe", hook_url)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        return self._subscription("look up", hook_url)

    def lacks_content(self, interaction: Interaction) -> bool:
        return interaction.object.text is None

    async def complete(self, interaction: Interaction, *, access: Access) -> Interaction | None:
        self.asked_for.append(("complete", interaction.object.id))
        answer = self.completions.popleft()
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return None
        whole = msgspec.structs.replace(interaction.object, text=answer)
        return msgspec.structs.replace(
            interaction, id=f"{interaction.id}:whole", action=Action.UPDATED, object=whole, verified=Proof.HMAC
        )

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        self.asked_for.append((moderation.kind, moderation.target.object_id))

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        answer = self.sends.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _subscription(self, what: str, hook_url: str) -> Subscription:
        self.asked_for.append((what, hook_url))
        answer = self.subscriptions.popleft() if self.subscriptions else Subscription(state=SubscriptionState.ACTIVE)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def open_watch(tmp_path: Path) -> OpenWatch:
    return lambda *feeds, **more: a_watch(tmp_path, *feeds, kind=Tended, **more)


@pytest.fixture
async def watch(open_watch: OpenWatch) -> AsyncIterator[Watch]:
    async with open_watch() as it:
        yield it


@pytest.fixture
async def reachable(open_watch: OpenWatch) -> AsyncIterator[Watch]:
    async with open_watch(http=HTTPSettings(public_url=PUBLIC)) as it:
        yield it


def tended(watch: Watch) -> Tended:
    assert isinstance(watch.lists, Tended)
    return watch.lists


async def asks(watch: Watch, what: str, *, count: int) -> list[str]:
    """What the platform was asked of that kind, once it was that often and nothing is left to do."""

    async def are_there() -> bool:
        found = [detail for kind, detail in tended(watch).asked_for if kind == what]
        assert len(found) >= count, tended(watch).asked_for
        return await watch.rests()

    await eventually(are_there)
    return [detail for kind, detail in tended(watch).asked_for if kind == what]


async def secrets(watch: Watch) -> dict[str, tuple[str, ...]]:
    """The account's credentials as they are stored."""
    (row,) = await watch.edge.rows(table_of(Account))
    return dict(open_credentials(watch.edge.running.runtime.vault, row.id, row.credentials))


async def health(watch: Watch) -> dict[str, Any]:
    found: dict[str, Any] = (await watch.edge.api.get(f"/accounts/{watch.account_id}/health")).json()
    return found


async def story(watch: Watch) -> list[str]:
    items = (await watch.edge.api.get(f"/accounts/{watch.account_id}/health-log")).json()["items"]
    return [item["code"] for item in reversed(items)]


# ── tokens ──


async def test_a_token_is_renewed_before_it_runs_out_and_the_new_one_is_kept_sealed(watch: Watch) -> None:
    now = watch.edge.clock.now()
    tended(watch).renewals.append(Renewed(credentials={"secret": NEW_SECRET}, expires_at=now + timedelta(hours=10)))

    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)
    await watch.passes(hours=7)
    early = await asks(watch, "renew", count=1)
    await watch.passes(hours=1, minutes=30)
    late = await asks(watch, "renew", count=2)

    assert (len(early), late[1]) == (1, NEW_SECRET)
    assert await secrets(watch) == {"secret": (NEW_SECRET,)}
    assert (await health(watch))["status"] == "healthy"
    assert await story(watch) == ["connected", "token_renewed", "token_renewed"]


async def test_a_revoked_token_makes_the_account_unhealthy_until_it_has_another(watch: Watch) -> None:
    tended(watch).renewals.append(REVOKED)

    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)
    found = await health(watch)
    await watch.passes(days=2)
    await watch.edge.api.patch(f"/accounts/{watch.account_id}", json={"credentials": {"secret": NEW_SECRET}})
    await watch.passes(seconds=10)
    asked = await asks(watch, "renew", count=2)

    assert found["status"] == "unhealthy"
    assert found["reasons"][0]["code"] == "needs_reconnect"
    assert "revoked" in found["reasons"][0]["detail"]
    assert asked[1] == NEW_SECRET
    assert "needs_reconnect" not in [reason["code"] for reason in (await health(watch))["reasons"]]


async def test_what_is_said_of_secrets_that_were_changed_meanwhile_says_nothing_of_the_new_ones(watch: Watch) -> None:
    tended(watch).renewals.append(REVOKED)
    change = {"credentials": {"secret": NEW_SECRET}}
    tended(watch).meanwhile = lambda: watch.edge.api.patch(f"/accounts/{watch.account_id}", json=change)

    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)
    await watch.passes(seconds=10)
    asked = await asks(watch, "renew", count=2)

    assert asked[1] == NEW_SECRET
    assert (await health(watch))["reasons"] == []
    assert "token_revoked" not in await story(watch)


async def test_a_renewal_that_does_not_come_through_is_tried_again(watch: Watch) -> None:
    tended(watch).renewals.extend([PlatformBusy("busy"), CallRefused("not now"), Renewed(credentials={})])

    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)
    await watch.passes(minutes=6)
    await asks(watch, "renew", count=2)
    refused = await health(watch)
    await watch.passes(hours=1, minutes=1)
    await asks(watch, "renew", count=3)

    assert [reason["code"] for reason in refused["reasons"]] == ["token_not_renewed"]
    assert (await health(watch))["reasons"] == []


async def test_a_token_that_a_list_is_refused_for_is_renewed_and_the_list_goes_on(open_watch: OpenWatch) -> None:
    async with open_watch(COMMENTS) as watch:
        await watch.passes(seconds=10)
        await asks(watch, "renew", count=1)
        await watch.passes(minutes=20)
        await watch.polls(count=2)
        watch.lists.shows("comments", CallRefused("expired", reason=FailureReason.NEEDS_RECONNECT))

        await watch.passes(minutes=20)
        await watch.polls(count=3)
        await watch.passes(seconds=10)
        await asks(watch, "renew", count=2)
        await watch.passes(seconds=10)
        await watch.polls(count=4)

        assert not (await watch.feeds())["comments"]["is_paused"]
        assert (await story(watch))[2:] == ["feed_paused", "token_refused", "token_renewed"]


async def test_a_reply_that_is_refused_for_its_token_goes_out_with_the_next_one(watch: Watch) -> None:
    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)
    await watch.passes(minutes=20)
    tended(watch).sends.extend([NO_TOKEN, Sent(object_id="c2")])

    await refused(watch, left=1)
    await watch.passes(seconds=9)
    await asks(watch, "renew", count=2)
    await watch.passes(seconds=11)

    async def is_sent() -> list[ReplySent]:
        return await watch.edge.facts(ReplySent)

    assert await eventually(is_sent)
    assert (await health(watch))["status"] == "healthy"


async def test_what_was_refused_with_the_token_before_the_present_one_says_nothing_of_the_account(
    watch: Watch,
) -> None:
    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)
    tended(watch).sends.extend([NO_TOKEN, Sent(object_id="c2")])

    await refused(watch, left=1)
    await watch.passes(seconds=11)

    async def is_sent() -> list[ReplySent]:
        return await watch.edge.facts(ReplySent)

    assert await eventually(is_sent)
    assert (await story(watch))[2:] == []
    assert await asks(watch, "renew", count=1)


async def test_a_reply_that_is_refused_for_a_token_that_cannot_be_renewed_says_so_of_the_account(
    watch: Watch,
) -> None:
    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)
    await watch.passes(minutes=20)
    tended(watch).renewals.append(REVOKED)
    tended(watch).sends.extend([NO_TOKEN] * 3)

    await refused(watch, left=2)
    await watch.passes(seconds=9)
    await asks(watch, "renew", count=2)
    await watch.passes(seconds=11)

    async def is_unhealthy() -> bool:
        assert [reason["code"] for reason in (await health(watch))["reasons"]] == ["needs_reconnect"]
        return bool(await watch.edge.facts(ReplyFailed))

    assert await eventually(is_unhealthy)


async def refused(watch: Watch, *, left: int) -> None:
    """Ask for a reply, and wait until it was refused once and is to be tried again."""
    await watch.edge.running.told(a_request(watch))

    async def is_over() -> bool:
        assert len(tended(watch).sends) == left
        return await watch.rests()

    await eventually(is_over)


def a_request(watch: Watch) -> ReplyRequested:
    return ReplyRequested(
        reply_id=new_id(),
        thread_id="thread-1",
        brand=BRAND,
        account_id=watch.account_id,
        platform="generic",
        target=ReplyTarget(interaction_id="i1", kind="comment", object_id="c1"),
        visibility=Visibility.PUBLIC,
        text="thanks",
        requested_by="agent-1",
        requested_at=watch.edge.clock.now(),
    )


async def test_a_connector_that_somebody_installed_moderates(watch: Watch) -> None:
    request = ModerationRequested(
        moderation_id=new_id(),
        thread_id="thread-1",
        brand=BRAND,
        account_id=watch.account_id,
        platform="generic",
        kind=ModerationKind.HIDE,
        target=ReplyTarget(interaction_id="i1", kind="comment", object_id="c1"),
        requested_by="agent-1",
        requested_at=watch.edge.clock.now(),
    )

    await watch.edge.running.told(request)

    async def is_applied() -> list[ModerationApplied]:
        return await watch.edge.facts(ModerationApplied)

    assert await eventually(is_applied)
    assert ("hide", "c1") in tended(watch).asked_for


# ── subscriptions ──


async def test_a_connected_account_is_subscribed_and_looked_after(reachable: Watch) -> None:
    account = (await reachable.edge.api.get(f"/accounts/{reachable.account_id}")).json()

    await reachable.passes(seconds=10)
    await asks(reachable, "subscribe", count=1)
    await reachable.passes(hours=7)
    looked = await asks(reachable, "look up", count=1)

    assert looked == [f"{PUBLIC}{account['hook_path']}"]
    assert (await health(reachable))["subscription"] == "active"
    assert "subscription_active" in await story(reachable)


async def test_a_subscription_that_was_lost_is_asked_for_again(reachable: Watch) -> None:
    inactive = Subscription(state=SubscriptionState.INACTIVE, detail="disabled by the platform")
    active = Subscription(state=SubscriptionState.ACTIVE)
    tended(reachable).subscriptions.extend([active, inactive, active])

    await reachable.passes(seconds=10)
    await asks(reachable, "subscribe", count=1)
    await reachable.passes(hours=7)

    await asks(reachable, "subscribe", count=2)
    assert (await health(reachable))["subscription"] == "active"


async def test_a_subscription_that_cannot_be_had_makes_the_account_unhealthy(reachable: Watch) -> None:
    tended(reachable).subscriptions.append(CallRefused("the app lacks pages_manage_metadata"))

    await reachable.passes(seconds=10)
    await asks(reachable, "subscribe", count=1)

    found = await health(reachable)
    assert (found["status"], found["reasons"][0]["code"]) == ("unhealthy", "subscription_inactive")
    assert "pages_manage_metadata" in found["reasons"][0]["detail"]


async def test_a_subscription_that_is_confirmed_later_is_no_reason_to_worry(reachable: Watch) -> None:
    waiting = Subscription(state=SubscriptionState.INACTIVE, detail="waiting for the hub")
    tended(reachable).subscriptions.append(waiting)

    await reachable.passes(seconds=10)
    await asks(reachable, "subscribe", count=1)
    pending = await health(reachable)
    await reachable.passes(minutes=3)
    await asks(reachable, "look up", count=1)

    assert (pending["status"], pending["subscription"]) == ("healthy", "pending")
    assert (await health(reachable))["subscription"] == "active"


async def test_an_account_of_before_the_public_address_was_known_is_subscribed_too(reachable: Watch) -> None:
    async with reachable.edge.running.open_unit() as unit:
        await unit.session.execute(update(AccountState).values(subscribe_due_at=None))

    await reachable.passes(minutes=11)
    await reachable.passes(seconds=10)

    assert len(await asks(reachable, "subscribe", count=1)) == 1


async def test_a_lease_is_renewed_before_it_runs_out(reachable: Watch) -> None:
    until = reachable.edge.clock.now() + timedelta(hours=4)
    tended(reachable).subscriptions.append(Subscription(state=SubscriptionState.ACTIVE, expires_at=until))

    await reachable.passes(seconds=10)
    await asks(reachable, "subscribe", count=1)
    await reachable.passes(hours=2, minutes=1)

    assert len(await asks(reachable, "subscribe", count=2)) == 2


async def test_without_a_public_address_nobody_is_asked_to_deliver(watch: Watch) -> None:
    await watch.passes(seconds=10)
    await asks(watch, "renew", count=1)

    assert await asks(watch, "subscribe", count=0) == []


# ── completion ──


async def test_what_came_by_its_id_alone_is_fetched_and_told_as_an_update(watch: Watch) -> None:
    tended(watch).completions.extend([PlatformBusy("busy"), "the whole text"])

    await watch.edge.hears(watch.source, watch.source.say("mention.created", {"id": "m1"}), times=2)
    await watch.edge.published(count=1)
    await asks(watch, "complete", count=1)
    await watch.passes(minutes=1)

    bare, whole = await watch.edge.published(count=2)
    await asks(watch, "complete", count=2)
    assert (bare.action, bare.object.text) == (Action.CREATED, None)
    assert (whole.action, whole.object.text, whole.verified) == (Action.UPDATED, "the whole text", Proof.POLLED)
    assert await watch.edge.rows(table_of(Incomplete)) == []


async def test_what_came_by_its_id_alone_is_fetched_once_the_owner_has_connected_the_account_again(
    watch: Watch,
) -> None:
    tended(watch).completions.extend([*[NO_TOKEN] * 21, "the whole text"])

    await watch.edge.hears(watch.source, watch.source.say("mention.created", {"id": "m1"}))
    for tries in range(1, 22):
        await asks(watch, "complete", count=tries)
        await watch.passes(minutes=31)

    _, whole = await watch.edge.published(count=2)
    assert whole.object.text == "the whole text"


@pytest.mark.parametrize("answer", [None, CallRefused("not yours to see")])
async def test_what_is_gone_or_not_ours_to_see_is_not_asked_for_again(watch: Watch, answer: Exception | None) -> None:
    tended(watch).completions.append(answer)

    await watch.edge.hears(watch.source, watch.source.say("mention.created", {"id": "m1"}))
    await asks(watch, "complete", count=1)

    assert await watch.edge.rows(table_of(Incomplete)) == []
    assert len(await watch.edge.published(count=1)) == 1
