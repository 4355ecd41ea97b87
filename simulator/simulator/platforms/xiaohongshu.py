"""A partner of Xiaohongshu, whose bridge tells what happens on its notes and in its live rooms as a generic source.

Xiaohongshu has no public interface of that kind; its partners have one, under contract. To the product the account is
`generic`, and what the bridge tells of is `xiaohongshu`'s.
"""

from datetime import datetime
from types import MappingProxyType
from typing import Any

from simulator.delivery import Delivery
from simulator.happening import Kind
from simulator.people import XIAOYU, Person
from simulator.platforms.generic import GenericSource, object_id
from simulator.platforms.platform import Surroundings

ROOM = "live-570214"


class XiaohongshuBridge(GenericSource):
    """A bridge for one Xiaohongshu account."""

    # A comment there is never changed, only deleted.
    habits = MappingProxyType(
        {Kind.COMMENT: 60, Kind.MESSAGE: 16, Kind.MENTION: 14, Kind.REACTION: 6, Kind.FOLLOW: 4},
    )
    chinese_share = 0.98

    def __init__(
        self,
        *,
        external_id: str = "tanghulu-tea-xhs",
        name: str = "xiaohongshu",
        surroundings: Surroundings | None = None,
    ) -> None:
        super().__init__(external_id=external_id, name=name, origin="xiaohongshu", surroundings=surroundings)

    def live_comment(
        self, text: str, *, author: Person = XIAOYU, room: str = ROOM, at: datetime | None = None
    ) -> Delivery:
        """A viewer says something in a live room, which is both the post and the conversation."""
        data: dict[str, Any] = {
            "id": object_id("comment", self.world.number()),
            "text": text,
            "author": {"id": author.generic_id, "name": author.name},
            "post": {"id": room, "title": "直播间"},
            "conversation_id": room,
        }
        return self.say("comment.created", data, at=at)
