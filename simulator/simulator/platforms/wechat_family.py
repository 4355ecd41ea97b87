"""What the played platforms of the WeChat family share: XML pushes, and an API that says no with HTTP 200."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response

from simulator.delivery import Delivery
from simulator.platforms.platform import Platform, Retries
from simulator.platforms.wechat_tokens import WeChatRefusal
from simulator.signing import sorted_sha1

XML = "text/xml"
BUSY, NOT_A_REQUEST, TOO_MANY = -1, 47001, 45009

Answer = Mapping[str, object]


class WeChatFamily(Platform):
    """A platform of the family, the part that all of them share."""

    # Three tries in all, each after five seconds of silence.
    retries = Retries(pauses_seconds=(0, 0), timeout_seconds=5)

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = refusal_answer(WeChatRefusal(TOO_MANY, "reach max api daily quota limit"))
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return refusal_answer(WeChatRefusal(BUSY, "system error"))

    def stamp(self, at: datetime) -> dict[str, str]:
        """The moment and the nonce that a request is signed with."""
        return {"timestamp": str(int(at.timestamp())), "nonce": str(self.world.chance.randint(10**8, 10**10))}

    def push(self, fields: Mapping[str, str], object_id: str) -> Delivery:
        """A push of these fields, before it is sealed."""
        return Delivery(
            sender=self.name,
            id=f"push-{self.world.number()}",
            content=to_xml(fields),
            content_type=XML,
            object_ids=(object_id,),
        )

    def answering(self, action: Callable[[Call], Awaitable[Answer]]) -> Callable[[Call], Any]:
        """A route that answers what the action gives, or its refusal."""

        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                return JSONResponse(await action(call))
            except WeChatRefusal as refusal:
                self.ledger.refuse(str(refusal.code))
                return refusal_answer(refusal)

        return answer


def signature_of(token: str, stamp: Mapping[str, str], *pieces: str) -> str:
    """The family's signature over a stamp and these pieces."""
    return sorted_sha1(token, stamp["timestamp"], stamp["nonce"], *pieces)


def to_xml(fields: Mapping[str, str]) -> bytes:
    """The fields as the XML of a push."""
    # A text may hold the end of a CDATA section; it is written as two.
    parts = (
        f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>" for name, value in fields.items()
    )
    return f"<xml>{''.join(parts)}</xml>".encode()


def refusal_answer(refusal: WeChatRefusal) -> Response:
    """The refusal as the family words it."""
    return JSONResponse({"errcode": refusal.code, "errmsg": str(refusal)})


async def json_of(call: Call) -> Mapping[str, Any]:
    """The JSON object that a call says. Raises WeChatRefusal."""
    try:
        body = json.loads(await call.body())
    except ValueError as error:
        raise WeChatRefusal(NOT_A_REQUEST, "data format error") from error
    return body if isinstance(body, dict) else {}


def text_in(message: Mapping[str, Any]) -> str:
    """The text of a message that is to be sent. Raises WeChatRefusal if it has none."""
    text = (message.get("text") or {}).get("content")
    if message.get("msgtype") != "text" or not isinstance(text, str) or not text:
        raise WeChatRefusal(NOT_A_REQUEST, "data format error")
    return text
