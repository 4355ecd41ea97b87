"""A Weibo account with fan service: pushes whose address alone is signed, and comments for who was granted them."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, XIAOYU, Person, Post
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.weibo_desk import Comment, WeiboDesk, WeiboRefusal, page_of, uid_of, weibo_time
from simulator.signing import sorted_sha1

_JSON = "application/json"
_SYSTEM_ERROR, _NOT_GRANTED, _TOO_MANY, _BAD_PARAMETER, _BAD_TOKEN = 10002, 10014, 10023, 10017, 21332
_TEXTS = MappingProxyType(
    {
        "follow": "关注事件消息",
        "unfollow": "取消关注事件消息",
        "subscribe": "订阅事件消息",
        "unsubscribe": "取消订阅事件消息",
    }
)
Form = Mapping[str, str]
Answer = Mapping[str, object] | Sequence[Mapping[str, object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class WeiboApp:
    """An app, and the account that it serves."""

    uid: int = 1_902_538_057
    app_secret: str = "0c1b2a3948576675849302a1b2c3d4e5"  # noqa: S105 - a played platform's
    access_token: str = "2.00simulatedWeiboToken"  # noqa: S105 - made up


class WeiboAccount(Platform):
    """An account. `has_comments` is off where Weibo did not grant the app its lists of comments."""

    platform = "weibo"
    habits = MappingProxyType({Kind.MESSAGE: 40, Kind.COMMENT: 45, Kind.MENTION: 7, Kind.FOLLOW: 8})
    unpushed = frozenset({Kind.COMMENT})
    chinese_share = 0.97
    # Three tries in all, each after five seconds of silence.
    retries = Retries(pauses_seconds=(0, 0), timeout_seconds=5)

    def __init__(
        self,
        app: WeiboApp | None = None,
        *,
        name: str | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.app = app or WeiboApp()
        super().__init__(external_id=str(self.app.uid), name=name, surroundings=surroundings)
        self.desk = WeiboDesk(self.world, uid=self.app.uid)
        self.has_comments = True

    def credentials(self) -> dict[str, str]:
        return {"app_secret": self.app.app_secret, "access_token": self.app.access_token}

    def handshake(self) -> tuple[Request, bytes]:
        echo = str(self.world.number())
        return Request(method="GET", query={**self._signed(self.world.now()), "echostr": echo}), echo.encode()

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        return Request(query=self._signed(at), headers={"content-type": _JSON}, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        # What is not empty is taken for an answer to the person.
        return status == 200 and not body.strip()

    def message(self, text: str, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody writes to the account."""
        return self._push("text", author, text, {}, at)

    def image(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody sends a picture, of which Weibo tells two numbers."""
        number = self.world.number()
        return self._push("image", author, "发了一张图片", {"vfid": number, "tovfid": number + 1}, at)

    def event(
        self, subtype: str, *, author: Person = XIAOYU, at: datetime | None = None, key: str | None = None
    ) -> Delivery:
        """Somebody follows, subscribes, presses a button of the menu or scans a code, or ends one of these."""
        data = {"subtype": subtype} | ({"key": key} if key else {})
        delivery = self._push("event", author, _TEXTS.get(subtype, subtype), data, at)
        if subtype in {"unfollow", "unsubscribe"}:
            self.desk.close(str(uid_of(author)))
        return delivery

    def mention(self, text: str, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody names the account in a post, which Weibo tells to whom it granted that."""
        data = {"subtype": "status", "key": str(self.world.number())}
        return self._push("mention", author, text, data, at, most=1)

    def comment(
        self,
        text: str,
        *,
        author: Person = XIAOYU,
        post: Post = AUTUMN_POST,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Comment:
        """Somebody comments on a post, of which Weibo tells nobody who does not ask."""
        moment = at or self.world.now()
        status = self.desk.publish(post, at=moment)
        chosen = number or self.world.number()
        comment = Comment(id=chosen, status_id=status.id, text=text, at=moment, author=author)
        self.desk.comments.keep(str(chosen), comment)
        return comment

    def tell(self, happening: Happening) -> Delivery | None:
        person, at = happening.person, happening.at
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(happening.text, author=person, at=at)
            case Kind.MENTION:
                return self.mention(happening.text, author=person, at=at)
            case Kind.FOLLOW:
                return self.event("follow", author=person, at=at)
            case Kind.COMMENT:
                self.comment(happening.text, author=person, post=happening.post, at=at, number=happening.number)
        return None

    def routes(self) -> Sequence[Route]:
        writes: Mapping[str, Callable[[Form], Answer]] = {
            "/2/messages/reply.json": self._reply,
            "/2/messages/reply/biz.json": self._reply,
            "/2/comments/reply.json": self._reply_to_comment,
            "/2/comments/destroy.json": self._delete_comment,
        }
        reads: Mapping[str, Callable[[Form], Answer]] = {
            "/2/comments/timeline.json": self._list_comments,
            "/2/statuses/user_timeline.json": self._list_statuses,
            "/2/statuses/count.json": lambda query: self.desk.counted(query.get("ids", "").split(",")),
            "/2/users/show.json": lambda query: self.desk.told_user(None),
        }
        return [
            *(Route(path, self._answering(action, is_write=True), methods=["POST"]) for path, action in writes.items()),
            *(Route(path, self._answering(action, is_write=False), methods=["GET"]) for path, action in reads.items()),
        ]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = _refused(WeiboRefusal(_TOO_MANY, "User requests out of rate limit!", status=403))
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return _refused(WeiboRefusal(_SYSTEM_ERROR, "service unavailable!", status=503))

    def _answering(self, action: Callable[[Form], Answer], *, is_write: bool) -> Callable[[Call], Awaitable[Response]]:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                form = dict(parse_qsl((await call.body()).decode())) if is_write else dict(call.query_params)
                self._authorise(call, form)
                return JSONResponse(action(form))
            except WeiboRefusal as refusal:
                self.ledger.refuse(str(refusal.code))
                return _refused(refusal)

        return answer

    def _authorise(self, call: Call, form: Form) -> None:
        offered = call.headers.get("authorization", "").removeprefix("OAuth2 ") or form.get("access_token", "")
        if offered != self.app.access_token:
            raise WeiboRefusal(_BAD_TOKEN, "invalid_access_token", status=403)

    def _reply(self, form: Form) -> Answer:
        uid, text = form.get("receiver_id", ""), _text_in(form)
        self.desk.use(uid)
        # Weibo gives a message no id, and tells nobody of what an account itself has said.
        self.take(f"message-{self.world.number()}", target=uid, text=text, is_public=False)
        return {"result": True, "receiver_id": int(uid), "type": "text", "data": form["data"]}

    def _reply_to_comment(self, form: Form) -> Answer:
        status, parent = self.desk.status(form.get("id", "")), self.desk.comment(form.get("cid", ""))
        text = form.get("comment", "")
        if not text:
            raise WeiboRefusal(_BAD_PARAMETER, "param comment is empty")
        number, now = self.world.number(), self.world.now()
        own = Comment(id=number, status_id=status.id, text=text, at=now, parent_id=parent.id)
        self.desk.comments.keep(str(number), own)
        self.take(str(number), target=str(parent.id), text=text, is_public=True)
        return self.desk.told_comment(own)

    def _delete_comment(self, form: Form) -> Answer:
        comment = self.desk.comment(form.get("cid", ""))
        if comment.author is not None:
            raise WeiboRefusal(_NOT_GRANTED, "not your own comment", status=403)
        self.desk.comments.forget(str(comment.id))
        return self.desk.told_comment(comment)

    def _list_comments(self, query: Form) -> Answer:
        if not self.has_comments:
            raise WeiboRefusal(_NOT_GRANTED, "Insufficient app permissions!", status=403)
        told = ((one.id, self.desk.told_comment(one)) for one in self.desk.comments.newest_first())
        found = page_of(told, max_id=query.get("max_id", ""), count=query.get("count", ""))
        return {"comments": found, "total_number": len(self.desk.comments)}

    def _list_statuses(self, query: Form) -> Answer:
        told = ((one.id, self.desk.told_status(one)) for one in self.desk.statuses.newest_first())
        found = page_of(told, max_id=query.get("max_id", ""), count=query.get("count", ""))
        return {"statuses": found, "total_number": len(self.desk.statuses)}

    def _push(
        self,
        told: str,
        author: Person,
        text: str,
        data: Mapping[str, Any],
        at: datetime | None,
        *,
        most: int | None = None,
    ) -> Delivery:
        moment, uid = at or self.world.now(), uid_of(author)
        self.desk.open(str(uid), at=moment, most=most)
        push = {
            "type": told,
            "receiver_id": self.app.uid,
            "sender_id": uid,
            "created_at": weibo_time(moment),
            "text": text,
            "data": data,
        }
        return Delivery(
            sender=self.name,
            id=f"push-{self.world.number()}",
            content=json.dumps(push, ensure_ascii=False).encode(),
            content_type=_JSON,
            object_ids=(str(uid),),
        )

    def _signed(self, at: datetime) -> dict[str, str]:
        timestamp, nonce = str(int(at.timestamp() * 1000)), str(self.world.chance.randint(10**7, 10**8))
        signature = sorted_sha1(self.app.app_secret, timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce}


def _refused(refusal: WeiboRefusal) -> Response:
    body = {"request": "/2/simulated.json", "error_code": refusal.code, "error": str(refusal)}
    return JSONResponse(body, status_code=refusal.status)


def _text_in(form: Form) -> str:
    try:
        text = json.loads(form.get("data", "")).get("text")
    except (ValueError, AttributeError) as error:
        raise WeiboRefusal(_BAD_PARAMETER, "param data is no JSON") from error
    if form.get("type") != "text" or not isinstance(text, str) or not text:
        raise WeiboRefusal(_BAD_PARAMETER, "param data has no text")
    return text
