"""A business account on TikTok: what people do there."""

from datetime import datetime
from types import MappingProxyType
from typing import Any

from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, MIA, Person, Post
from simulator.platforms import tiktok_words
from simulator.platforms.tiktok_desk import Talk
from simulator.platforms.tiktok_platform import TikTokPlatform


class TikTokAccount(TikTokPlatform):
    """A brand's account."""

    platform = "tiktok"
    habits = MappingProxyType({Kind.COMMENT: 70, Kind.MESSAGE: 18, Kind.MENTION: 6, Kind.REMOVAL: 6})
    chinese_share = 0.15

    def comment(
        self,
        text: str,
        *,
        author: Person = MIA,
        post: Post = AUTUMN_POST,
        parent: int | None = None,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody comments on a video, or answers the comment of that number."""
        moment, name = at or self.world.now(), number or self.world.number()
        comment = tiktok_words.comment(
            name,
            text,
            post=self.remember_video(post.number, post.title),
            at=moment,
            author=tiktok_words.unique_identifier(author),
            handle=author.name,
            name=author.name,
            parent=parent,
        )
        self.comments.keep(str(name), comment)
        return self.notice("comment.update", tiktok_words.comment_told(comment, "insert", at=moment), str(name))

    def comment_removed(
        self, number: int, *, author: Person = MIA, post: Post = AUTUMN_POST, at: datetime | None = None
    ) -> Delivery:
        """The author takes a comment back."""
        comment = self.comments.forget(str(number)) or {
            "comment_id": str(number),
            "video_id": str(self.remember_video(post.number, post.title)),
            "unique_identifier": tiktok_words.unique_identifier(author),
        }
        told = tiktok_words.comment_told(comment, "delete", at=at or self.world.now())
        return self.notice("comment.update", told, str(number))

    def mention(
        self, caption: str, *, author: Person = MIA, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody names the brand under a video of their own."""
        video = str(tiktok_words.video_id(number or self.world.number()))
        content = {
            "type_of_event": "CREATE",
            "mention_type": "VIDEO_MENTION",
            "video_id": video,
            "video_create_time": int((at or self.world.now()).timestamp()),
            "open_id_of_mentioned_user": self.app.business_id,
            "unique_name_of_mentioned_user": tiktok_words.BRAND_HANDLE,
            "unique_identifier": tiktok_words.unique_identifier(author),
            "share_url": f"https://videos.example/{video}",
            "video_caption": caption,
            "comment_id": "0",
        }
        return self.notice("brand.mention.event", content, video)

    def message(
        self,
        text: str,
        *,
        author: Person = MIA,
        at: datetime | None = None,
        number: int | None = None,
        image: str | None = None,
    ) -> Delivery:
        """Somebody writes to the brand."""
        message = self._said(author, text, at=at, number=number, image=image)
        return self.notice("im_receive_msg", message, message["message_id"])

    def message_from_europe(self, text: str, *, author: Person = MIA) -> Delivery:
        """The same from where TikTok tells nobody what was said; only the list has it."""
        message = self._said(author, text, at=None, number=None, image=None)
        content = {name: message[name] for name in ("to", "to_user", "timestamp")}
        return self.notice("im_receive_msg_eu", content, message["message_id"])

    def read(self, *, author: Person = MIA) -> Delivery:
        """Somebody has read everything up to now."""
        message = self._worded(author, f"read-{self.world.number():x}", {}, kind="read", at=self.world.now())
        until = {"read": {"last_read_timestamp": message["timestamp"]}}
        return self.notice("im_mark_read_msg", {**message, **until}, message["conversation_id"])

    def revoked(self) -> Delivery:
        """The account's owner takes the permission back."""
        return self.notice("authorization.removed", {"reason": 1}, self.app.business_id)

    def tell(self, happening: Happening) -> Delivery | None:
        person, post, at, number, text = (
            happening.person,
            happening.post,
            happening.at,
            happening.number,
            happening.text,
        )
        match happening.kind:
            case Kind.COMMENT:
                parent = happening.parent_number
                return self.comment(text, author=person, post=post, parent=parent, at=at, number=number)
            case Kind.REMOVAL:
                return self.comment_removed(number, author=person, post=post, at=at)
            case Kind.MENTION:
                return self.mention(text, author=person, at=at, number=number)
            case Kind.MESSAGE:
                return self.message(text, author=person, at=at, number=number, image=happening.picture)
        return None

    def conversation_id(self, person: Person) -> str:
        """The conversation with that person."""
        return f"AQ+{person.number}/conversation=="

    def _said(
        self, author: Person, text: str, *, at: datetime | None, number: int | None, image: str | None
    ) -> dict[str, Any]:
        moment = at or self.world.now()
        # A picture is a message of its own, named by an id that only TikTok can follow.
        part = {"text": {"body": text}} if text else {"image": {"media_id": image or "media-1"}}
        name, kind = f"msg-{number or self.world.number():x}", "text" if text else "image"
        message = self._worded(author, name, part, kind=kind, at=moment)
        conversation = self.conversation_id(author)
        talk = self.talks.find(conversation) or Talk(person_id=tiktok_words.open_id(author), heard_at=moment)
        talk.hear(moment)
        talk.messages = [*talk.messages, message][-50:]
        self.talks.keep(conversation, talk)
        return message

    def _worded(self, author: Person, name: str, part: dict[str, Any], *, kind: str, at: datetime) -> dict[str, Any]:
        return tiktok_words.message(
            name,
            part,
            kind=kind,
            conversation_id=self.conversation_id(author),
            person=(tiktok_words.open_id(author), author.name),
            business_id=self.app.business_id,
            at=at,
            is_ours=False,
        )
