"""A WeChat Official Account: pushes in XML, sealed in safe mode, and comments for who asks for them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from starlette.requests import Request as Call
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, XIAOYU, Person, Post
from simulator.platforms.platform import Surroundings
from simulator.platforms.wechat_comments import ArticleDesk, Comment
from simulator.platforms.wechat_family import XML, Answer, WeChatFamily, json_of, signature_of, text_in, to_xml
from simulator.platforms.wechat_tokens import TokenDesk
from simulator.platforms.wechat_windows import Windows
from simulator.signing import wechat_sealed

Mode = Literal["safe", "plain"]
Question = Mapping[str, Any]

_DONE: Answer = {"errcode": 0, "errmsg": "ok"}


@dataclass(frozen=True, kw_only=True, slots=True)
class WeChatApp:
    """What the account's console shows."""

    original_id: str = "gh_7a9c1e5f3b2d"
    app_id: str = "wx5e1a7c93d2f04b68"
    app_secret: str = "9b1c4e7fa2d05836c9e1f7a4b3d2c508"  # noqa: S105 - a played platform's
    token: str = "simulatedWeChatToken"  # noqa: S105 - made up
    encoding_aes_key: str = "kT7mQx2ZbW9cR4vN8pL1sD6fG3hJ5kM0yU7iO2eA9wE"


class WeChatAccount(WeChatFamily):
    """An Official Account, in safe mode unless told otherwise."""

    platform = "wechat_oa"
    habits = MappingProxyType({Kind.MESSAGE: 70, Kind.COMMENT: 18, Kind.FOLLOW: 12})
    unpushed = frozenset({Kind.COMMENT})
    chinese_share = 0.98

    def __init__(
        self,
        app: WeChatApp | None = None,
        *,
        mode: Mode = "safe",
        name: str | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.app = app or WeChatApp()
        super().__init__(external_id=self.app.original_id, name=name, surroundings=surroundings)
        self.mode: Mode = mode
        self.tokens = TokenDesk(self.world, self.app.app_id, self.app.app_secret)
        self.windows = Windows(self.world)
        self.articles = ArticleDesk(self.world)
        self.followers: set[str] = set()

    def credentials(self) -> dict[str, str]:
        sealed = {"encoding_aes_key": self.app.encoding_aes_key} if self.mode == "safe" else {}
        return {"app_id": self.app.app_id, "app_secret": self.app.app_secret, "token": self.app.token, **sealed}

    def handshake(self) -> tuple[Request, bytes]:
        echo = str(self.world.number())
        query = {**self._signed_query(self.world.now()), "echostr": echo}
        return Request(method="GET", query=query), echo.encode()

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        query, headers = self._signed_query(at), {"content-type": XML, "user-agent": "Mozilla/4.0"}
        if self.mode == "plain":
            return Request(query=query, headers=headers, body=delivery.content)
        sealed = wechat_sealed(delivery.content, encoding_aes_key=self.app.encoding_aes_key, app_id=self.app.app_id)
        signature = signature_of(self.app.token, query, sealed)
        body = to_xml({"ToUserName": self.app.original_id, "Encrypt": sealed})
        return Request(query={**query, "encrypt_type": "aes", "msg_signature": signature}, headers=headers, body=body)

    def is_taken(self, status: int, body: bytes) -> bool:
        # Anything else than nothing, `success` or an XML reply shows the person an error, however it was meant.
        return status == 200 and (body.strip() in {b"", b"success"} or body.lstrip().startswith(b"<xml"))

    def text(
        self, text: str, *, author: Person = XIAOYU, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody writes to the account."""
        return self._message(author, {"MsgType": "text", "Content": text}, at, number)

    def image(
        self, url: str, *, author: Person = XIAOYU, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """Somebody sends a picture."""
        media = f"media-{self.world.number()}"
        return self._message(author, {"MsgType": "image", "PicUrl": url, "MediaId": media}, at, number)

    def subscribe(self, *, author: Person = XIAOYU, at: datetime | None = None, scene: str = "") -> Delivery:
        """Somebody follows the account, perhaps by a QR code of that scene."""
        key = {"EventKey": f"qrscene_{scene}"} if scene else {}
        self.followers.add(self.openid(author))
        return self._event(author, {"Event": "subscribe", **key}, at, opens=True)

    def unsubscribe(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody no longer follows the account."""
        self.followers.discard(self.openid(author))
        return self._event(author, {"Event": "unsubscribe", "EventKey": ""}, at, opens=False)

    def click(self, key: str, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody presses a button of the account's menu."""
        return self._event(author, {"Event": "CLICK", "EventKey": key}, at, opens=True)

    def comment(
        self,
        text: str,
        *,
        author: Person = XIAOYU,
        post: Post = AUTUMN_POST,
        at: datetime | None = None,
        number: int | None = None,
    ) -> Comment:
        """Somebody comments on an article, of which WeChat tells nobody who does not ask."""
        moment, chosen = at or self.world.now(), number or self.world.number()
        comment = Comment(number=chosen, openid=self.openid(author), text=text, at=moment)
        self.articles.publish(post, at=moment).comments.keep(str(chosen), comment)
        return comment

    def tell(self, happening: Happening) -> Delivery | None:
        person, at = happening.person, happening.at
        match happening.kind:
            case Kind.MESSAGE if happening.picture:
                return self.image(happening.picture, author=person, at=at, number=happening.number)
            case Kind.MESSAGE:
                return self.text(happening.text, author=person, at=at, number=happening.number)
            case Kind.COMMENT if happening.text:
                self.comment(happening.text, author=person, post=happening.post, at=at, number=happening.number)
            case Kind.FOLLOW:
                return self.subscribe(author=person, at=at)
        return None

    def openid(self, person: Person) -> str:
        """A person's id as this account sees it."""
        return person.openid(self.app.app_id)

    def routes(self) -> Sequence[Route]:
        return [
            Route("/cgi-bin/stable_token", self.answering(self._stable_token), methods=["POST"]),
            Route("/cgi-bin/token", self.answering(self._token), methods=["GET", "POST"]),
            Route("/cgi-bin/message/custom/send", self.answering(self._send), methods=["POST"]),
            Route("/cgi-bin/user/get", self.answering(self._count_followers), methods=["GET"]),
            *(Route(path, self.answering(self._asking(action)), methods=["POST"]) for path, action in self._desk()),
        ]

    def _desk(self) -> Sequence[tuple[str, Callable[[Question], Answer]]]:
        return (
            ("/cgi-bin/freepublish/batchget", self.articles.published),
            ("/cgi-bin/comment/list", self.articles.page),
            ("/cgi-bin/comment/reply/add", self._answer_comment),
            ("/cgi-bin/comment/reply/delete", self._delete_answer),
            ("/cgi-bin/comment/delete", self._delete_comment),
            ("/cgi-bin/comment/markelect", lambda question: self._pick(question, is_picked=True)),
            ("/cgi-bin/comment/unmarkelect", lambda question: self._pick(question, is_picked=False)),
            ("/datacube/getarticletotal", lambda question: self.articles.figures(str(question.get("begin_date")))),
        )

    def _asking(self, action: Callable[[Question], Answer]) -> Callable[[Call], Awaitable[Answer]]:
        async def answer(call: Call) -> Answer:
            self.tokens.check(call.query_params.get("access_token", ""))
            return action(await json_of(call))

        return answer

    def _answer_comment(self, question: Question) -> Answer:
        text = self.articles.answer(question)
        name = f"{question['msg_data_id']}_1:{question['user_comment_id']}"
        self.take(f"{name}:answer", target=name, text=text, is_public=True)
        return _DONE

    def _delete_answer(self, question: Question) -> Answer:
        self.articles.comment(question).answer = None
        return _DONE

    def _delete_comment(self, question: Question) -> Answer:
        self.articles.delete(question)
        return _DONE

    def _pick(self, question: Question, *, is_picked: bool) -> Answer:
        self.articles.comment(question).is_picked = is_picked
        return _DONE

    async def _count_followers(self, call: Call) -> Answer:
        self.tokens.check(call.query_params.get("access_token", ""))
        known = sorted(self.followers)
        return {"total": len(known), "count": len(known), "data": {"openid": known}, "next_openid": ""}

    async def _stable_token(self, call: Call) -> Answer:
        asked = await json_of(call)
        force = asked.get("force_refresh") is True
        token, seconds = self.tokens.stable(asked.get("appid"), asked.get("secret"), force=force)
        return {"access_token": token, "expires_in": seconds}

    async def _token(self, call: Call) -> Answer:
        token, seconds = self.tokens.fresh(call.query_params.get("appid"), call.query_params.get("secret"))
        return {"access_token": token, "expires_in": seconds}

    async def _send(self, call: Call) -> Answer:
        self.tokens.check(call.query_params.get("access_token", ""))
        message = await json_of(call)
        text = text_in(message)
        openid = str(message.get("touser", ""))
        self.windows.use(openid)
        # WeChat tells nobody of what an account itself has said.
        self.take(f"custom-{self.world.number()}", target=openid, text=text, is_public=False)
        return _DONE

    def _message(self, author: Person, part: Mapping[str, str], at: datetime | None, number: int | None) -> Delivery:
        moment, message_id = at or self.world.now(), str(number or self.world.number())
        self.windows.open(self.openid(author), at=moment, allowance=Windows.after_message)
        return self._push(author, {**part, "MsgId": message_id}, moment, message_id)

    def _event(self, author: Person, part: Mapping[str, str], at: datetime | None, *, opens: bool) -> Delivery:
        moment, openid = at or self.world.now(), self.openid(author)
        if opens:
            self.windows.open(openid, at=moment, allowance=Windows.after_touch)
        return self._push(author, {"MsgType": "event", **part}, moment, openid)

    def _push(self, author: Person, part: Mapping[str, str], moment: datetime, object_id: str) -> Delivery:
        envelope = {
            "ToUserName": self.app.original_id,
            "FromUserName": self.openid(author),
            "CreateTime": str(int(moment.timestamp())),
        }
        return self.push({**envelope, **part}, object_id)

    def _signed_query(self, at: datetime) -> dict[str, str]:
        stamp = self.stamp(at)
        return {"signature": signature_of(self.app.token, stamp), **stamp}
