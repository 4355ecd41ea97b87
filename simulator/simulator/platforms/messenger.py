"""A page's Messenger inbox: private messages, told as `messaging` elements."""

from datetime import datetime
from types import MappingProxyType

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import MIA, Person
from simulator.platforms.facebook_fields import PAGE_FIELDS
from simulator.platforms.meta_inbox import MetaInbox


class MessengerInbox(MetaInbox):
    """The private side of a page."""

    platform = "messenger"
    product = "page"
    subscribable = PAGE_FIELDS
    habits = MappingProxyType({Kind.MESSAGE: 92, Kind.REACTION: 5, Kind.EDIT: 3})
    chinese_share = 0.35

    def reaction(
        self, mid: str, *, author: Person = MIA, at: datetime | None = None, is_removed: bool = False
    ) -> Delivery:
        """Somebody puts a heart on a message, or takes it away."""
        return self.message_reaction(mid, author=author, at=at, is_removed=is_removed)

    def tell(self, happening: Happening) -> Delivery | None:
        return self.tell_message(happening)
