"""A Facebook page: comments, reactions, shares and mentions, told as `feed` and `mention` changes."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from starlette.requests import Request as Call

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, MIA, Person, Post
from simulator.platforms.meta import GraphRefusal, MetaPlatform, parameters_of

_NOT_THERE = "Unsupported post request. Object does not exist"


class FacebookPage(MetaPlatform):
    """The public side of a page."""

    platform = "facebook"
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
        self.comments[comment_id] = {"author": author.meta_id, "post": self.post_id(post)}
        value = self._comment("add", comment_id, text, author=author, post=post, parent_id=parent_id)
        return self._feed({**value, **({"photo": photo} if photo else {})}, comment_id, at)

    def comment_edited(
        self, comment_id: str, text: str, *, author: Person = MIA, post: Post = AUTUMN_POST, at: datetime | None = None
    ) -> Delivery:
        """The author changes a comment."""
        return self._feed(self._comment("edited", comment_id, text, author=author, post=post), comment_id, at)

    def comment_removed(
        self, comment_id: str, *, author: Person = MIA, post: Post = AUTUMN_POST, at: datetime | None = None
    ) -> Delivery:
        """The author takes a comment back."""
        self.comments.pop(comment_id, None)
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
        self.comments[post_id] = {"author": author.meta_id if author else "", "post": post_id}
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

    async def add_comment(self, call: Call) -> Mapping[str, str]:
        target, text = call.path_params["object_id"], _text_of(await parameters_of(call))
        known = self._known(target)
        post_id = known.get("post") or f"{self.app.page_id}_{target.split('_')[0]}"
        reply_id = f"{post_id.split('_')[-1]}_{self.world.number()}"
        self.take(reply_id, target=target, text=text, is_public=True)
        self.echo(self._own_comment(reply_id, text, post_id=post_id, parent_id=target))
        return {"id": reply_id}

    async def send_message(self, call: Call) -> Mapping[str, str]:
        parameters = await parameters_of(call)
        comment_id = str((parameters.get("recipient") or {}).get("comment_id", ""))
        text = _text_of({"message": (parameters.get("message") or {}).get("text")})
        person = self._known(comment_id).get("author") or "4000000000000000"
        mid = f"m_{self.world.number()}"
        self.take(mid, target=comment_id, text=text, is_public=False)
        self.echo(self.echo_of(mid, person=person, text=text))
        return {"recipient_id": person, "message_id": mid}

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

    def _known(self, object_id: str) -> Mapping[str, str]:
        found = self.comments.get(object_id)
        looks_right = object_id.replace("_", "").isdigit()
        if found is None and (self.world.strict or not looks_right):
            raise GraphRefusal(_NOT_THERE, code=100, subcode=33)
        return found or {}

    def _own_comment(self, comment_id: str, text: str, *, post_id: str, parent_id: str) -> Delivery:
        value = {
            "item": "comment",
            "verb": "add",
            "comment_id": comment_id,
            "post_id": post_id,
            "parent_id": parent_id,
            "from": {"id": self.app.page_id, "name": "Tanghulu Tea 糖葫芦茶"},
            "message": text,
        }
        return self._feed(value, comment_id, None)

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


def _text_of(parameters: Mapping[str, Any]) -> str:
    text = parameters.get("message")
    if not isinstance(text, str) or not text:
        raise GraphRefusal("Param message must be non-empty", code=100)
    return text
