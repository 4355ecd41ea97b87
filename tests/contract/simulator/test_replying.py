"""What the product says arrives at the simulated platform, and comes back as the real ones would tell it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.clock import SystemClock
from huiying.events.interactions import Direction
from huiying.events.replies import FailureReason, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, RateLimited, Sent
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_oa import WeChatConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.platform import utc_now
from tests.contract.simulator.product import Product, account_of, credentials_of


@pytest.fixture
async def client() -> AsyncIterator[HTTPClient]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=1)
    yield client
    await client.close()


class Mouth:
    """Sends replies by the product's connectors."""

    def __init__(self, sim: Simulator, client: HTTPClient) -> None:
        self._sim, self._client = sim, client
        # Tokens of one simulator are no good at the next.
        self._connectors = {**CONNECTORS, "wechat_oa": WeChatConnector(AccessTokens())}

    async def say(
        self,
        name: str,
        object_id: str,
        *,
        kind: str = "comment",
        to: str | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        reply_id: str = "reply-1",
    ) -> Sent:
        now = SystemClock().now()
        target = ReplyTarget(
            interaction_id="i1",
            kind=kind,
            object_id=object_id,
            post_id=None,
            conversation_id=to,
            counterpart_id=to,
        )
        reply = OutgoingReply(
            reply_id=reply_id,
            target=target,
            visibility=Visibility.PRIVATE if kind == "message" else visibility,
            text="谢谢！Thanks",
            requested_at=now,
            attempted_at=now,
        )
        platform = self._sim.platform(name)
        return await self._connectors[platform.platform].send(
            reply,
            access=Access(
                account=account_of(platform),
                credentials=credentials_of(platform),
                client=self._client,
                api_base=self._sim.api_base(name),
            ),
        )


@pytest.fixture
def mouth(sim: Simulator, client: HTTPClient) -> Mouth:
    return Mouth(sim, client)


async def test_a_comment_is_answered_once_and_its_echo_is_ours(sim: Simulator, product: Product, mouth: Mouth) -> None:
    comment = sim.facebook.comment("hi")

    sent = await mouth.say("facebook", comment.object_id)
    await sim.echoes_delivered()

    (reply,) = sim.received_replies("facebook")
    (echo,) = product.interactions
    assert (reply.target, reply.text, reply.is_public) == (comment.object_id, "谢谢！Thanks", True)
    assert (echo.direction, echo.object.id, echo.object.text) == (Direction.OUTBOUND, sent.object_id, reply.text)
    assert echo.target is not None
    assert echo.target.parent_id == comment.object_id


async def test_a_comment_answered_in_private_echoes_as_a_message(
    sim: Simulator, product: Product, mouth: Mouth
) -> None:
    comment = sim.facebook.comment("hi", author=MIA)

    sent = await mouth.say("facebook", comment.object_id, visibility=Visibility.PRIVATE)
    await sim.echoes_delivered()

    (echo,) = product.interactions
    assert (echo.platform, echo.direction, echo.object.id) == ("messenger", Direction.OUTBOUND, sent.object_id)
    assert echo.target is not None
    assert echo.target.conversation_id == MIA.meta_id
    assert not sim.received_replies()[0].is_public


async def test_a_message_is_answered_once_and_its_echo_is_ours(sim: Simulator, product: Product, mouth: Mouth) -> None:
    message = sim.messenger.message("hi", author=MIA)

    sent = await mouth.say("messenger", message.object_id, kind="message", to=MIA.meta_id)
    await sim.echoes_delivered()

    (echo,) = product.interactions
    assert (echo.direction, echo.object.id) == (Direction.OUTBOUND, sent.object_id)
    assert [reply.target for reply in sim.received_replies("messenger")] == [MIA.meta_id]


@pytest.mark.parametrize("kind", ["comment", "message"])
async def test_a_bridge_takes_a_reply_once_and_echoes_it(
    sim: Simulator, product: Product, mouth: Mouth, kind: str
) -> None:
    asked = sim.generic.comment("hi") if kind == "comment" else sim.generic.message("hi")
    to = None if kind == "comment" else XIAOYU.generic_id

    sent = [await mouth.say("generic", asked.object_id, kind=kind, to=to) for _ in range(2)]
    await sim.echoes_delivered()

    (reply,) = sim.received_replies("generic")
    (echo,) = product.interactions
    assert (reply.key, reply.target) == ("reply-1", asked.object_id)
    assert sent == [Sent(object_id=reply.id)] * 2
    assert (echo.kind, echo.direction, echo.object.id) == (kind, Direction.OUTBOUND, reply.id)


async def test_wechat_takes_five_answers_and_tells_nobody(sim: Simulator, product: Product, mouth: Mouth) -> None:
    openid = sim.wechat_oa.openid(XIAOYU)
    message = sim.wechat_oa.text("你好", author=XIAOYU)

    for _ in range(5):
        await mouth.say("wechat_oa", message.object_id, kind="message", to=openid)
    with pytest.raises(CallRefused, match="45047"):
        await mouth.say("wechat_oa", message.object_id, kind="message", to=openid)

    assert [reply.target for reply in sim.received_replies()] == [openid] * 5
    assert sim.wechat_oa.tokens.issued == 1
    assert not product.interactions


async def test_after_two_days_wechat_and_after_one_messenger_take_no_answer(sim: Simulator, mouth: Mouth) -> None:
    long_ago = utc_now() - timedelta(hours=49)
    message = sim.wechat_oa.text("你好", author=XIAOYU, at=long_ago)
    other = sim.messenger.message("hi", author=MIA, at=long_ago)

    with pytest.raises(CallRefused) as wechat:
        await mouth.say("wechat_oa", message.object_id, kind="message", to=sim.wechat_oa.openid(XIAOYU))
    with pytest.raises(CallRefused) as messenger:
        await mouth.say("messenger", other.object_id, kind="message", to=MIA.meta_id)

    assert wechat.value.reason is FailureReason.WINDOW_CLOSED
    assert messenger.value.reason is FailureReason.WINDOW_CLOSED


async def test_a_wechat_token_that_ran_out_is_renewed(sim: Simulator, mouth: Mouth) -> None:
    message = sim.wechat_oa.text("你好", author=XIAOYU)
    openid = sim.wechat_oa.openid(XIAOYU)
    await mouth.say("wechat_oa", message.object_id, kind="message", to=openid)

    sim.wechat_oa.tokens.expire()
    await mouth.say("wechat_oa", message.object_id, kind="message", to=openid)

    assert len(sim.received_replies()) == 2
    assert sim.wechat_oa.ledger.refusals == {"42001": 1}


async def test_what_was_never_said_cannot_be_answered(sim: Simulator, mouth: Mouth) -> None:
    with pytest.raises(CallRefused, match="does not exist"):
        await mouth.say("facebook", "1_2")
    with pytest.raises(CallRefused, match="No matching user"):
        await mouth.say("messenger", "m_1", kind="message", to="12345")

    assert not sim.received_replies()


async def test_after_a_restart_a_lenient_platform_takes_answers_to_what_it_forgot(client: HTTPClient) -> None:
    async with Simulator(strict=False) as sim:
        mouth = Mouth(sim, client)

        await mouth.say("facebook", "1_2")
        await mouth.say("messenger", "m_1", kind="message", to="12345")
        await mouth.say("wechat_oa", "1", kind="message", to="o-somebody")

        assert [reply.target for reply in sim.received_replies()] == ["1_2", "12345", "o-somebody"]


@pytest.mark.parametrize(
    ("kind", "expected", "taken"),
    [
        (FaultKind.TOO_MANY, RateLimited, 0),
        (FaultKind.HANGING, OutcomeUnknown, 0),
        (FaultKind.HANG_UP, OutcomeUnknown, 0),
        (FaultKind.DONE_BUT_LOST, OutcomeUnknown, 1),
        (FaultKind.DONE_BUT_BROKEN, OutcomeUnknown, 1),
    ],
)
async def test_trouble_on_request_looks_like_trouble(
    sim: Simulator, mouth: Mouth, kind: FaultKind, expected: type[Exception], taken: int
) -> None:
    comment = sim.facebook.comment("hi")
    sim.misbehave("facebook", Fault(kind=kind, seconds=3))

    with pytest.raises(expected):
        await mouth.say("facebook", comment.object_id)

    assert len(sim.received_replies()) == taken
    await mouth.say("facebook", comment.object_id)
    assert len(sim.received_replies()) == taken + 1


async def test_too_many_calls_say_when_to_come_again(sim: Simulator, mouth: Mouth) -> None:
    comment = sim.generic.comment("hi")
    sim.misbehave("generic", Fault(kind=FaultKind.TOO_MANY, seconds=17))

    with pytest.raises(RateLimited) as refusal:
        await mouth.say("generic", comment.object_id)

    assert refusal.value.retry_after_seconds == 17


@pytest.mark.parametrize("kind", [FaultKind.BROKEN, FaultKind.DONE_BUT_LOST])
async def test_a_bridge_in_trouble_may_be_asked_again_and_takes_it_once(
    sim: Simulator, mouth: Mouth, kind: FaultKind
) -> None:
    comment = sim.generic.comment("hi")
    sim.misbehave("generic", Fault(kind=kind, times=2))

    for _ in range(2):
        with pytest.raises(PlatformBusy):
            await mouth.say("generic", comment.object_id)
    await mouth.say("generic", comment.object_id)

    assert len(sim.received_replies("generic")) == 1


async def test_trouble_can_be_limited_to_a_path_and_ended(sim: Simulator, mouth: Mouth) -> None:
    message = sim.wechat_oa.text("你好", author=XIAOYU)
    openid = sim.wechat_oa.openid(XIAOYU)
    sim.misbehave("wechat_oa", Fault(kind=FaultKind.BROKEN, times=None, path_ends="custom/send"))

    with pytest.raises(PlatformBusy):
        await mouth.say("wechat_oa", message.object_id, kind="message", to=openid)
    sim.behave()
    await mouth.say("wechat_oa", message.object_id, kind="message", to=openid)

    assert len(sim.received_replies()) == 1
