"""A QQ bot: events signed by a key that both sides make of one secret, and an API that is strict about answers."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import XIAOYU, Person
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.qq_desk import (
    BAD_REQUEST,
    C2C,
    CHANNEL,
    DIRECT,
    GROUP,
    PLACES,
    Answers,
    Place,
    QQRefusal,
    QQTokens,
)
from simulator.signing import qq_signature

_JSON = "application/json"
_BEIJING = timezone(timedelta(hours=8))
_TOO_MANY, _BROKEN = 20028, 11252


@dataclass(frozen=True, kw_only=True, slots=True)
class QQApp:
    """What the bot's console shows, and where the bot is."""

    app_id: str = "102005927"
    app_secret: str = "4sQ7yK1mB9xT3wE6"  # noqa: S105 - a played platform's
    group: str = "C9F778FE6ADF9D1D1DBE395BF744A33A"
    channel: str = "100010"
    guild: str = "18700000000001"


class QQBot(Platform):
    """A bot that people write to, in private, in a group and in a channel."""

    platform = "qq"
    habits = MappingProxyType({Kind.MESSAGE: 62, Kind.MENTION: 30, Kind.FOLLOW: 8})
    chinese_share = 0.98
    retries = Retries(pauses_seconds=(1, 5, 30), timeout_seconds=5)

    def __init__(
        self, app: QQApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or QQApp()
        super().__init__(external_id=self.app.app_id, name=name, surroundings=surroundings)
        self.tokens = QQTokens(self.world, self.app.app_id, self.app.app_secret)
        self.answers = Answers(self.world)

    def credentials(self) -> dict[str, str]:
        return {"app_id": self.app.app_id, "app_secret": self.app.app_secret}

    def handshake(self) -> tuple[Request, bytes]:
        seconds, plain_token = str(int(self.world.now().timestamp())), f"{self.world.chance.getrandbits(80):020x}"
        body = _written({"op": 13, "d": {"plain_token": plain_token, "event_ts": seconds}})
        signature = qq_signature(plain_token.encode(), timestamp=seconds, app_secret=self.app.app_secret)
        return self._signed(body, seconds), _written({"plain_token": plain_token, "signature": signature})

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        return self._signed(delivery.content, str(int(at.timestamp())))

    def is_taken(self, status: int, body: bytes) -> bool:
        # Whoever answers d:1 wants it again.
        return status == 200 and body.replace(b" ", b"") == b'{"op":12,"d":0}'

    def openid(self, person: Person, *, where: str = "") -> str:
        """A person's id as the bot sees it: another in every group."""
        return sha256(f"{self.app.app_id}/{where}/{person.number}".encode()).hexdigest()[:32].upper()

    def message(
        self,
        text: str,
        *,
        author: Person = XIAOYU,
        at: datetime | None = None,
        number: int | None = None,
        picture: str | None = None,
    ) -> Delivery:
        """Somebody writes to the bot."""
        openid = self.openid(author)
        files = [{"content_type": "image/jpeg", "filename": "a.jpg", "size": 9, "url": picture}] if picture else []
        part = {"author": {"id": openid, "user_openid": openid}, "content": text, "attachments": files}
        return self._said("C2C_MESSAGE_CREATE", part, place=C2C, where=openid, at=at, number=number)

    def group_mention(
        self, text: str, *, author: Person = XIAOYU, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody calls the bot in a group."""
        openid = self.openid(author, where=self.app.group)
        # QQ takes the call itself out of the text and leaves the blank behind it.
        part = {
            "author": {"id": openid, "member_openid": openid},
            "content": f" {text}",
            "group_id": self.app.group,
            "group_openid": self.app.group,
        }
        return self._said("GROUP_AT_MESSAGE_CREATE", part, place=GROUP, where=self.app.group, at=at, number=number)

    def channel_mention(self, text: str, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody calls the bot in a channel."""
        bot = {"id": "10086001", "username": "糖葫芦茶", "bot": True}
        part = {**self._in_channel(author), "content": f"<@!{bot['id']}> {text}", "mentions": [bot]}
        return self._said("AT_MESSAGE_CREATE", part, place=CHANNEL, where=self.app.channel, at=at)

    def direct_message(self, text: str, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody from a channel writes to the bot in private."""
        session = f"288{author.number:011}"
        part = {**self._in_channel(author), "guild_id": session, "content": text, "direct_message": True}
        return self._said("DIRECT_MESSAGE_CREATE", part, place=DIRECT, where=session, at=at)

    def message_deleted(self, message_id: str, *, author: Person = XIAOYU) -> Delivery:
        """Somebody takes back what they said in a channel."""
        part = {"message": {**self._in_channel(author), "id": message_id}, "op_user": {"id": str(author.number)}}
        return self._event("PUBLIC_MESSAGE_DELETE", part, message_id)

    def reaction(self, message_id: str, *, author: Person = XIAOYU, is_removed: bool = False) -> Delivery:
        """Somebody puts an emoji on a message in a channel, or takes it away."""
        part = {
            "channel_id": self.app.channel,
            "guild_id": self.app.guild,
            "emoji": {"id": "277", "type": 1},
            "target": {"id": message_id, "type": 0},
            "user_id": str(author.number),
        }
        return self._event(f"MESSAGE_REACTION_{'REMOVE' if is_removed else 'ADD'}", part, message_id)

    def friend(self, *, author: Person = XIAOYU, at: datetime | None = None, is_gone: bool = False) -> Delivery:
        """Somebody befriends the bot, or no longer is its friend."""
        openid = self.openid(author)
        part = {"openid": openid, "timestamp": int((at or self.world.now()).timestamp())}
        return self._event("FRIEND_DEL" if is_gone else "FRIEND_ADD", part, openid)

    def tell(self, happening: Happening) -> Delivery | None:
        person, at, number = happening.person, happening.at, happening.number
        match happening.kind:
            case Kind.MESSAGE:
                return self.message(happening.text, author=person, at=at, number=number, picture=happening.picture)
            case Kind.MENTION:
                return self.group_mention(happening.text, author=person, at=at, number=number)
            case Kind.FOLLOW:
                return self.friend(author=person, at=at)
        return None

    def routes(self) -> Sequence[Route]:
        token = Route("/app/getAppAccessToken", self._answering(self._token), methods=["POST"])
        places = [
            Route(f"{place.root}/{{where}}/{path}", self._answering(self._in(place, action)), methods=[method])
            for place in PLACES
            for method, path, action in (
                ("POST", "messages", self._send),
                ("POST", "files", self._upload),
                ("DELETE", "messages/{message_id}", self._take_back),
            )
        ]
        return [token, *places]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = _refused(QQRefusal(_TOO_MANY, "子频道消息触发限频", status=429))
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return _refused(QQRefusal(_BROKEN, "检查应用权限失败，系统错误", status=500))

    async def _token(self, call: Call) -> Mapping[str, object]:
        asked = await _object_in(call)
        token, seconds = self.tokens.issue(asked.get("appId"), asked.get("clientSecret"))
        return {"access_token": token, "expires_in": str(seconds)}

    async def _send(self, call: Call, place: Place) -> Mapping[str, object]:
        body, where = await _object_in(call), call.path_params["where"]
        text, number, message_type = body.get("content"), body.get("msg_seq", 1), body.get("msg_type", 0)
        if not isinstance(text, str) or (not text and message_type == 0) or message_type not in {0, 7}:
            raise QQRefusal(BAD_REQUEST, "请求参数content无效")
        self.answers.use(body.get("msg_id"), place=place, where=where, number=number)
        message_id = f"ROBOT1.0_{self.world.number():x}!"
        self.answers.say(message_id, where=where)
        key = f"{body.get('msg_id')}/{number}" if place.numbers_answers else None
        # QQ tells nobody of what a bot itself has said.
        self.take(message_id, target=where, text=text, is_public=place in {GROUP, CHANNEL}, key=key)
        return {"id": message_id, "timestamp": _moment(self.world.now())}

    async def _upload(self, call: Call, place: Place) -> Mapping[str, object]:
        body = await _object_in(call)
        if not place.numbers_answers or body.get("file_type") not in {1, 2, 3} or not body.get("url"):
            raise QQRefusal(BAD_REQUEST, "富媒体文件格式不支持")
        return {"file_uuid": f"{self.world.number():x}", "file_info": f"info-{self.world.number():x}", "ttl": 3600}

    async def _take_back(self, call: Call, _place: Place) -> None:
        self.answers.take_back(call.path_params["message_id"], where=call.path_params["where"])

    def _in(
        self, place: Place, action: Callable[[Call, Place], Awaitable[Mapping[str, object] | None]]
    ) -> Callable[[Call], Awaitable[Mapping[str, object] | None]]:
        async def there(call: Call) -> Mapping[str, object] | None:
            self.tokens.check(call.headers.get("authorization", ""))
            return await action(call, place)

        return there

    def _answering(self, action: Callable[[Call], Awaitable[Mapping[str, object] | None]]) -> Callable[[Call], Any]:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                said = await action(call)
            except QQRefusal as refusal:
                self.ledger.refuse(str(refusal.code))
                return _refused(refusal)
            return Response(status_code=204) if said is None else JSONResponse(said)

        return answer

    def _said(
        self,
        sort: str,
        part: Mapping[str, Any],
        *,
        place: Place,
        where: str,
        at: datetime | None,
        number: int | None = None,
    ) -> Delivery:
        moment, message_id = at or self.world.now(), f"ROBOT1.0_{number or self.world.number()}"
        self.answers.hear(message_id, place=place, where=where, at=moment)
        return self._event(sort, {"id": message_id, **part, "timestamp": _moment(moment)}, message_id)

    def _in_channel(self, author: Person) -> dict[str, Any]:
        return {
            "author": {"id": str(author.number), "username": author.name, "bot": False, "avatar": ""},
            "channel_id": self.app.channel,
            "guild_id": self.app.guild,
        }

    def _event(self, sort: str, part: Mapping[str, Any], object_id: str) -> Delivery:
        name = f"{sort}:{self.world.number():x}"
        content = _written({"op": 0, "id": name, "d": part, "s": 1, "t": sort})
        return Delivery(sender=self.name, id=name, content=content, content_type=_JSON, object_ids=(object_id,))

    def _signed(self, body: bytes, seconds: str) -> Request:
        headers = {
            "content-type": _JSON,
            "user-agent": "QQBot-Callback",
            "x-bot-appid": self.app.app_id,
            "x-signature-timestamp": seconds,
            "x-signature-ed25519": qq_signature(body, timestamp=seconds, app_secret=self.app.app_secret),
        }
        return Request(headers=headers, body=body)


def _moment(at: datetime) -> str:
    return at.astimezone(_BEIJING).isoformat(timespec="seconds")


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _refused(refusal: QQRefusal) -> Response:
    body = {"message": str(refusal), "code": refusal.code, "err_code": refusal.code, "trace_id": "0af7651916cd43dd"}
    return JSONResponse(body, status_code=refusal.status)


async def _object_in(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(await call.body())
    except ValueError as error:
        raise QQRefusal(BAD_REQUEST, "请求参数无效") from error
    return body if isinstance(body, dict) else {}
