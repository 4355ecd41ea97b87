"""Whatever the simulator tells, the product believes and understands."""

from collections.abc import Callable
from itertools import islice

import pytest

from huiying.clock import SystemClock
from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Direction, Kind
from ingest.clients.connectors.connector import HookRequest, SignatureRefused
from ingest.clients.connectors.table import CONNECTORS
from simulator.delivery import Delivery, Request
from simulator.happening import Kind as Doing
from simulator.people import MIA, XIAOYU
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.meta import MetaApp
from simulator.platforms.platform import Platform, Surroundings, utc_now
from simulator.platforms.table import make_platforms
from simulator.platforms.wechat_oa import WeChatAccount, WeChatApp
from simulator.scenario import Scenario, make_day
from tests.contract.simulator.product import account_of, credentials_of, received

FACEBOOK, MESSENGER, WECHAT, GENERIC = FacebookPage(), MessengerInbox(), WeChatAccount(), GenericSource()
PLAIN, BY_KEY = WeChatAccount(mode="plain"), GenericSource(scheme="v1a")
BRIDGE = GenericSource(origin="xiaohongshu")
EVERY = (FACEBOOK, MESSENGER, WECHAT, PLAIN, GENERIC, BY_KEY, BRIDGE)

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
Told = tuple[Platform, Delivery, Kind, Action, Direction]


def told() -> list[Told]:
    """One of each thing that each platform can tell."""
    comment = FACEBOOK.comment("hi").object_id
    message = MESSENGER.message("hi").object_id
    return [
        (FACEBOOK, FACEBOOK.comment("好喝 😋"), Kind.COMMENT, Action.CREATED, IN),
        (FACEBOOK, FACEBOOK.comment("me too", parent_id=comment), Kind.COMMENT, Action.CREATED, IN),
        (FACEBOOK, FACEBOOK.comment("look", photo="https://p.example/1.jpg"), Kind.COMMENT, Action.CREATED, IN),
        (FACEBOOK, FACEBOOK.comment_edited(comment, "hi!"), Kind.COMMENT, Action.UPDATED, IN),
        (FACEBOOK, FACEBOOK.comment_removed(comment), Kind.COMMENT, Action.DELETED, IN),
        (FACEBOOK, FACEBOOK.reaction("haha"), Kind.REACTION, Action.CREATED, IN),
        (FACEBOOK, FACEBOOK.reaction(comment_id=comment, is_removed=True), Kind.REACTION, Action.REMOVED, IN),
        (FACEBOOK, FACEBOOK.share("see this"), Kind.SHARE, Action.CREATED, IN),
        (FACEBOOK, FACEBOOK.mention("@Tanghulu", author=None), Kind.MENTION, Action.CREATED, IN),
        (MESSENGER, MESSENGER.message("hello", reply_to=message), Kind.MESSAGE, Action.CREATED, IN),
        (MESSENGER, MESSENGER.message("", image="https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED, IN),
        (MESSENGER, MESSENGER.message_edited(message, "hello!"), Kind.MESSAGE, Action.UPDATED, IN),
        (MESSENGER, MESSENGER.reaction(message), Kind.REACTION, Action.CREATED, IN),
        (MESSENGER, MESSENGER.read(), Kind.RECEIPT, Action.READ, IN),
        (MESSENGER, MESSENGER.sent_elsewhere("from the phone"), Kind.MESSAGE, Action.CREATED, OUT),
        (WECHAT, WECHAT.text("你好 ]]> 😋"), Kind.MESSAGE, Action.CREATED, IN),
        (WECHAT, WECHAT.image("https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED, IN),
        (WECHAT, WECHAT.subscribe(scene="42"), Kind.FOLLOW, Action.CREATED, IN),
        (WECHAT, WECHAT.unsubscribe(), Kind.FOLLOW, Action.REMOVED, IN),
        (WECHAT, WECHAT.click("MENU"), Kind.COMMAND, Action.CREATED, IN),
        (PLAIN, PLAIN.text("你好"), Kind.MESSAGE, Action.CREATED, IN),
        (GENERIC, GENERIC.comment("nice"), Kind.COMMENT, Action.CREATED, IN),
        (GENERIC, GENERIC.message("psst"), Kind.MESSAGE, Action.CREATED, IN),
        (GENERIC, GENERIC.follow(), Kind.FOLLOW, Action.CREATED, IN),
        (BY_KEY, BY_KEY.mention("signed by key"), Kind.MENTION, Action.CREATED, IN),
        (BRIDGE, BRIDGE.comment("种草了"), Kind.COMMENT, Action.CREATED, IN),
    ]


def name_of(one: Told) -> str:
    platform, _, kind, action, _ = one
    return f"{platform.name}-{kind}-{action}"


def as_received(request: Request) -> HookRequest:
    return HookRequest(
        method=request.method,
        query=request.query,
        headers=request.headers,
        body=request.body,
        received_at=SystemClock().now(),
    )


def signed(platform: Platform, delivery: Delivery) -> HookRequest:
    return as_received(platform.sign(delivery, at=utc_now()))


@pytest.mark.parametrize("one", told(), ids=name_of)
def test_each_thing_told_is_believed_and_understood(one: Told) -> None:
    platform, delivery, kind, action, direction = one

    (interaction,) = received(platform, signed(platform, delivery))

    assert (interaction.kind, interaction.action, interaction.direction) == (kind, action, direction)
    assert interaction.account.external_id == platform.external_id
    assert kind in {Kind.REACTION, Kind.RECEIPT, Kind.COMMAND} or interaction.object.id == delivery.object_id


@pytest.mark.parametrize("one", told(), ids=name_of)
def test_the_same_told_again_is_the_same_interaction(one: Told) -> None:
    platform, delivery, *_ = one

    first, again = (received(platform, signed(platform, delivery)) for _ in range(2))

    assert [interaction.id for interaction in first] == [interaction.id for interaction in again]


@pytest.mark.parametrize(
    ("platform", "proof"),
    [
        (FACEBOOK, Proof.HMAC),
        (MESSENGER, Proof.HMAC),
        (WECHAT, Proof.AES),
        (PLAIN, Proof.URL_DIGEST),
        (GENERIC, Proof.HMAC),
        (BY_KEY, Proof.ED25519),
    ],
)
def test_a_platform_is_believed_as_strongly_as_it_signs(platform: Platform, proof: Proof) -> None:
    kind = Doing.COMMENT if platform.platform in {"facebook", "generic"} else Doing.MESSAGE
    day = make_day(Scenario.CALM, now=utc_now(), rate_per_second=5, platforms=[platform.name])
    delivery = next(platform.tell(happening) for happening in day if happening.kind is kind)
    assert delivery is not None

    (interaction,) = received(platform, signed(platform, delivery))

    assert interaction.verified is proof


@pytest.mark.parametrize("scenario", [Scenario.CALM, Scenario.CRISIS])
def test_nothing_in_a_day_is_unknown_or_mixed_up(scenario: Scenario) -> None:
    platforms = {platform.name: platform for platform in make_platforms(Surroundings())}
    day = make_day(scenario, now=utc_now(), rate_per_second=5, seed=3)

    for happening in islice(day, 3_000):
        platform = platforms[happening.platform]
        delivery = platform.tell(happening)
        assert (delivery is None) is (happening.kind in platform.unpushed)
        if delivery is None:
            continue
        (interaction,) = received(platform, signed(platform, delivery))

        assert interaction.platform == happening.platform
        assert interaction.occurred_at.timestamp() == pytest.approx(happening.at.timestamp(), abs=1)
        expected_text = "" if happening.kind in platform.told_by_id else happening.text
        assert (interaction.object.text or "") == expected_text
        expected = {Doing.EDIT: Action.UPDATED, Doing.REMOVAL: Action.DELETED}.get(happening.kind, Action.CREATED)
        assert interaction.action is expected


def test_an_answer_in_a_comment_thread_names_what_it_answers() -> None:
    first = FACEBOOK.comment("first")

    (interaction,) = received(FACEBOOK, signed(FACEBOOK, FACEBOOK.comment("second", parent_id=first.object_id)))

    assert interaction.target is not None
    assert interaction.target.parent_id == first.object_id


@pytest.mark.parametrize("make", [FACEBOOK.comment, MESSENGER.message], ids=["facebook", "messenger"])
def test_a_batch_tells_all_that_is_in_it(make: Callable[[str], Delivery]) -> None:
    platform = FACEBOOK if make == FACEBOOK.comment else MESSENGER
    parts = [make(f"number {number}") for number in range(5)]

    interactions = received(platform, signed(platform, platform.batch(parts)))

    assert [interaction.object.id for interaction in interactions] == [part.object_id for part in parts]


def test_one_person_has_one_id_on_a_platform_and_another_on_the_next() -> None:
    ids = {
        received(platform, signed(platform, delivery))[0].actor.id  # type: ignore[union-attr] # these name their author
        for platform, delivery in (
            (WECHAT, WECHAT.text("a", author=MIA)),
            (WECHAT, WECHAT.subscribe(author=MIA)),
            (WECHAT, WECHAT.text("b", author=XIAOYU)),
            (MESSENGER, MESSENGER.message("c", author=MIA)),
        )
    }

    assert len(ids) == 3
    assert all(len(one) == 28 for one in ids if one.startswith("o"))


def test_a_bridge_speaks_for_the_platform_it_was_built_for() -> None:
    (interaction,) = received(BRIDGE, signed(BRIDGE, BRIDGE.comment("种草了")))

    assert interaction.platform == "xiaohongshu"


@pytest.mark.parametrize("platform", EVERY, ids=lambda platform: f"{platform.name}-{id(platform) % 97}")
def test_the_credentials_are_what_the_product_asks_for(platform: Platform) -> None:
    CONNECTORS[platform.platform].check_credentials(credentials_of(platform))

    assert account_of(platform).external_id


@pytest.mark.parametrize("platform", [FACEBOOK, MESSENGER, WECHAT, PLAIN], ids=lambda platform: platform.name)
def test_the_handshake_is_answered_with_the_challenge(platform: Platform) -> None:
    question = platform.handshake()
    assert question is not None

    answer = CONNECTORS[platform.platform].handshake(as_received(question[0]), credentials_of(platform))

    assert answer is not None
    assert (answer.status, answer.body) == (200, question[1])


STRANGERS = (
    (FACEBOOK, FACEBOOK.comment("hi"), FacebookPage(MetaApp(app_secret="another"))),
    (WECHAT, WECHAT.text("hi"), WeChatAccount(WeChatApp(token="another"))),
    (GENERIC, GENERIC.comment("hi"), GenericSource(external_id="another")),
    (BY_KEY, BY_KEY.comment("hi"), GenericSource(name="another", scheme="v1a")),
)


@pytest.mark.parametrize(("platform", "delivery", "stranger"), STRANGERS)
def test_what_another_account_signed_is_refused(platform: Platform, delivery: Delivery, stranger: Platform) -> None:
    with pytest.raises(SignatureRefused):
        received(platform, signed(stranger, delivery))
