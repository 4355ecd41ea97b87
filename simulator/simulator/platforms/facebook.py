"""A Facebook page: comments, reactions, shares and mentions, told as `feed` and `mention` changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, BRAND_NAME, MIA, Person, Post
from simulator.platforms.facebook_fields import PAGE_FIELDS
from simulator.platforms.facebook_graph import FacebookGraph
from simulator.platforms.meta_memory import Group

# A post is older than what is said under it.
_POSTED_BEFORE = timedelta(hours=6)


class FacebookPage(FacebookGraph):
    """The public side of a page."""

    platform = "facebook"
    product = "page"
    subscribable = PAGE_FIELDS
    habits = MappingProxyType(
        {Kind.COMMENT: 60, Kind.REACTION: 22, Kind.SHARE: 6, Kind.MENTION: 6, Kind.EDIT: 4, Kind.REMOVAL: 2}
    )
    chinese_share = 0.35

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        parent_id: str | None = None,
        at: datetime | None = None,
        number: int | None = None,
        photo: str | None = None,
    ) -> Delivery:
        """Somebody comments on a post, or answers the comment `parent_id`."""
        comment_id = self.comment_id(post, number or self.world.number())
        value = self._comment("add", comment_id, text, author=author, post=post, parent_id=parent_id)
        value |= {"photo": photo} if photo else {}
        moment = at or self.world.now()
        self.remember_comment(comment_id, value, group=self._group_of(post, moment), at=moment)
        return self._feed(value, comment_id, moment)

    def comment_edited(
        self, comment_id: str, text: str, *, author: Person = MIA, post: Post = AUTUMN_POST, at: datetime | None = None
    ) -> Delivery:
        """The author changes a comment."""
        known = self.posts.find(comment_id)
        if known is not None:
            known.fields["message"] = text
        return self._feed(self._comment("edited", comment_id, text, author=author, post=post), comment_id, at)

    def comment_removed(
        self, comment_id: str, *, author: Person = MIA, post: Post = AUTUMN_POST, at: datetime | None = None
    ) -> Delivery:
        """The author takes a comment back."""
        self.posts.drop(comment_id)
        value = self._comment("remove", comment_id, None, author=author, post=post)
        return self._feed(value, comment_id, at)

    def reaction(
        self,
        feeling: str = "love",
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        comment_id: str | None = None,
        at: datetime | None = None,
        is_removed: bool = False,
    ) -> Delivery:
        """Somebody likes, loves or hates a post or a comment, or no longer does."""
        if comment_id is None:
            self._group_of(post, at or self.world.now()).reactions += -1 if is_removed else 1
        value = {
            "item": "reaction",
            "verb": "remove" if is_removed else "add",
            "reaction_type": feeling,
            "post_id": self.post_id(post),
            "parent_id": self.post_id(post),
            "from": _author(author),
            **({"comment_id": comment_id} if comment_id else {}),
        }
        return self._feed(value, comment_id or self.post_id(post), at)

    def share(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody shares a post with words of their own."""
        self._group_of(post, at or self.world.now()).shares += 1
        share_id = str(number or self.world.number())
        value = {
            "item": "share",
            "verb": "add",
            "share_id": share_id,
            "post_id": f"{author.meta_id}_{share_id}",
            "link": f"https://social.example/{self.post_id(post)}",
            "message": text,
            "from": _author(author),
        }
        return self._feed(value, share_id, at)

    def mention(
        self,
        text: str,
        *,
        author: Person | None = MIA,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody names the page in a post of their own; Facebook mostly hides who, which is no author."""
        mention_number = number or self.world.number()
        post_id = f"{author.meta_id if author else 7}_{mention_number}"
        self.mentions[post_id] = author.meta_id if author else ""
        value = {"item": "post", "verb": "add", "post_id": post_id, "message": text}
        return self._change("mention", value | ({"from": _author(author)} if author else {}), post_id, at)

    def tell(self, happening: Happening) -> Delivery | None:
        person, post, at = happening.person, happening.post, happening.at
        comment_id = self.comment_id(post, happening.number)
        match happening.kind:
            case Kind.EDIT:
                return self.comment_edited(comment_id, happening.text, author=person, post=post, at=at)
            case Kind.REMOVAL:
                return self.comment_removed(comment_id, author=person, post=post, at=at)
            case Kind.MESSAGE | Kind.FOLLOW:
                return None
        return self._tell_new(happening)

    def post_id(self, post: Post) -> str:
        """A post's id."""
        return f"{self.app.page_id}_{post.number}"

    def comment_id(self, post: Post, number: int) -> str:
        """A comment's id."""
        return f"{post.number}_{number}"

    def _tell_new(self, happening: Happening) -> Delivery:
        person, post, at, text = happening.person, happening.post, happening.at, happening.text
        number, parent_number = happening.number, happening.parent_number
        parent = None if parent_number is None else self.comment_id(post, parent_number)
        match happening.kind:
            case Kind.REACTION:
                return self.reaction(happening.reaction or "like", author=person, post=post, comment_id=parent, at=at)
            case Kind.SHARE:
                return self.share(text, author=person, post=post, at=at, number=number)
            case Kind.MENTION:
                return self.mention(text, author=person, at=at, number=number)
        return self.comment(
            text, author=person, post=post, parent_id=parent, at=at, number=number, photo=happening.picture
        )

    def comment_hidden(self, comment_id: str, *, is_shown: bool = False) -> Delivery:
        verb = "unhide" if is_shown else "hide"
        known = self.posts.find(comment_id)
        post_id = known.group_id if known else f"{self.app.page_id}_{comment_id.split('_', maxsplit=1)[0]}"
        value = {"item": "comment", "verb": verb, "comment_id": comment_id, "post_id": post_id, "parent_id": post_id}
        author = known.fields["from"] if known else {"id": "4000000000000000"}
        return self._feed({**value, "from": author}, comment_id, None)

    def own_comment(self, comment_id: str, text: str, *, post_id: str, parent_id: str) -> Delivery:
        value = {
            "item": "comment",
            "verb": "add",
            "comment_id": comment_id,
            "post_id": post_id,
            "parent_id": parent_id,
            "from": {"id": self.app.page_id, "name": BRAND_NAME},
            "message": text,
        }
        return self._feed(value, comment_id, None)

    def _group_of(self, post: Post, at: datetime) -> Group:
        return self.posts.group(self.post_id(post), at=at - _POSTED_BEFORE, title=post.title)

    def _comment(
        self, verb: str, comment_id: str, text: str | None, *, author: Person, post: Post, parent_id: str | None = None
    ) -> dict[str, Any]:
        value = {
            "item": "comment",
            "verb": verb,
            "comment_id": comment_id,
            "post_id": self.post_id(post),
            "parent_id": parent_id or self.post_id(post),
            "from": _author(author),
            "post": {"permalink_url": f"https://social.example/{self.post_id(post)}", "status_type": "added_photos"},
        }
        return value if text is None else {**value, "message": text}

    def _feed(self, value: Mapping[str, Any], object_id: str, at: datetime | None) -> Delivery:
        return self._change("feed", value, object_id, at)

    def _change(self, field: str, value: Mapping[str, Any], object_id: str, at: datetime | None) -> Delivery:
        seconds = int((at or self.world.now()).timestamp())
        return self.entry({"changes": [{"field": field, "value": {**value, "created_time": seconds}}]}, object_id)


def _author(person: Person) -> dict[str, str]:
    return {"id": person.meta_id, "name": person.name}
