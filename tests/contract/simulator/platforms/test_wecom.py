"""The played WeCom and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Interaction, Kind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, HandshakeRefused, RateLimited
from ingest.clients.connectors.wecom import WeComConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.platform import utc_now
from simulator.platforms.wecom import WeComAccount
from tests.contract.connectors.sending.speaking import TEXT, a_reply
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import account_of, credentials_of
from tests.contract.simulator.test_meeting_the_connectors import as_received


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([WeComAccount()]) as running:
        yield running


@pytest.fixture
def company(sim: Simulator) -> WeComAccount:
    return sim.first(WeComAccount)


@pytest.fixture
def wecom() -> WeComConnector:
    # Tokens of one simulator are no good at the next.
    return WeComConnector(AccessTokens())


@pytest.fixture
async def access(sim: Simulator, company: WeComAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield Access(
        account=account_of(company),
        credentials=credentials_of(company),
        client=client,
        api_base=sim.api_base("wecom"),
    )
    await client.close()


async def fetched(wecom: WeComConnector, access: Access, notice: Interaction) -> list[Interaction]:
    """What a notice leads to, from the beginning."""
    (feed,) = wecom.woken([notice])
    now = utc_now()
    listed = await wecom.list_feed(feed, since=now - timedelta(days=1), cursor=None, access=access, now=now)
    return list(listed.interactions)


def test_the_question_whether_an_address_is_ours_is_answered_with_what_was_sealed(wecom: WeComConnector) -> None:
    company = WeComAccount()
    question, answer = company.handshake()

    acknowledgement = wecom.handshake(as_received(question), credentials_of(company))

    assert acknowledgement is not None
    assert acknowledgement.body == answer
    with pytest.raises(HandshakeRefused):
        wecom.handshake(as_received(question), {**credentials_of(company), "token": ("another",)})


@pytest.mark.parametrize("company", [WeComAccount(), WeComAccount(form="json")], ids=["xml", "json"])
def test_what_members_do_is_believed_and_understood(company: WeComAccount) -> None:
    told = [
        (company.text("你好 ]]> 😋"), Kind.MESSAGE, Action.CREATED),
        (company.image("https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED),
        (company.subscribe(), Kind.FOLLOW, Action.CREATED),
        (company.subscribe(is_removed=True), Kind.FOLLOW, Action.REMOVED),
        (company.customer_added(), Kind.FOLLOW, Action.CREATED),
    ]

    for delivery, kind, action in told:
        interaction = heard(company, delivery)
        assert (interaction.kind, interaction.action, interaction.direction) == (kind, action, Direction.INBOUND)
        assert interaction.object.id == delivery.object_id


async def test_a_member_is_answered_by_the_app(wecom: WeComConnector, company: WeComAccount, access: Access) -> None:
    message = heard(company, company.text("排班表在哪里？"))

    sent = await wecom.send(a_reply(target_of(message)), access=access)

    (reply,) = company.ledger
    assert (reply.id, reply.target, reply.text) == (sent.object_id, company.member_id(XIAOYU), TEXT)


async def test_who_never_saw_the_app_is_not_answered(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    message = heard(company, company.text("你好"))
    company.members.clear()

    with pytest.raises(CallRefused, match="81013"):
        await wecom.send(a_reply(target_of(message)), access=access)


async def test_a_notice_leads_to_what_the_customer_said_and_to_an_answer(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    notice = heard(company, company.customer_writes("少了一杯"))

    (message,) = await fetched(wecom, access, notice)
    sent = await wecom.send(a_reply(target_of(message)), access=access)

    assert (notice.kind, message.object.text) == (Kind.SYSTEM, "少了一杯")
    assert message.reply.max_replies == 5
    (reply,) = company.ledger
    assert (reply.key, reply.target) == (sent.object_id, company.customer_id(XIAOYU))


async def test_a_notice_that_was_lost_costs_nothing(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    company.customer_writes("第一句")
    company.customer_writes("第二句", author=MIA)
    now = utc_now()

    listed = await wecom.list_feed("kf", since=now - timedelta(days=1), cursor=None, access=access, now=now)
    again = await wecom.list_feed("kf", since=now - timedelta(days=1), cursor=listed.cursor, access=access, now=now)

    assert [one.object.text for one in listed.interactions] == ["第一句", "第二句"]
    assert not again.interactions


async def test_the_list_and_the_notice_tell_the_same_under_the_same_ids(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    notice = heard(company, company.customer_writes("第一句"))
    now = utc_now()

    by_notice = await fetched(wecom, access, notice)
    listed = await wecom.list_feed("kf", since=now - timedelta(days=1), cursor=None, access=access, now=now)

    assert [one.id for one in by_notice] == [one.id for one in listed.interactions]


async def test_what_staff_say_and_customers_take_back_is_understood(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    said = company.customer_writes("发错了")
    company.staff_writes("没关系")
    notice = heard(company, company.customer_recalls(said.object_id))

    message, answer, recalled = await fetched(wecom, access, notice)

    assert (answer.direction, answer.counterpart_id) == (Direction.OUTBOUND, message.counterpart_id)
    assert (recalled.action, recalled.object.id) == (Action.DELETED, message.object.id)


async def test_a_customer_is_answered_five_times_and_not_once_more(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    (message,) = await fetched(wecom, access, heard(company, company.customer_writes("在吗")))
    for number in range(5):
        await wecom.send(a_reply(target_of(message), reply_id=f"reply-{number}"), access=access)

    with pytest.raises(CallRefused) as refusal:
        await wecom.send(a_reply(target_of(message), reply_id="reply-5"), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED
    assert len(company.ledger) == 5


async def test_after_two_days_a_customer_is_not_answered(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    long_ago = utc_now() - timedelta(hours=49)
    (message,) = await fetched(wecom, access, heard(company, company.customer_writes("在吗", at=long_ago)))

    with pytest.raises(CallRefused) as refusal:
        await wecom.send(a_reply(target_of(message)), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED


async def test_a_token_that_ran_out_is_replaced_unnoticed(
    wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    message = heard(company, company.text("你好"))
    await wecom.send(a_reply(target_of(message)), access=access)
    company.tokens.expire()

    await wecom.send(a_reply(target_of(message), reply_id="reply-2"), access=access)

    assert (len(company.ledger), company.tokens.issued) == (2, 2)


async def test_over_its_limits_one_waits(
    sim: Simulator, wecom: WeComConnector, company: WeComAccount, access: Access
) -> None:
    message = heard(company, company.text("你好"))
    sim.misbehave("wecom", Fault(kind=FaultKind.TOO_MANY, path_ends="message/send"))

    with pytest.raises(RateLimited):
        await wecom.send(a_reply(target_of(message)), access=access)
