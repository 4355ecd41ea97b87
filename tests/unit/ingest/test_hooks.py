"""Accept, make durable, acknowledge: what a platform is told, and what is then true."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.transport import Record
from huiying.clock import Clock
from huiying.errors import Unavailable
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.registry import TOPIC_OF
from huiying.outbox.direct import Direct
from huiying.outbox.spool import Spool
from huiying.settings import LogDurability
from ingest.api.hooks import Hooks
from ingest.storage.tables import Account
from ingest.usecases.connect_account import remove_account
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.platform import Platform
from simulator.platforms.wechat_oa import WeChatAccount
from simulator.platforms.youtube import GoogleApp, YouTubeChannel
from tests.support.edges import Answer, Edge, Response, told_bare


class Bus:
    """The running service's bus, which may be away."""

    def __init__(self, transport: EmbeddedTransport) -> None:
        self._transport = transport
        self.is_away = False

    async def publish(self, records: Sequence[Record], *, timeout_seconds: float = 10.0) -> None:
        if self.is_away:
            raise Unavailable("the bus is away", retry_after_seconds=3)
        await self._transport.publish(records, timeout_seconds=timeout_seconds)


@asynccontextmanager
async def hooks_with_a_spool(
    edge: Edge, bus: Bus, directory: Path, *, limit_bytes: int = 1_000_000
) -> AsyncIterator[Hooks]:
    """The service's hooks, over a bus that may be away and a spool."""
    clock: Clock = edge.clock
    topics = [TOPIC_OF[DeliveryAccepted]]
    spool = Spool(directory / "spool", topics=topics, limit_bytes=limit_bytes, durability=LogDurability.NORMAL)
    await spool.start()
    direct = Direct(transport=bus, spool=spool, clock=clock, source="ingest", deadline_seconds=1)  # type: ignore[arg-type] # the part of a transport that is used
    draining = asyncio.create_task(direct.run())
    yield Hooks(replace(edge.running.runtime.tools, direct=direct), clock=clock)
    direct.stop()
    await draining
    await spool.stop()


async def tell(hooks: Hooks, edge: Edge, platform: Platform, delivery: Any) -> Answer:
    request = platform.sign(delivery, at=edge.clock.now())
    answer = await told_bare(
        hooks,
        path=str(platform.hook),
        headers=[(name.encode(), value.encode()) for name, value in request.headers.items()],
        messages=[{"type": "http.request", "body": request.body, "more_body": False}],
    )
    assert answer is not None
    return answer


@pytest.fixture
def bus(edge: Edge) -> Bus:
    assert isinstance(edge.running.transport, EmbeddedTransport)
    return Bus(edge.running.transport)


async def test_what_is_acknowledged_is_on_the_bus_byte_for_byte(edge: Edge) -> None:
    page = FacebookPage(surroundings=edge.world)
    account_id = await edge.plays(page)
    delivery = page.comment("hi 你好")

    await edge.hears(page, delivery)

    (accepted,) = await edge.accepted()
    assert (accepted.account_id, accepted.body) == (account_id, delivery.content)
    assert accepted.headers == {"user-agent": "facebookexternalua"}


async def test_no_signature_is_kept(edge: Edge) -> None:
    wechat, source = WeChatAccount(surroundings=edge.world), GenericSource(surroundings=edge.world)
    await edge.plays(wechat)
    await edge.plays(source)

    await edge.hears(wechat, wechat.text("hi"))
    await edge.hears(source, source.comment("hi"))

    kept = {name for one in await edge.accepted() for name in (*one.query, *one.headers)}
    assert kept == {"timestamp", "nonce", "encrypt_type", "user-agent", "webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize("make", [FacebookPage, MessengerInbox, WeChatAccount])
async def test_a_platform_that_asks_whether_the_address_is_ours_hears_its_echo(
    edge: Edge, make: type[FacebookPage | MessengerInbox | WeChatAccount]
) -> None:
    platform = make(surroundings=edge.world)
    await edge.plays(platform)
    question, expected = platform.handshake()

    answer = await edge.hooks.get(str(platform.hook), params=dict(question.query))
    bent = [{**question.query, name: "bent"} for name in ("hub.verify_token", "signature") if name in question.query]
    refusals = [await edge.hooks.get(str(platform.hook), params=query) for query in bent]

    assert (answer.status_code, answer.content) == (200, expected)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [refusal.status_code for refusal in refusals] == [403]
    assert await edge.accepted() == []


async def test_while_the_bus_is_away_deliveries_are_taken_and_arrive_later_in_order(
    edge: Edge, bus: Bus, tmp_path: Path
) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)
    deliveries = [source.say("comment.created", {"id": f"c{number}"}) for number in range(30)]

    async with hooks_with_a_spool(edge, bus, tmp_path) as hooks:
        answers = []
        for number, delivery in enumerate(deliveries):
            bus.is_away = 5 <= number < 15
            answers.append(await tell(hooks, edge, source, delivery))
        published = await edge.published(count=30)

    assert {answer.status for answer in answers} == {202}
    assert [one.object.id for one in published] == [f"c{number}" for number in range(30)]


async def test_a_full_spool_asks_the_platform_to_come_back_and_keeps_what_it_took(
    edge: Edge, bus: Bus, tmp_path: Path
) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)
    bus.is_away = True

    async with hooks_with_a_spool(edge, bus, tmp_path, limit_bytes=3_000) as hooks:
        answers = [
            await tell(hooks, edge, source, source.say("comment.created", {"id": f"c{number}"})) for number in range(12)
        ]
        bus.is_away = False
        taken = sum(answer.status == 202 for answer in answers)
        published = await edge.published(count=taken)

    refused = [answer for answer in answers if answer.status != 202]
    assert 0 < taken < 12
    assert {(answer.status, answer.headers["content-type"]) for answer in refused} == {
        (503, "application/problem+json")
    }
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert len(published) == taken


async def test_without_a_spool_a_bus_that_is_away_is_said_to_be_and_nothing_is_taken(edge: Edge, bus: Bus) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)
    bus.is_away = True
    direct = Direct(transport=bus, spool=None, clock=edge.clock, source="ingest")  # type: ignore[arg-type] # the part of a transport that is used
    hooks = Hooks(replace(edge.running.runtime.tools, direct=direct), clock=edge.clock)

    answer = await tell(hooks, edge, source, source.comment("hi"))

    assert (answer.status, answer.headers["retry-after"]) == (503, "3")
    assert b"the bus is away" not in answer.body
    assert await edge.accepted() == []


async def test_a_bug_is_answered_without_its_story(edge: Edge) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)

    class Broken:
        async def tell(self, *_: object, **__: object) -> str:
            raise ZeroDivisionError("canary-in-a-traceback")

    hooks = Hooks(replace(edge.running.runtime.tools, direct=Broken()), clock=edge.clock)

    answer = await tell(hooks, edge, source, source.comment("hi"))

    assert answer.status == 500
    assert b"canary" not in answer.body
    assert b"internal_error" in answer.body


async def test_a_removed_account_is_gone_at_once_even_if_it_was_read_while_it_was_removed(edge: Edge) -> None:
    source = GenericSource(surroundings=edge.world)
    account_id = await edge.plays(source)
    await edge.hears(source, source.comment("hi"))
    async with edge.running.open_unit() as unit:
        account = await unit.session.get(Account, account_id)
        assert account is not None
        await remove_account(unit, account)
        await edge.hears(source, source.comment("still there"))

    signed = source.sign(source.comment("late"), at=edge.clock.now())
    answer = await edge.hooks.post(str(source.hook), headers=dict(signed.headers), content=signed.body)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert len(await edge.accepted()) == 2


async def test_the_old_secret_is_believed_beside_the_new_one_until_it_is_taken_away(edge: Edge) -> None:
    old, new = GenericSource(surroundings=edge.world), GenericSource(external_id="other", surroundings=edge.world)
    account_id = await edge.plays(old)
    new.hook = old.hook

    async def said(source: GenericSource) -> Response:
        signed = source.sign(source.comment("hi"), at=edge.clock.now())
        return await edge.hooks.post(str(source.hook), headers=dict(signed.headers), content=signed.body)

    async def rotated(*secrets: str) -> None:
        changed = await edge.api.patch(f"/accounts/{account_id}", json={"credentials": {"secret": list(secrets)}})
        assert changed.status_code == 200

    before = [(await said(old)).status_code, (await said(new)).status_code]
    await rotated(new.secret, old.secret)
    between = [(await said(old)).status_code, (await said(new)).status_code]
    await rotated(new.secret)
    after = [(await said(old)).status_code, (await said(new)).status_code]

    assert before == [202, 401]
    assert between == [202, 202]
    assert after == [401, 202]


async def test_a_hub_hears_success_for_what_is_not_by_its_secret_and_nothing_comes_of_it(edge: Edge) -> None:
    ours, other = YouTubeChannel(surroundings=edge.world), YouTubeChannel(GoogleApp(hub_secret="another"))
    await edge.plays(ours)
    forged = other.sign(other.video("hi"), at=edge.clock.now())

    answer = await edge.hooks.post(str(ours.hook), headers=dict(forged.headers), content=forged.body)

    assert (answer.status_code, answer.content) == (202, b"")
    assert await edge.accepted() == []


async def test_an_empty_answer_has_no_type_and_where_none_may_be_no_length(edge: Edge) -> None:
    hooks = Hooks(edge.running.runtime.tools, clock=edge.clock)
    source, channel = GenericSource(surroundings=edge.world), YouTubeChannel(surroundings=edge.world)
    await edge.plays(source)
    await edge.plays(channel)

    accepted = await tell(hooks, edge, source, source.say("comment.created", {"id": "c1"}))
    done = await tell(hooks, edge, channel, channel.video("hi"))

    assert (accepted.status, accepted.headers, accepted.body) == (202, {"content-length": "0"}, b"")
    assert (done.status, done.headers, done.body) == (204, {}, b"")


async def test_a_topic_that_was_never_asked_for_is_not_confirmed(edge: Edge) -> None:
    channel = YouTubeChannel(surroundings=edge.world)
    await edge.plays(channel)
    question = {"hub.mode": "subscribe", "hub.topic": "https://www.youtube.com/feeds/videos.xml", "hub.challenge": "1"}

    answer = await edge.hooks.get(str(channel.hook), params=question)

    assert (answer.status_code, answer.json()["code"]) == (404, "topic_refused")
