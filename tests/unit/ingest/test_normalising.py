"""What deliveries become: each thing told once, and a row for every delivery."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import delete

from huiying.db.statements import table_of
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import Kind
from huiying.ids import new_id
from ingest.storage.tables import Delivery, PublishedInteraction
from ingest.usecases.normalise_deliveries import body_context
from simulator.people import MIA, XIAOYU
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.meta import MetaApp
from simulator.platforms.wechat_oa import WeChatAccount
from tests.support.edges import BRAND, Edge
from tests.support.eventually import eventually

LETTERS = "/dead-letters"


async def ids(edge: Edge, *, count: int) -> list[str]:
    return [interaction.id for interaction in await edge.published(count=count)]


def a_body(**data: object) -> bytes:
    return msgspec.json.encode(
        {"type": "comment.created", "timestamp": "2026-11-01T08:00:00Z", "data": {"id": "c1", **data}}
    )


async def told(edge: Edge, account_id: str, *bodies: bytes) -> list[str]:
    """Deliveries as if the edge had accepted these bodies; gives their ids."""
    facts = [
        DeliveryAccepted(
            delivery_id=new_id(),
            account_id=account_id,
            platform="generic",
            received_at=edge.clock.now(),
            content_type="application/json",
            proof=Proof.HMAC,
            body=body,
        )
        for body in bodies
    ]
    await edge.running.told(*facts)
    return [fact.delivery_id for fact in facts]


async def test_a_delivery_repeated_ten_times_is_told_once_and_filed_each_time(edge: Edge) -> None:
    page = FacebookPage(surroundings=edge.world)
    account_id = await edge.plays(page)

    await edge.hears(page, page.comment("hi", author=MIA), times=10)

    filed = await edge.filed(count=10)
    assert len(await ids(edge, count=1)) == 1
    assert [one["new_count"] for one in filed] == [1] + [0] * 9
    assert {(one["status"], one["interaction_count"], one["error"]) for one in filed} == {("normalised", 1, None)}
    assert {(one["account_id"], one["brand"], one["proof"]) for one in filed} == {(account_id, BRAND, "hmac")}


async def test_the_same_thing_in_different_deliveries_is_told_once(edge: Edge) -> None:
    page = FacebookPage(surroundings=edge.world)
    await edge.plays(page)
    first, second = page.comment("one", author=MIA), page.comment("two", author=MIA)

    await edge.hears(page, page.batch([first, first, second]))
    await edge.hears(page, second)

    filed = await edge.filed(count=2)
    assert len(await ids(edge, count=2)) == 2
    assert [(one["interaction_count"], one["new_count"]) for one in filed] == [(3, 2), (1, 0)]


async def test_a_page_connected_twice_tells_each_thing_once_whichever_hook_it_comes_to(edge: Edge) -> None:
    app = MetaApp(page_id="700100200300400")
    page = FacebookPage(app, surroundings=edge.world)
    inbox = MessengerInbox(app, surroundings=edge.world)
    await edge.plays(page)
    await edge.plays(inbox)
    comment, message = page.comment("hi"), inbox.message("hi")

    for platform in (page, inbox):
        for delivery in (comment, message):
            await edge.hears(platform, delivery)

    await edge.filed(count=4)
    published = await edge.published(count=2)
    assert sorted(one.platform for one in published) == ["facebook", "messenger"]
    assert all(one.account.external_id == app.page_id for one in published)


async def test_every_platform_is_told_in_the_same_shape(edge: Edge) -> None:
    wechat, source = WeChatAccount(surroundings=edge.world), GenericSource(surroundings=edge.world)
    await edge.plays(wechat)
    await edge.plays(source)

    await edge.hears(wechat, wechat.text("你好", author=XIAOYU), times=3)
    await edge.hears(source, source.mention("hi", author=XIAOYU), times=3)

    published = await edge.published(count=2)
    assert sorted((one.platform, one.object.text) for one in published) == [("generic", "hi"), ("wechat_oa", "你好")]
    assert {one.account.brand for one in published} == {BRAND}


async def test_what_we_have_no_word_for_is_told_as_unknown(edge: Edge) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)

    await edge.hears(source, source.say("poll.answered", {"id": "p1"}), times=2)

    (interaction,) = await edge.published(count=1)
    assert (interaction.kind, interaction.raw_kind) == (Kind.UNKNOWN, "poll.answered")


async def test_a_delivery_that_cannot_be_read_is_kept_sealed_with_its_reason(edge: Edge) -> None:
    account_id = await edge.plays(GenericSource(surroundings=edge.world))
    body = msgspec.json.encode({"type": "comment.created", "data": {"text": "canary-4711"}})

    (delivery_id,) = await told(edge, account_id, body)

    (filed,) = await edge.filed(count=1)
    (row,) = await edge.rows(table_of(Delivery))
    account = (await edge.api.get(f"/accounts/{account_id}")).json()
    assert (filed["id"], filed["status"], filed["interaction_count"]) == (delivery_id, "refused", 0)
    assert "data.id" in filed["error"]
    assert b"canary" not in row.body
    assert edge.running.runtime.vault.open(row.body, context=body_context(delivery_id)) == body
    assert account["health"]["status"] == "degraded"
    assert (await edge.api.get(LETTERS)).json()["items"] == []


async def test_one_that_cannot_be_read_holds_up_nothing_around_it(edge: Edge) -> None:
    account_id = await edge.plays(GenericSource(surroundings=edge.world))

    await told(edge, account_id, a_body(id="a"), b"{", a_body(id="b"), b"\xff", a_body(id="c"))

    filed = await edge.filed(count=5)
    assert [one["status"] for one in filed] == ["normalised", "refused", "normalised", "refused", "normalised"]
    assert [one.object.id for one in await edge.published(count=3)] == ["a", "b", "c"]


async def test_a_replay_tells_nothing_twice_and_leaves_the_first_count(edge: Edge) -> None:
    source = GenericSource(surroundings=edge.world)
    account_id = await edge.plays(source)
    await edge.hears(source, source.comment("hi"))
    (filed,) = await edge.filed(count=1)

    answers = [await edge.api.post(f"/deliveries/{filed['id']}:replay") for _ in range(3)]
    await told(edge, account_id, a_body())

    assert [answer.status_code for answer in answers] == [202] * 3
    assert len(await ids(edge, count=2)) == 2
    assert (await edge.filed(count=2))[0] == filed
    assert [one.delivery_id for one in await edge.accepted()].count(filed["id"]) == 4


async def test_a_replay_tells_what_could_not_be_told_the_first_time(edge: Edge) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)
    await edge.hears(source, source.comment("hi"))
    (filed,) = await edge.filed(count=1)
    async with edge.running.open_unit() as unit:
        await unit.session.execute(delete(PublishedInteraction))

    await edge.api.post(f"/deliveries/{filed['id']}:replay")

    first, second = await edge.published(count=2)
    assert first == second


async def test_a_replay_of_long_ago_says_nothing_about_how_the_account_does_now(edge: Edge) -> None:
    account_id = await edge.plays(GenericSource(surroundings=edge.world))
    (refused_id,) = await told(edge, account_id, b"{")
    await edge.filed(count=1)
    await edge.passes(timedelta(hours=1))
    await told(edge, account_id, a_body())
    await edge.filed(count=2)
    before = (await edge.api.get(f"/accounts/{account_id}")).json()["health"]

    await edge.api.post(f"/deliveries/{refused_id}:replay")
    await told(edge, account_id, a_body(id="c2"))
    await edge.filed(count=3)

    assert before["status"] == "healthy"
    assert (await edge.api.get(f"/accounts/{account_id}")).json()["health"] == before


async def test_what_is_larger_than_a_topic_takes_leaves_its_delivery_refused_and_the_queue_moving(edge: Edge) -> None:
    account_id = await edge.plays(GenericSource(surroundings=edge.world))

    await told(edge, account_id, a_body(id="big", text="x" * 2_000_000), a_body(id="small"))

    filed = await edge.filed(count=2)
    assert [(one["status"], one["new_count"]) for one in filed] == [("refused", 0), ("normalised", 1)]
    assert [one.object.id for one in await edge.published(count=1)] == ["small"]
    assert len(await edge.rows(table_of(PublishedInteraction))) == 1


async def test_a_delivery_of_an_account_that_was_removed_is_kept_for_its_brand(edge: Edge) -> None:
    account_id = await edge.plays(GenericSource(surroundings=edge.world))
    await edge.api.delete(f"/accounts/{account_id}")

    await told(edge, account_id, a_body())

    (filed,) = await edge.filed(count=1)
    assert (filed["status"], filed["brand"], filed["error"]) == ("refused", BRAND, "the account was removed")


async def test_names_as_long_as_a_body_break_nothing(edge: Edge) -> None:
    account_id = await edge.plays(GenericSource(external_id="we", surroundings=edge.world))
    ours: dict[str, object] = {"text": "hi", "author": {"id": "we"}}

    await told(
        edge,
        account_id,
        a_body(**ours, id="x" * 5_000),
        a_body(**ours, id="y", conversation_id="z" * 5_000),
        a_body(**ours, id="zero\x00byte"),
    )

    assert [one["status"] for one in await edge.filed(count=3)] == ["normalised"] * 3
    assert (await edge.api.get(LETTERS)).json()["items"] == []


async def test_what_is_past_its_time_is_forgotten_but_not_that_it_was_told(edge: Edge) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)
    comment = source.comment("hi")
    await edge.hears(source, comment)
    (old,) = await edge.filed(count=1)
    await edge.passes(timedelta(days=8))
    await edge.hears(source, source.comment("new"))

    async def is_forgotten() -> Sequence[str]:
        left = [row.id for row in await edge.rows(table_of(Delivery))]
        assert len(left) == 1
        assert left != [old["id"]]
        return left

    await eventually(is_forgotten)
    await edge.hears(source, comment)
    again = (await edge.filed(count=2))[-1]

    assert (again["interaction_count"], again["new_count"]) == (1, 0)
    assert len(await edge.published(count=2)) == 2
