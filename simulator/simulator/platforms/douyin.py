"""A Douyin account: events signed by a hash, a live room signed by another, and an API that says no with HTTP 200."""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, BRAND_NAME, XIAOYU, Person, Post
from simulator.platforms.douyin_api import BUSY, TOO_MANY, DouyinAPI, refused
from simulator.platforms.douyin_memory import Comment, Conversations, DouyinApp, DouyinRefusal, Tokens, Videos
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.signing import douyin_live_signature, douyin_signature

_JSON = "application/json"
_LIVE = "live_"
AFTER_MESSAGE = (timedelta(hours=24), 6)
AFTER_ENTERING = (timedelta(seconds=30), 3)


class DouyinAccount(Platform):
    """An account whose owner has connected an application with it."""

    platform = "douyin"
    habits = MappingProxyType({Kind.COMMENT: 58, Kind.MESSAGE: 24, Kind.REACTION: 10, Kind.FOLLOW: 8})
    chinese_share = 0.97
    # After five seconds of silence it tries again, three times.
    retries = Retries(pauses_seconds=(1, 5, 30), timeout_seconds=5)

    def __init__(
        self, app: DouyinApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or DouyinApp()
        super().__init__(external_id=self.app.open_id, name=name, surroundings=surroundings)
        self.tokens, self.videos = Tokens(self.world), Videos()
        self.conversations = Conversations(self.world)
        self.api = DouyinAPI(
            open_id=self.app.open_id,
            tokens=self.tokens,
            videos=self.videos,
            conversations=self.conversations,
            ledger=self.ledger,
            send=self._say,
            comment=self._answer,
        )

    def credentials(self) -> dict[str, str]:
        return {
            "client_key": self.app.client_key,
            "client_secret": self.app.client_secret,
            "access_token": self.tokens.access,
            "refresh_token": self.tokens.refresh,
            "live_secret": self.app.live_secret,
        }

    def handshake(self) -> tuple[Request, bytes]:
        challenge = self.world.chance.randint(10_000, 99_999)
        content = {"challenge": challenge}
        body = _written({"event": "verify_webhook", "client_key": self.app.client_key, "content": content})
        return self._signed(body, {}), _written(content)

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        if not delivery.id.startswith(_LIVE):
            return self._signed(delivery.content, {"msg-id": delivery.id})
        headers = {
            "x-msg-type": delivery.id.partition(":")[0],
            "x-nonce-str": f"{self.world.chance.getrandbits(64):016x}",
            "x-roomid": self.app.room_id,
            "x-timestamp": str(int(at.timestamp() * 1000)),
        }
        signature = douyin_live_signature(headers, delivery.content, secret=self.app.live_secret)
        return Request(headers={**headers, "x-signature": signature, "content-type": _JSON}, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200

    def open_id(self, person: Person) -> str:
        """A person's id as this application sees it."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.app.client_key}/{person.number}"))

    def message(
        self,
        text: str,
        *,
        author: Person = XIAOYU,
        at: datetime | None = None,
        number: int | None = None,
        sort: str = "text",
    ) -> Delivery:
        """Somebody writes to the account."""
        moment, message_id = at or self.world.now(), _id("msg", number or self.world.number())
        self.conversations.open(message_id, open_id=self.open_id(author), at=moment, allowance=AFTER_MESSAGE)
        content = self._message(message_id, author, moment, {"message_type": sort, **({"text": text} if text else {})})
        return self._event("im_receive_msg", content, message_id, author=author)

    def recalled(self, message_id: str, *, author: Person = XIAOYU) -> Delivery:
        """Somebody takes back what they wrote."""
        content = _written({"server_message_id": message_id}).decode()
        return self._event("im_recall_msg", content, message_id, author=author)

    def entered(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody opens the conversation, which may be answered for half a minute."""
        moment, message_id = at or self.world.now(), _id("enter", self.world.number())
        self.conversations.open(message_id, open_id=self.open_id(author), at=moment, allowance=AFTER_ENTERING)
        content = _written(self._message(message_id, author, moment, {"scene_type": 2})).decode()
        return self._event("im_enter_direct_msg", content, message_id, author=author)

    def comment(
        self,
        text: str,
        *,
        author: Person = XIAOYU,
        post: Post = AUTUMN_POST,
        parent_id: str | None = None,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Delivery:
        """Somebody comments on a video, or answers a comment there."""
        moment, comment_id = at or self.world.now(), _id("comment", number or self.world.number())
        item_id = _id("item", post.number)
        self.videos.show(item_id, post, at=moment)
        comment = Comment(
            id=comment_id,
            item_id=item_id,
            parent_id=parent_id,
            author_id=self.open_id(author),
            name=author.name,
            text=text,
            at=moment,
        )
        self.videos.add(comment)
        content = {
            "comment_id": comment_id,
            "comment_user_id": comment.author_id,
            "content": text,
            "create_time": int(moment.timestamp()),
            "digg_count": 0,
            "reply_comment_total": 0,
            "reply_to_item_id": item_id,
            "reply_to_comment_id": parent_id or "",
        }
        return self._event("item_comment_reply", content, comment_id, author=author)

    def follow(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody follows the account."""
        seconds = int((at or self.world.now()).timestamp())
        content = _written({"action_type": 1, "action_time": seconds}).decode()
        return self._event("new_follow_action", content, self.open_id(author), author=author)

    def like(self, *, author: Person = XIAOYU, post: Post = AUTUMN_POST, at: datetime | None = None) -> Delivery:
        """Somebody likes a video."""
        moment, item_id = at or self.world.now(), _id("item", post.number)
        self.videos.show(item_id, post, at=moment)
        self.videos.likes[item_id] = self.videos.likes.get(item_id, 0) + 1
        content = {"action_type": 1, "action_time": int(moment.timestamp()), "item_id": item_id}
        return self._event("new_video_digg", content, item_id, author=author)

    def live_comment(self, text: str, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody says something in the live room."""
        return self._live("live_comment", {"content": text}, author, at)

    def live_like(self, count: int = 1, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody taps on the live picture."""
        return self._live("live_like", {"like_num": count}, author, at)

    def live_gift(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody gives something in the live room."""
        return self._live("live_gift", {"sec_gift_id": "gift-1", "gift_num": 1, "gift_value": 10}, author, at)

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number, parent = happening.person, happening.at, happening.number, happening.parent_number
        match happening.kind:
            case Kind.MESSAGE:
                # A picture comes without its address and without words: it is seen on Douyin.
                sort = "image" if happening.picture and not happening.text else "text"
                return self.message(happening.text, author=person, at=at, number=number, sort=sort)
            case Kind.COMMENT:
                parent_id = None if parent is None else _id("comment", parent)
                return self.comment(
                    happening.text, author=person, post=happening.post, parent_id=parent_id, at=at, number=number
                )
            case Kind.REACTION:
                return self.like(author=person, post=happening.post, at=at)
            case Kind.FOLLOW:
                return self.follow(author=person, at=at)
        return None

    def routes(self) -> Sequence[Route]:
        return self.api.routes()

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = refused(DouyinRefusal(TOO_MANY, "请求过于频繁"))
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return refused(DouyinRefusal(BUSY, "系统繁忙，此时请开发者稍候再试"))

    def _say(self, person: str, text: str) -> str:
        message_id = _id("msg", self.world.number())
        self.take(message_id, target=person, text=text, is_public=False)
        part = {"message_type": "text", "text": text, "source": self.app.client_key}
        content = self._message(message_id, None, self.world.now(), part)
        event = self._envelope("im_send_msg", content, sender=self.app.open_id, recipient=person)
        self.echo(self._delivery(event, message_id))
        return message_id

    def _answer(self, item_id: str, comment_id: str, text: str) -> str:
        if self.world.strict and comment_id not in self.videos.comments:
            raise DouyinRefusal(2100005, "comment_id is not valid")
        answer_id = _id("comment", self.world.number())
        answer = Comment(
            id=answer_id,
            item_id=item_id,
            parent_id=comment_id,
            author_id=self.app.open_id,
            name=BRAND_NAME,
            text=text,
            at=self.world.now(),
        )
        # Nobody is told of it, but it stands in the list.
        self.videos.add(answer)
        self.take(answer_id, target=comment_id, text=text, is_public=True)
        return answer_id

    def _message(
        self, message_id: str, author: Person | None, moment: datetime, part: Mapping[str, Any]
    ) -> dict[str, Any]:
        people = [{"open_id": self.app.open_id, "nick_name": BRAND_NAME, "avatar": ""}]
        if author is not None:
            people.insert(0, {"open_id": self.open_id(author), "nick_name": author.name, "avatar": ""})
        return {
            "conversation_short_id": _id("conversation", author.number if author else 0),
            "server_message_id": message_id,
            "conversation_type": 1,
            "create_time": int(moment.timestamp() * 1000),
            "source": "",
            "user_infos": people,
            **part,
        }

    def _event(self, event: str, content: object, object_id: str, *, author: Person) -> Delivery:
        body = self._envelope(event, content, sender=self.open_id(author), recipient=self.app.open_id)
        return self._delivery(body, object_id)

    def _envelope(self, event: str, content: object, *, sender: str, recipient: str) -> dict[str, Any]:
        return {
            "event": event,
            "client_key": self.app.client_key,
            "from_user_id": sender,
            "to_user_id": recipient,
            "content": content,
            "log_id": f"{self.world.number():x}",
        }

    def _live(self, sort: str, part: Mapping[str, Any], author: Person, at: datetime | None) -> Delivery:
        number, moment = self.world.number(), at or self.world.now()
        viewer = {"sec_openid": self.open_id(author), "nickname": author.name, "avatar_url": ""}
        thing = {"msg_id": str(number), "timestamp": int(moment.timestamp() * 1000), **viewer, **part}
        return self._delivery([thing], str(number), name=f"{sort}:{number}")

    def _delivery(self, body: object, object_id: str, *, name: str | None = None) -> Delivery:
        return Delivery(
            sender=self.name,
            id=name or f"{self.world.number():x}",
            content=_written(body),
            content_type=_JSON,
            object_ids=(object_id,),
        )

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> Request:
        signature = douyin_signature(body, client_secret=self.app.client_secret)
        return Request(headers={"content-type": _JSON, "x-douyin-signature": signature, **headers}, body=body)


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _id(kind: str, number: int) -> str:
    """An id of the sort that Douyin gives: opaque, and with characters that an address must not hold as they are."""
    return "@" + base64.b64encode(f"{kind}/{number}".encode()).decode()
