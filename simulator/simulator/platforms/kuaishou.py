"""A Kuaishou account with a live room: what viewers do there is pushed in batches, and nothing can be answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import XIAOYU, Person, Post
from simulator.platforms.memory import Memory
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.signing import kuaishou_signature

_JSON = "application/json"
_FINE, _NO_TOKEN, _NO_VIDEO, _TOO_MANY, _BROKEN = 1, 100200105, 120001, 100100402, 100200500


@dataclass(frozen=True, kw_only=True, slots=True)
class KuaishouApp:
    """What the application's console shows, and the account that let it in."""

    open_id: str = "f198e20b0c24ac9014bf5724d9d5c043"
    app_id: str = "ks698200000000000001"
    app_secret: str = "simulatedKuaishouSecret"  # noqa: S105 - a played platform's
    room_code: str = "7QyTea01"


class KuaishouRoom(Platform):
    """The account, live."""

    platform = "kuaishou"
    habits = MappingProxyType({Kind.COMMENT: 80, Kind.REACTION: 20})
    chinese_share = 0.99
    retries = Retries(pauses_seconds=(5, 5, 5), timeout_seconds=5)

    def __init__(
        self, app: KuaishouApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or KuaishouApp()
        super().__init__(external_id=self.app.open_id, name=name, surroundings=surroundings)
        self.access_token, self.refresh_token, self._issued = "ks-access-1", "ks-refresh-1", 1
        self.videos: Memory[dict[str, Any]] = Memory(most=200)

    def credentials(self) -> dict[str, str]:
        return {
            "app_id": self.app.app_id,
            "app_secret": self.app.app_secret,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
        }

    def handshake(self) -> tuple[Request, bytes]:
        message_id = f"test-{self.world.number():x}"
        body = self._envelope("TEST", {}, self.world.now(), message_id=message_id)
        return self._signed(_written(body)), _written({"result": 1, "message_id": message_id})

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        return self._signed(delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        try:
            return status == 200 and json.loads(body)["result"] == 1
        except (ValueError, LookupError, TypeError):
            return False

    def comments(self, texts: Sequence[str], *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody says these things in the live room, told at once."""
        return self._live("liveComment", [{"content": text} for text in texts], author, at)

    def likes(self, count: int = 1, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody taps on the live picture."""
        return self._live("liveLike", [{"count": count}], author, at)

    def gift(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody gives something."""
        thing = {"uniqueNo": f"gift-{self.world.number()}", "giftId": "1", "giftName": "荧光棒", "giftCount": 1}
        return self._live("giftSend", [{**thing, "giftUnitPrice": 1, "giftTotalPrice": 1}], author, at)

    def permission(self, *, is_taken_back: bool = False) -> Delivery:
        """The account's owner lets the application in, or out."""
        event = "DEAUTHORIZE" if is_taken_back else "AUTHORIZE"
        body = self._envelope(event, {"open_id": self.app.open_id, "scope": ["user_info"]}, self.world.now())
        return self._delivery(body, str(body["message_id"]))

    def publish(self, post: Post) -> str:
        """There is a video; nobody is told. Its id."""
        photo_id = f"3x{post.number:x}"
        figures = {"view_count": 900, "like_count": 80, "comment_count": 7}
        created = int(self.world.now().timestamp() * 1000)
        self.videos.keep(photo_id, {"photo_id": photo_id, "caption": post.title, "create_time": created, **figures})
        return photo_id

    def tell(self, happening: Happening) -> Delivery | None:
        person, at = happening.person, happening.at
        match happening.kind:
            case Kind.COMMENT:
                payload = [{"content": happening.text}]
                return self._live("liveComment", payload, person, at, number=happening.number)
            case Kind.REACTION:
                return self._live("liveLike", [{"count": 1}], person, at, number=happening.number)
        return None

    def routes(self) -> Sequence[Route]:
        return [
            Route("/oauth2/refresh_token", self._refresh, methods=["GET"]),
            Route("/openapi/photo/list", self._list, methods=["GET"]),
            Route("/openapi/photo/info", self._video, methods=["GET"]),
            Route("/openapi/user_info", self._user, methods=["GET"]),
        ]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = self._refused(_TOO_MANY, "调用频率超限")
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return JSONResponse({"result": _BROKEN, "error_msg": "server error"}, status_code=500)

    async def _refresh(self, call: Call) -> Response:
        query = call.query_params
        asked = query.get("app_id"), query.get("app_secret"), query.get("refresh_token")
        if asked != (self.app.app_id, self.app.app_secret, self.refresh_token):
            return self._refused(_NO_TOKEN, "invalid refresh_token")
        self._issued += 1
        self.access_token, self.refresh_token = f"ks-access-{self._issued}", f"ks-refresh-{self._issued}"
        tokens = {"access_token": self.access_token, "refresh_token": self.refresh_token}
        return JSONResponse({"result": _FINE, **tokens, "expires_in": 172_800, "open_id": self.app.open_id})

    async def _list(self, call: Call) -> Response:
        if not self._is_let_in(call):
            return self._refused(_NO_TOKEN, "access_token is not valid")
        videos, count = list(self.videos.newest_first()), int(call.query_params.get("count", "20"))
        ids = [video["photo_id"] for video in videos]
        start = ids.index(call.query_params["cursor"]) + 1 if call.query_params.get("cursor") in ids else 0
        return JSONResponse({"result": _FINE, "video_list": videos[start : start + count]})

    async def _video(self, call: Call) -> Response:
        if not self._is_let_in(call):
            return self._refused(_NO_TOKEN, "access_token is not valid")
        video = self.videos.find(call.query_params.get("photo_id", ""))
        if video is None:
            return self._refused(_NO_VIDEO, "photo does not exist")
        return JSONResponse({"result": _FINE, "video_info": video})

    async def _user(self, call: Call) -> Response:
        if not self._is_let_in(call):
            return self._refused(_NO_TOKEN, "access_token is not valid")
        return JSONResponse({"result": _FINE, "user_info": {"name": "糖葫芦茶", "fan": 1204, "follow": 9}})

    def _is_let_in(self, call: Call) -> bool:
        self.ledger.asked += 1
        return call.query_params.get("access_token") == self.access_token

    def _refused(self, code: int, why: str) -> Response:
        self.ledger.refuse(str(code))
        return JSONResponse({"result": code, "error_msg": why})

    def _live(
        self,
        sort: str,
        payload: Sequence[Mapping[str, Any]],
        author: Person,
        at: datetime | None,
        *,
        number: int | None = None,
    ) -> Delivery:
        moment, name = at or self.world.now(), f"uq-{number or self.world.number()}"
        user = {"userId": f"f18c{author.number}", "userName": author.name, "headUrl": ""}
        data = {
            "unique_message_id": name,
            "author_open_id": self.app.open_id,
            "room_code": self.app.room_code,
            "push_type": sort,
            "live_timestamp": str(int(moment.timestamp() * 1000)),
            "payload": [{**thing, "userInfo": user} for thing in payload],
        }
        body = self._envelope("LIVE_INTERACTION_DATA", data, self.world.now())
        return self._delivery(body, *(f"{name}:{index}" for index in range(len(payload))))

    def _envelope(
        self, event: str, data: Mapping[str, Any], at: datetime, *, message_id: str | None = None
    ) -> dict[str, Any]:
        return {
            "app_id": self.app.app_id,
            "event": event,
            "timestamp": int(at.timestamp() * 1000),
            "message_id": message_id or f"Ch{self.world.number():x}",
            "data": data,
        }

    def _delivery(self, body: Mapping[str, Any], *object_ids: str) -> Delivery:
        name, content = str(body["message_id"]), _written(body)
        return Delivery(sender=self.name, id=name, content=content, content_type=_JSON, object_ids=object_ids)

    def _signed(self, body: bytes) -> Request:
        signature = kuaishou_signature(body, app_secret=self.app.app_secret)
        return Request(headers={"content-type": _JSON, "kwaisign": signature}, body=body)


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
