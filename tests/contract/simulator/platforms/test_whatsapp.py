"""The played WhatsApp number and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.meta_usage import Usage
from ingest.clients.connectors.whatsapp import WhatsAppConnector
from simulator.facade import Simulator
from simulator.people import MIA, Person
from simulator.platforms.platform import utc_now
from simulator.platforms.whatsapp import WhatsAppNumber
from tests.contract.connectors.sending.speaking import PICTURE, TEXT, a_reply, to_be_done
from tests.contract.simulator.platforms.answering import all_heard, target_of
from tests.contract.simulator.product import Product, account_of, credentials_of

WHATSAPP = WhatsAppConnector(Usage())
HIDDEN = Person(number=7, name="velvet_plum", language="en")


@pytest.fixture
def number(sim: Simulator) -> WhatsAppNumber:
    return sim.first(WhatsAppNumber)


@pytest.fixture
async def access(sim: Simulator, number: WhatsAppNumber) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    credentials = {**credentials_of(number), "waba_id": ("102290129340398",)}
    yield Access(account=account_of(number), credentials=credentials, client=client, api_base=sim.api_base(number.name))
    await client.close()


def test_each_thing_told_is_understood(number: WhatsAppNumber) -> None:
    said = number.message("hello").object_id
    told = [
        (number.message("hello"), Kind.MESSAGE, Action.CREATED, Direction.INBOUND),
        (number.message("look", image="https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED, Direction.INBOUND),
        (number.message("yes", reply_to=said), Kind.MESSAGE, Action.CREATED, Direction.INBOUND),
        (number.message_edited(said, "hello!"), Kind.MESSAGE, Action.UPDATED, Direction.INBOUND),
        (number.message_deleted(said), Kind.MESSAGE, Action.DELETED, Direction.INBOUND),
        (number.reaction(said), Kind.REACTION, Action.CREATED, Direction.INBOUND),
        (number.reaction(said, is_removed=True), Kind.REACTION, Action.REMOVED, Direction.INBOUND),
        (number.sent_from_phone("from the shop"), Kind.MESSAGE, Action.CREATED, Direction.OUTBOUND),
        (number.status(said, "read", to={"recipient_id": MIA.phone}), Kind.RECEIPT, Action.READ, Direction.INBOUND),
    ]

    for delivery, kind, action, direction in told:
        (interaction,) = all_heard(number, delivery)
        assert (interaction.kind, interaction.action, interaction.direction) == (kind, action, direction)
        assert interaction.verified is Proof.HMAC
        assert interaction.account.external_id == number.external_id


@pytest.mark.parametrize("person", [MIA, HIDDEN], ids=["by-number", "by-id"])
async def test_a_message_is_answered_and_what_became_of_it_is_told(
    sim: Simulator, product: Product, number: WhatsAppNumber, access: Access, person: Person
) -> None:
    (asked,) = all_heard(number, number.message("hi", author=person))

    sent = await WHATSAPP.send(a_reply(target_of(asked)), access=access)
    await sim.echoes_delivered()

    (reply,) = sim.received_replies("whatsapp")
    assert (reply.id, reply.text, reply.key) == (sent.object_id, TEXT, "reply-1")
    assert reply.target == (number.user_id(person) if person is HIDDEN else person.phone)
    assert {receipt.raw_kind for receipt in product.interactions} == {"statuses.sent", "statuses.delivered"}
    assert {receipt.extensions["mids"][0] for receipt in product.interactions} == {sent.object_id}


def test_somebody_is_the_same_with_and_without_a_number(number: WhatsAppNumber) -> None:
    (with_number, echoed) = all_heard(
        number, number.message("hi", author=MIA), number.sent_from_phone("yes", person=MIA)
    )

    assert with_number.counterpart_id == echoed.counterpart_id == number.user_id(MIA)


async def test_after_a_day_only_a_template_would_be_taken(
    sim: Simulator, number: WhatsAppNumber, access: Access
) -> None:
    (asked,) = all_heard(number, number.message("hi", at=utc_now() - timedelta(hours=25)))

    with pytest.raises(CallRefused) as refusal:
        await WHATSAPP.send(a_reply(target_of(asked)), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED
    assert asked.reply.window_expires_at is not None
    assert asked.reply.window_expires_at < utc_now()
    assert not sim.received_replies()


async def test_a_picture_carries_the_text(sim: Simulator, number: WhatsAppNumber, access: Access) -> None:
    (asked,) = all_heard(number, number.message("a menu?"))

    await WHATSAPP.send(a_reply(target_of(asked), attachments=(PICTURE,)), access=access)

    assert [reply.text for reply in sim.received_replies()] == [TEXT]


async def test_a_thumb_is_no_reply(sim: Simulator, number: WhatsAppNumber, access: Access) -> None:
    (asked,) = all_heard(number, number.message("thanks"))

    await WHATSAPP.moderate(to_be_done(ModerationKind.LIKE, target_of(asked)), access=access)

    assert not sim.received_replies()
    assert not number.ledger.refusals


async def test_a_stranger_cannot_be_written_to(number: WhatsAppNumber, access: Access) -> None:
    (asked,) = all_heard(number, number.message("hi"))
    number.last_heard.clear()

    with pytest.raises(CallRefused, match="131026"):
        await WHATSAPP.send(a_reply(target_of(asked)), access=access)


async def test_a_number_delivers_where_it_was_told_to(number: WhatsAppNumber, access: Access) -> None:
    before = await WHATSAPP.look_up_subscription("https://hooks.example/w", access=access)
    after = await WHATSAPP.subscribe("https://hooks.example/w", access=access)

    assert (before.state, after.state) == (SubscriptionState.INACTIVE, SubscriptionState.ACTIVE)
    assert number.hook == "https://hooks.example/w"
