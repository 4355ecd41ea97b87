"""WeCom: an app whose pushes are always sealed, and a customer-service account that only says when something waits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from starlette.requests import Request as Call
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.happening import Happening, Kind
from simulator.people import XIAOYU, Person
from simulator.platforms.platform import Surroundings
from simulator.platforms.wechat_family import XML, WeChatFamily, json_of, signature_of, text_in, to_xml
from simulator.platforms.wechat_tokens import INVALID_CREDENTIAL, TokenDesk, WeChatRefusal
from simulator.platforms.wechat_windows import Windows
from simulator.platforms.wecom_service import FROM_CUSTOMER, FROM_STAFF, FROM_SYSTEM, ServiceDesk
from simulator.signing import wechat_sealed

Form = Literal["xml", "json"]

STAFF = "HanMeimei"
_USED_UP, _WINDOW_CLOSED = 95001, 95002
_INVALID_TOKEN, _INVALID_AGENT, _NOBODY = 40014, 40056, 81013


@dataclass(frozen=True, kw_only=True, slots=True)
class WeComApp:
    """What the company's console shows."""

    corp_id: str = "ww9e3b7c1d5f2a4068"
    agent_id: int = 1_000_004
    secret: str = "simulatedWeComAppSecret"  # noqa: S105 - a played platform's
    token: str = "simulatedWeComToken"  # noqa: S105 - made up
    encoding_aes_key: str = "mB4xK8qT1zV6cN3wR9pL5sJ7fH2gD0yU4iO8eA6tQkE"
    open_kfid: str = "wkSimulatedServiceDesk01"


class WeComAccount(WeChatFamily):
    """A company's app, in XML unless told otherwise, and its customer service."""

    platform = "wecom"
    habits = MappingProxyType({Kind.MESSAGE: 90, Kind.FOLLOW: 10})
    chinese_share = 0.98
    told_by_id = frozenset({Kind.MESSAGE})

    def __init__(
        self,
        app: WeComApp | None = None,
        *,
        form: Form = "xml",
        name: str | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.app = app or WeComApp()
        super().__init__(external_id=self.app.corp_id, name=name, surroundings=surroundings)
        self.form: Form = form
        self.tokens = TokenDesk(
            self.world,
            self.app.corp_id,
            self.app.secret,
            invalid_secret=INVALID_CREDENTIAL,
            invalid_token=_INVALID_TOKEN,
        )
        self.windows = Windows(self.world, closed=_WINDOW_CLOSED, used_up=_USED_UP)
        self.desk = ServiceDesk(self.world, self.app.open_kfid)
        self.members: set[str] = set()

    def credentials(self) -> dict[str, str]:
        app = self.app
        return {
            "corp_id": app.corp_id,
            "secret": app.secret,
            "token": app.token,
            "encoding_aes_key": app.encoding_aes_key,
            "agent_id": str(app.agent_id),
        }

    def handshake(self) -> tuple[Request, bytes]:
        echo = str(self.world.number())
        sealed, stamp = self._sealed(echo.encode()), self.stamp(self.world.now())
        query = {"msg_signature": signature_of(self.app.token, stamp, sealed), **stamp, "echostr": sealed}
        return Request(method="GET", query=query), echo.encode()

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        sealed, stamp = self._sealed(delivery.content), self.stamp(at)
        query = {"msg_signature": signature_of(self.app.token, stamp, sealed), **stamp}
        agent = str(self.app.agent_id)
        if self.form == "json":
            body = json.dumps({"tousername": self.app.corp_id, "encrypt": sealed, "agentid": agent}).encode()
        else:
            body = to_xml({"ToUserName": self.app.corp_id, "AgentID": agent, "Encrypt": sealed})
        return Request(query=query, headers={"content-type": XML, "user-agent": "Mozilla/4.0"}, body=body)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200

    def text(
        self, text: str, *, author: Person = XIAOYU, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """A member writes to the app."""
        return self._from_member(author, {"MsgType": "text", "Content": text}, at, number or self.world.number())

    def image(
        self, url: str, *, author: Person = XIAOYU, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """A member sends the app a picture."""
        media = f"media-{self.world.number()}"
        part = {"MsgType": "image", "PicUrl": url, "MediaId": media}
        return self._from_member(author, part, at, number or self.world.number())

    def subscribe(self, *, author: Person = XIAOYU, at: datetime | None = None, is_removed: bool = False) -> Delivery:
        """A member comes to see the app, or no longer does."""
        event = "unsubscribe" if is_removed else "subscribe"
        return self._from_member(author, {"MsgType": "event", "Event": event}, at, None)

    def customer_added(self, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """A customer becomes a contact of the company's staff."""
        moment, customer = at or self.world.now(), self.customer_id(author)
        part = {
            "MsgType": "event",
            "Event": "change_external_contact",
            "ChangeType": "add_external_contact",
            "UserID": STAFF,
            "ExternalUserID": customer,
        }
        return self.push({**self._envelope("sys", moment), **part}, customer)

    def customer_writes(
        self, text: str, *, author: Person = XIAOYU, at: datetime | None = None, number: int | None = None
    ) -> Delivery:
        """A customer writes to customer service: a notice, which says no more than that."""
        moment = at or self.world.now()
        self.windows.open(self.customer_id(author), at=moment, allowance=Windows.after_message)
        said = self._said(author, text, origin=FROM_CUSTOMER, number=number)
        return self._noticed(said, moment)

    def staff_writes(self, text: str, *, to: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """Somebody of the staff answers a customer in WeCom's own client."""
        element = {**self._said(to, text, origin=FROM_STAFF), "servicer_userid": STAFF}
        return self._noticed(element, at or self.world.now())

    def customer_recalls(self, msgid: str, *, author: Person = XIAOYU, at: datetime | None = None) -> Delivery:
        """A customer takes a message back."""
        event = {
            "event_type": "user_recall_msg",
            "open_kfid": self.app.open_kfid,
            "external_userid": self.customer_id(author),
            "recall_msgid": msgid,
        }
        element = {"msgid": f"event-{self.world.number()}", "origin": FROM_SYSTEM, "msgtype": "event", "event": event}
        return self._noticed(element, at or self.world.now())

    def tell(self, happening: Happening) -> Delivery | None:
        person, at = happening.person, happening.at
        match happening.kind:
            case Kind.MESSAGE:
                return self.customer_writes(happening.text, author=person, at=at, number=happening.number)
            case Kind.FOLLOW:
                return self.subscribe(author=person, at=at)
        return None

    def member_id(self, person: Person) -> str:
        """A person's id as one of the company."""
        return f"member{person.number}"

    def customer_id(self, person: Person) -> str:
        """A person's id as one of the company's customers."""
        return "wm" + person.openid(self.app.corp_id)[2:]

    def routes(self) -> Sequence[Route]:
        return [
            Route("/cgi-bin/gettoken", self.answering(self._token), methods=["GET"]),
            Route("/cgi-bin/message/send", self.answering(self._send_to_member), methods=["POST"]),
            Route("/cgi-bin/kf/send_msg", self.answering(self._send_to_customer), methods=["POST"]),
            Route("/cgi-bin/kf/sync_msg", self.answering(self._sync), methods=["POST"]),
            Route("/cgi-bin/kf/account/list", self.answering(self._accounts), methods=["POST"]),
        ]

    async def _token(self, call: Call) -> Mapping[str, object]:
        query = call.query_params
        token, seconds = self.tokens.stable(query.get("corpid"), query.get("corpsecret"), force=False)
        return {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": seconds}

    async def _send_to_member(self, call: Call) -> Mapping[str, object]:
        message = await self._question(call)
        text, member = text_in(message), str(message.get("touser", ""))
        if message.get("agentid") != self.app.agent_id:
            raise WeChatRefusal(_INVALID_AGENT, "invalid agentid")
        if self.world.strict and member not in self.members:
            raise WeChatRefusal(_NOBODY, "user & party & tag all invalid")
        msgid = f"app-{self.world.number():x}"
        # WeCom tells nobody of what an app itself has said.
        self.take(msgid, target=member, text=text, is_public=False)
        return {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": msgid}

    async def _send_to_customer(self, call: Call) -> Mapping[str, object]:
        message = await self._question(call)
        text, customer = text_in(message), str(message.get("touser", ""))
        self.desk.check(message.get("open_kfid"))
        self.windows.use(customer)
        msgid = str(message.get("msgid") or f"kf-{self.world.number():x}")
        self.take(msgid, target=customer, text=text, is_public=False, key=msgid)
        return {"errcode": 0, "errmsg": "ok", "msgid": msgid}

    async def _sync(self, call: Call) -> Mapping[str, object]:
        return self.desk.page(await self._question(call))

    async def _accounts(self, call: Call) -> Mapping[str, object]:
        await self._question(call)
        listed = [{"open_kfid": self.app.open_kfid, "name": "客服小茶", "avatar": ""}]
        return {"errcode": 0, "errmsg": "ok", "account_list": listed}

    async def _question(self, call: Call) -> Mapping[str, Any]:
        self.tokens.check(call.query_params.get("access_token", ""))
        return await json_of(call)

    def _said(self, person: Person, text: str, *, origin: int, number: int | None = None) -> dict[str, Any]:
        return {
            "msgid": f"kf-{number or self.world.number():x}",
            "open_kfid": self.app.open_kfid,
            "external_userid": self.customer_id(person),
            "origin": origin,
            "msgtype": "text",
            "text": {"content": text},
        }

    def _noticed(self, element: Mapping[str, Any], moment: datetime) -> Delivery:
        ticket = self.desk.add(element, at=moment)
        part = {"MsgType": "event", "Event": "kf_msg_or_event", "Token": ticket, "OpenKfId": self.app.open_kfid}
        return self.push({**self._envelope(None, moment), **part}, str(element["msgid"]))

    def _from_member(
        self, author: Person, part: Mapping[str, str], at: datetime | None, number: int | None
    ) -> Delivery:
        moment, member = at or self.world.now(), self.member_id(author)
        self.members.add(member)
        named = {"AgentID": str(self.app.agent_id)} | ({"MsgId": str(number)} if number is not None else {})
        return self.push({**self._envelope(member, moment), **part, **named}, str(number) if number else member)

    def _envelope(self, sender: str | None, moment: datetime) -> dict[str, str]:
        named = {"FromUserName": sender} if sender else {}
        return {"ToUserName": self.app.corp_id, **named, "CreateTime": str(int(moment.timestamp()))}

    def _sealed(self, message: bytes) -> str:
        return wechat_sealed(message, encoding_aes_key=self.app.encoding_aes_key, app_id=self.app.corp_id)
