"""An Instagram account of a business: comments, mentions by id alone, and private messages."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, MIA, Person, Post
from simulator.platforms.instagram_graph import FIELDS, OWN_NAME, InstagramGraph, Mentioned
from simulator.platforms.meta import MetaApp
from simulator.platforms.meta_memory import Group, Item
from simulator.platforms.platform import Surroundings

ACCOUNT_ID = "17841405309211844"

# A post is older than what is said under it.
_POSTED_BEFORE = timedelta(hours=6)


class InstagramAccount(InstagramGraph):
    """One account. Instagram tells of no edits, removals or likes of comments, and not when one was written."""

    platform = "instagram"
    product = "instagram"
    subscribable = FIELDS
    message_prefix = "aWdfZAG1faXRlbToxOk"
    outside_subcode = 2534022
    habits = MappingProxyType({Kind.COMMENT: 55, Kind.MESSAGE: 38, Kind.MENTION: 7})
    told_by_id = frozenset({Kind.MENTION})
    chinese_share = 0.25

    def __init__(
        self, app: MetaApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        super().__init__(app or MetaApp(page_id=ACCOUNT_ID), name=name, surroundings=surroundings)

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        parent_id: str | None = None,
        at: datetime | None = None,
        number: int | None = None,
        is_live: bool = False,
    ) -> Delivery:
        """Somebody comments on a post or a broadcast, or answers the comment `parent_id`."""
        comment_id, moment = self.comment_id(number or self.world.number()), at or self.world.now()
        group = self._group_of(post, moment)
        author_named = {"id": author.meta_id, "username": author.name}
        fields: dict[str, Any] = {"from": author_named, "text": text}
        if parent_id is not None:
            fields["parent_id"] = parent_id
        item = Item(id=comment_id, group_id=group.id, at=moment, fields=fields, author_id=author.meta_id)
        self.media.put(group, item)
        media = {"id": group.id, "media_product_type": "LIVE" if is_live else "FEED"}
        value = {"id": comment_id, **fields, "media": media}
        return self.told("live_comments" if is_live else "comments", value, comment_id, at=moment)

    def mention(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody names the account in a comment elsewhere. Only the ids are told: the rest is there to be asked."""
        comment_id = self.comment_id(number or self.world.number())
        media_id = self.media_id(Post(number=self.world.number() % 10**9, title=""))
        moment = at or self.world.now()
        self.remember_mention(Mentioned(comment_id=comment_id, media_id=media_id, text=text, by=author.name, at=moment))
        return self.told("mentions", {"media_id": media_id, "comment_id": comment_id}, comment_id, at=moment)

    def reaction(
        self, mid: str, *, author: Person = MIA, at: datetime | None = None, is_removed: bool = False
    ) -> Delivery:
        """Somebody puts a heart on a message, or takes it away."""
        return self.message_reaction(mid, author=author, at=at, is_removed=is_removed)

    def own_comment(self, comment_id: str, text: str, *, media_id: str, parent_id: str | None) -> Delivery:
        author = {"id": self.app.page_id, "username": OWN_NAME}
        value = {"id": comment_id, "from": author, "text": text, "media": {"id": media_id}}
        return self.told("comments", value | ({"parent_id": parent_id} if parent_id else {}), comment_id)

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number = happening.person, happening.at, happening.number
        match happening.kind:
            case Kind.COMMENT:
                parent = None if happening.parent_number is None else self.comment_id(happening.parent_number)
                return self.comment(
                    happening.text, author=person, post=happening.post, parent_id=parent, at=at, number=number
                )
            case Kind.MENTION:
                return self.mention(happening.text, author=person, at=at, number=number)
            case Kind.MESSAGE:
                return self.tell_message(happening)
        return None

    def media_id(self, post: Post) -> str:
        """A post's id."""
        return f"179{post.number}"

    def comment_id(self, number: int) -> str:
        """A comment's id."""
        return f"180{number}"

    def told(self, field: str, value: Mapping[str, Any], object_id: str, *, at: datetime | None = None) -> Delivery:
        """A delivery of one change; its time is all that says when it happened."""
        return self.entry({"changes": [{"field": field, "value": value}]}, object_id, at=at)

    def _group_of(self, post: Post, at: datetime) -> Group:
        return self.media.group(self.media_id(post), at=at - _POSTED_BEFORE, title=post.title)
