"""What the product heard of a platform, and its answer to it: made of the interaction alone, as the inbox does."""

from collections.abc import Sequence
from datetime import datetime

from huiying.events.interactions import Interaction
from huiying.events.replies import ReplyTarget
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import Listed, Lists
from ingest.clients.connectors.connector import Access, OutgoingReply
from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.platforms.platform import Platform
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


async def everything(
    connector: Lists, feed: str, *, since: datetime, access: Access, now: datetime
) -> list[Interaction]:
    """All pages of a feed."""
    found: list[Interaction] = []
    cursor: str | None = None
    while True:
        page: Listed = await connector.list_feed(feed, since=since, cursor=cursor, access=access, now=now)
        found.extend(page.interactions)
        if not page.has_more:
            return found
        cursor = page.cursor


def ids_of(interactions: Sequence[Interaction]) -> set[str]:
    return {interaction.id for interaction in interactions}
