"""What the product heard of a platform, and its answer to it: made of the interaction alone, as the inbox does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from huiying.events.interactions import Interaction
from huiying.events.replies import ReplyTarget
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import Lists
from ingest.clients.connectors.connector import Access, OutgoingReply
from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.platforms.platform import Platform, utc_now
from tests.contract.connectors.sending.speaking import a_reply
from tests.contract.simulator.product import account_of, credentials_of, received
from tests.contract.simulator.test_meeting_the_connectors import signed


class Clock:
    """A time that passes when it is told to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def access_of(sim: Simulator, platform: Platform, client: HTTPClient) -> Access:
    return Access(
        account=account_of(platform),
        credentials=credentials_of(platform),
        client=client,
        api_base=sim.api_base(platform.name),
    )


def heard(platform: Platform, delivery: Delivery) -> Interaction:
    (interaction,) = received(platform, signed(platform, delivery))
    return interaction


def all_heard(platform: Platform, *deliveries: Delivery) -> list[Interaction]:
    """What the product makes of these."""
    return [interaction for delivery in deliveries for interaction in received(platform, signed(platform, delivery))]


def target_of(interaction: Interaction) -> ReplyTarget:
    where = interaction.target
    return ReplyTarget(
        interaction_id=interaction.id,
        kind=interaction.kind,
        object_id=interaction.object.id,
        post_id=where.post_id if where else None,
        conversation_id=where.conversation_id if where else None,
        counterpart_id=interaction.counterpart_id,
        handle=interaction.reply.handle,
    )


def answer_to(interaction: Interaction, *, reply_id: str = "reply-1") -> OutgoingReply:
    return a_reply(target_of(interaction), reply_id=reply_id)


async def listed(
    connector: Lists,
    feed: str,
    *,
    access: Access,
    since: datetime | None = None,
    now: datetime | None = None,
    at_most: int = 50,
) -> list[Interaction]:
    """All pages of a feed, of the last day unless `since` says otherwise."""
    at, found, cursor = now or utc_now(), list[Interaction](), None
    for _ in range(at_most):
        page = await connector.list_feed(
            feed, since=since or at - timedelta(days=1), cursor=cursor, access=access, now=at
        )
        found += page.interactions
        cursor = page.cursor
        if not page.has_more:
            return found
    raise AssertionError(f"{feed} has no end")


def ids_of(interactions: Sequence[Interaction]) -> set[str]:
    return {interaction.id for interaction in interactions}
