"""A Bilibili account: it tells of its own videos and of permissions, and of nothing that people say."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import Post
from simulator.platforms.memory import Memory
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.signing import bilibili_headers, is_bilibili_signed

_JSON = "application/json"
_BEIJING = timezone(timedelta(hours=8))
_FINE, _NOT_SIGNED, _NO_TOKEN, _NO_VIDEO, _TOO_MANY, _BROKEN = 0, 4002, -101, -404, -412, -500


@dataclass(frozen=True, kw_only=True, slots=True)
class BilibiliApp:
    """What the application's console shows, and the account that let it in."""

    open_id: str = "9205eeaa1879skxys969ed47874f225c3"
    client_id: str = "395c8275dd674f17"
    app_secret: str = "simulatedBilibiliSecret"  # noqa: S105 - a played platform's


class BilibiliAccount(Platform):
    """The account, as its application hears of it."""

    platform = "bilibili"
    # What people say there, nobody is told.
    habits: ClassVar[Mapping[Kind, float]] = MappingProxyType({})
    retries = Retries(pauses_seconds=(1, 5, 30), timeout_seconds=5)

    def __init__(
        self, app: BilibiliApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or BilibiliApp()
        super().__init__(external_id=self.app.open_id, name=name, surroundings=surroundings)
        self.access_token, self.refresh_token, self._issued = "bili-access-1", "bili-refresh-1", 1
        self.videos: Memory[dict[str, Any]] = Memory(most=200)

    def credentials(self) -> dict[str, str]:
        return {
            "client_id": self.app.client_id,
            "app_secret": self.app.app_secret,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
        }

    def handshake(self) -> tuple[Request, bytes]:
        number = self.world.chance.randint(10**9, 2 * 10**9)
        body = _written({**self._envelope("verify_webhooks", self.world.now()), "content": {"data": number}})
        return self._signed(body, self.world.now()), _written({"data": number})

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        return self._signed(delivery.content, at)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200

    def published(self, post: Post, *, at: datetime | None = None, is_refused: bool = False) -> Delivery:
        """A video passed its review, or did not."""
        moment, resource_id = at or self.world.now(), f"BV1{post.number:x}"
        if is_refused:
            state = {"state": -2, "state_desc": "稿件信息有误，请修改后重新投稿"}
            return self._event("video_fail", {"resource_id": resource_id, **state}, moment, resource_id)
        video = {"resource_id": resource_id, "title": post.title, "ptime": int(moment.timestamp())}
        self.videos.keep(resource_id, video)
        state = {"state": 0, "state_desc": "开放浏览"}
        return self._event("video_open", {"resource_id": resource_id, **state}, moment, resource_id)

    def permission(self, *, is_taken_back: bool = False) -> Delivery:
        """The account's owner lets the application in, or out."""
        event = "deauthorize" if is_taken_back else "authorize"
        return self._event(event, {"permits": "USER_INFO, ARC_BASE"}, self.world.now(), self.app.open_id)

    def tell(self, happening: Happening) -> None:
        return None

    def routes(self) -> Sequence[Route]:
        return [
            Route("/x/account-oauth2/v1/refresh_token", self._refresh, methods=["POST"]),
            Route("/arcopen/fn/archive/viewlist", self._list, methods=["GET"]),
            Route("/arcopen/fn/data/arc/stat", self._video, methods=["GET"]),
            Route("/arcopen/fn/data/user/stat", self._user, methods=["GET"]),
        ]

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = self._refused(_TOO_MANY, "请求被拦截")
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return JSONResponse({"code": _BROKEN, "message": "服务器错误", "ttl": 1}, status_code=500)

    async def _refresh(self, call: Call) -> Response:
        form = dict(parse_qsl((await call.body()).decode("utf-8", "replace")))
        asked = form.get("client_id"), form.get("client_secret"), form.get("refresh_token")
        if asked != (self.app.client_id, self.app.app_secret, self.refresh_token):
            return self._refused(-400, "请求错误")
        self._issued += 1
        self.access_token, self.refresh_token = f"bili-access-{self._issued}", f"bili-refresh-{self._issued}"
        ends = int((self.world.now() + timedelta(days=30)).timestamp())
        tokens = {"access_token": self.access_token, "refresh_token": self.refresh_token, "expires_in": ends}
        return _fine(tokens)

    async def _list(self, call: Call) -> Response:
        if (refusal := self._refusal(call)) is not None:
            return refusal
        page, size = int(call.query_params.get("pn", "1")), int(call.query_params.get("ps", "20"))
        videos = list(self.videos.newest_first())
        shown = videos[(page - 1) * size : page * size]
        return _fine({"list": shown, "page": {"pn": page, "ps": size, "total": len(videos)}})

    async def _video(self, call: Call) -> Response:
        if (refusal := self._refusal(call)) is not None:
            return refusal
        if call.query_params.get("resource_id", "") not in self.videos:
            return self._refused(_NO_VIDEO, "啥都木有")
        return _fine({"view": 198, "danmaku": 166, "reply": 11, "favorite": 36, "coin": 8, "share": 79, "like": 135})

    async def _user(self, call: Call) -> Response:
        if (refusal := self._refusal(call)) is not None:
            return refusal
        return _fine({"following": 98, "follower": 1204, "arc_passed_total": len(self.videos)})

    def _refusal(self, call: Call) -> Response | None:
        self.ledger.asked += 1
        if not is_bilibili_signed(dict(call.headers), b"", app_secret=self.app.app_secret):
            return self._refused(_NOT_SIGNED, "签名异常")
        if call.headers.get("access-token") != self.access_token:
            return self._refused(_NO_TOKEN, "账号未登录")
        return None

    def _refused(self, code: int, why: str) -> Response:
        self.ledger.refuse(str(code))
        return JSONResponse({"code": code, "message": why, "ttl": 1})

    def _event(self, event: str, content: Mapping[str, Any], at: datetime, object_id: str) -> Delivery:
        owner = {"openid": self.app.open_id, "client_id": self.app.client_id}
        body = _written({**self._envelope(event, at), "content": {**owner, **content}})
        name = f"bili-{self.world.number()}"
        return Delivery(sender=self.name, id=name, content=body, content_type=_JSON, object_ids=(object_id,))

    def _envelope(self, event: str, at: datetime) -> dict[str, Any]:
        return {"event": event, "timestamp": at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")}

    def _signed(self, body: bytes, at: datetime) -> Request:
        nonce = str(uuid.UUID(int=self.world.chance.getrandbits(128)))
        headers = bilibili_headers(
            body, client_id=self.app.client_id, app_secret=self.app.app_secret, seconds=int(at.timestamp()), nonce=nonce
        )
        return Request(headers={"content-type": _JSON, **headers}, body=body)


def _fine(data: Mapping[str, Any]) -> Response:
    return JSONResponse({"code": _FINE, "message": "0", "ttl": 1, "data": data})


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
