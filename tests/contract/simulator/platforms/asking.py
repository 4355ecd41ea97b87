"""What a test asks a played platform, by the product's connector and over a real socket."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from huiying.events.interactions import Interaction
from huiying.events.replies import ReplyTarget
from ingest.clients.connectors.abilities import Lists
from ingest.clients.connectors.connector import Access
from simulator.delivery import Delivery
from simulator.platforms.platform import Platform, utc_now
from tests.contract.simulator.product import received
from tests.contract.simulator.test_meeting_the_connectors import signed


def heard(platform: Platform, *deliveries: Delivery) -> list[Interaction]:
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


async def listed(
    connector: Lists, feed: str, *, access: Access, since: datetime | None = None, at_most: int = 50
) -> Sequence[Interaction]:
    """All pages of a feed, from the newest back."""
    found: list[Interaction] = []
    cursor = None
    for _ in range(at_most):
        page = await connector.list_feed(
            feed, since=since or utc_now() - timedelta(days=1), cursor=cursor, access=access, now=utc_now()
        )
        found += page.interactions
        cursor = page.cursor
        if not page.has_more:
            return found
    raise AssertionError(f"{feed} has no end")
