"""An account on X: what people do there, told by the X Activity API."""

from datetime import datetime
from types import MappingProxyType
from typing import Any

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, MIA, Person, Post
from simulator.platforms import x_words
from simulator.platforms.x_platform import XPlatform


class XAccount(XPlatform):
    """A brand's account."""

    platform = "x"
    # Of follows X Activity tells no time and of others' deletions nothing, so neither makes a day.
    habits = MappingProxyType({Kind.COMMENT: 52, Kind.MENTION: 24, Kind.MESSAGE: 12, Kind.REACTION: 8, Kind.SHARE: 4})
    chinese_share = 0.2

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody answers a post of the brand."""
        answered = x_words.post_id(post.number)
        return self._said(
            "post.reply.create",
            text,
            author=author,
            at=at,
            number=number,
            root_id=answered,
            refers={"replied_to": answered},
            answered_user_id=self.app.user_id,
        )

    def mention(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody names the brand in a post of their own."""
        named = [x_words.brand_mention(self.app.user_id)]
        return self._said("post.mention.create", text, author=author, at=at, number=number, mentions=named)

    def quote(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody passes a post on with words of their own."""
        quoted = {"quoted": x_words.post_id(post.number)}
        return self._said("post.quote.create", text, author=author, at=at, number=number, refers=quoted)

    def edited(self, first: Delivery, text: str, *, author: Person = MIA) -> Delivery:
        """The author changes a comment or mention: a new post, which knows what it was before."""
        before = self.posts.find(first.object_id) or {}
        name = x_words.post_id(self.world.number())
        changed = {**before, "id": name, "text": text, "edit_history_tweet_ids": [first.object_id, name]}
        self.posts.forget(first.object_id)
        return self._tell_post("post.reply.create", changed, author)

    def message(
        self, text: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody writes to the brand in private."""
        self.people.keep(x_words.person_id(author), x_words.user(author))
        return self.tell_message(
            "dm.received",
            text,
            sender_id=x_words.person_id(author),
            recipient_id=self.app.user_id,
            at=at or self.world.now(),
            number=number,
        )

    def encrypted(self, *, author: Person = MIA) -> Delivery:
        """Somebody writes what only the two ends can read."""
        sender, name = x_words.person_id(author), f"chat-{self.world.number():x}"
        payload = {
            "id": name,
            "created_at_msec": str(int(self.world.now().timestamp() * 1000)),
            "sender_id": sender,
            "conversation_id": f"{sender}:{self.app.user_id}",
            "encoded_event": "CwABAAAAEzE5NzAwMDAwMDAwMDAwMDAwMzA",
        }
        return self.delivery("chat.received", payload, name)

    def like(
        self,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody likes a post of the brand. X shows the author of the post and not who likes it."""
        name = f"{number or self.world.number():032x}"
        moment = at or self.world.now()
        payload = {
            "id": name,
            "created_at": x_words.stamp(moment),
            "timestamp_ms": str(int(moment.timestamp() * 1000)),
            "liked_tweet_id": x_words.post_id(post.number),
            "liked_tweet_author_id": self.app.user_id,
        }
        shown = {"users": [x_words.brand(self.app.user_id)]}
        return self.delivery("like.create", payload, name, includes=shown)

    def follow(self, *, author: Person = MIA, is_removed: bool = False) -> Delivery:
        """Somebody follows the brand, or no longer does."""
        ends = {"source": {"data": x_words.user(author)}, "target": {"data": x_words.brand(self.app.user_id)}}
        return self.delivery("follow.unfollow" if is_removed else "follow.follow", ends, x_words.person_id(author))

    def revoked(self) -> Delivery:
        """The account's owner takes the permission back."""
        payload = {"date_time": self.world.now().isoformat(timespec="seconds"), "user_id": self.app.user_id}
        return self.delivery("oauth.revoke", payload, self.app.user_id)

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number, text = happening.person, happening.at, happening.number, happening.text
        match happening.kind:
            case Kind.COMMENT:
                return self.comment(text, author=person, post=happening.post, at=at, number=number)
            case Kind.MENTION:
                return self.mention(text, author=person, at=at, number=number)
            case Kind.SHARE:
                return self.quote(text, author=person, post=happening.post, at=at, number=number)
            case Kind.MESSAGE:
                return self.message(text, author=person, at=at, number=number)
            case Kind.REACTION:
                return self.like(author=person, post=happening.post, at=at, number=number)
        return self.follow(author=person) if happening.kind is Kind.FOLLOW else None

    def _said(
        self, kind: str, text: str, *, author: Person, at: datetime | None, number: int | None, **more: Any
    ) -> Delivery:
        name, author_id = x_words.post_id(number or self.world.number()), x_words.person_id(author)
        post = x_words.post(name, text, author_id=author_id, at=at or self.world.now(), **more)
        return self._tell_post(kind, post, author)

    def _tell_post(self, kind: str, post: dict[str, Any], author: Person) -> Delivery:
        self.posts.keep(post["id"], post)
        self.people.keep(post["author_id"], x_words.user(author))
        versions = post["edit_history_tweet_ids"]
        return self.delivery(kind, post, versions[0], includes={"users": [x_words.user(author)]})
