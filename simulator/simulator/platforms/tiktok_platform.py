"""TikTok's side of a business account: how it signs, what its API answers, and what it tells of what was said there."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.people import BRAND_NAME
from simulator.platforms import tiktok_words
from simulator.platforms.memory import Memory
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.platforms.tiktok_desk import (
    BAD_PARAMETER,
    NOT_THERE,
    SYSTEM_ERROR,
    TOO_OFTEN,
    Talk,
    TikTokApp,
    TikTokDesk,
    TikTokRefusal,
    enveloped,
)
from simulator.platforms.tiktok_lists import TikTokLists

_JSON = "application/json"
_LONGEST_COMMENT = 150
_MINUTE, _HOUR = 60.0, 3600.0

Action = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class TikTokPlatform(Platform):
    """A business account at TikTok, the part that does not depend on what people do there."""

    # TikTok repeats for 72 hours, ever more seldom; the steps are ours.
    retries = Retries(
        pauses_seconds=(10, _MINUTE, 10 * _MINUTE, _HOUR, 4 * _HOUR, 12 * _HOUR, 24 * _HOUR, 24 * _HOUR),
        timeout_seconds=10,
    )

    def __init__(
        self, app: TikTokApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or TikTokApp()
        super().__init__(external_id=self.app.business_id, name=name, surroundings=surroundings)
        self.desk = TikTokDesk(self.world, self.app)
        # Everything that happened, whether or not the hook ever heard of it: what the lists show.
        self.comments: Memory[dict[str, Any]] = Memory()
        self.talks: Memory[Talk] = Memory()
        self.videos: Memory[dict[str, Any]] = Memory()
        self.liked: set[str] = set()
        self.lists = TikTokLists(self)

    def credentials(self) -> dict[str, str]:
        names = ("client_key", "client_secret", "access_token", "refresh_token", "unique_identifier")
        return {name: getattr(self.app, name) for name in names}

    def handshake(self) -> None:
        return None

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        header = tiktok_signature(delivery.content, client_secret=self.app.client_secret, seconds=int(at.timestamp()))
        return Request(headers={"content-type": _JSON, "tiktok-signature": header}, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        refusal = TikTokRefusal(TOO_OFTEN, "Too many requests.", retry_after_seconds=retry_after_seconds)
        return refusal.answer()

    def says_broken(self) -> Response:
        return TikTokRefusal(SYSTEM_ERROR, "System error, please try again later.").answer()

    def notice(self, event: str, content: Mapping[str, Any], object_id: str) -> Delivery:
        """A delivery, told now."""
        told_at = self.world.now()
        body = tiktok_words.notice(
            event, content, client_key=self.app.client_key, business_id=self.app.business_id, at=told_at
        )
        name = f"tiktok-{self.world.number()}"
        return Delivery(sender=self.name, id=name, content=body, content_type=_JSON, object_ids=(object_id,))

    def remember_video(self, number: int, caption: str) -> int:
        """The video of that number, which from now on is on the list of videos."""
        video = tiktok_words.video_id(number)
        if str(video) not in self.videos:
            made_at = str(int(self.world.now().timestamp()) - 86_400)
            listed = {"item_id": str(video), "caption": caption, "create_time": made_at}
            self.videos.keep(str(video), {**listed, "video_views": 900, "likes": 30, "comments": 4, "shares": 2})
        return video

    def routes(self) -> Sequence[Route]:
        changes: tuple[tuple[str, Action], ...] = (
            ("/business/comment/reply/create/", self._answer_comment),
            ("/business/comment/hide/", self._hide),
            ("/business/comment/like/", self._like),
            ("/business/comment/delete/", self._delete),
            ("/business/message/send/", self._send),
        )
        return [
            Route("/tt_user/oauth2/refresh_token/", self._answering(self.desk.renew, is_open=True), methods=["POST"]),
            *(Route(path, self._answering(action), methods=["POST"]) for path, action in changes),
            *(Route(path, self._answering(page), methods=["GET"]) for path, page in self.lists.pages()),
        ]

    def _answer_comment(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        text, answered = asked.get("text"), self._known_comment(asked)
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_COMMENT:
            raise TikTokRefusal(BAD_PARAMETER, "text: Length must be between 1 and 150.")
        number, now = self.world.number(), self.world.now()
        comment = tiktok_words.comment(
            number,
            text,
            post=int(asked["video_id"]),
            at=now,
            author=self.app.unique_identifier,
            handle=tiktok_words.BRAND_HANDLE,
            name=BRAND_NAME,
            parent=int(answered),
        )
        self.comments.keep(str(number), comment)
        self.take(str(number), target=answered, text=text, is_public=True)
        self.echo(self.notice("comment.update", tiktok_words.comment_told(comment, "insert", at=now), str(number)))
        return {"comment_id": str(number)}

    def _hide(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        comment = self.comments.find(self._known_comment(asked))
        hidden = {"HIDE": True, "UNHIDE": False}.get(str(asked.get("action")))
        if hidden is None:
            raise TikTokRefusal(BAD_PARAMETER, "action: Must be one of HIDE, UNHIDE.")
        if comment is not None:
            comment["status"] = "HIDDEN" if hidden else "PUBLIC"
            told = tiktok_words.comment_told(
                comment, "set_to_hidden" if hidden else "set_to_public", at=self.world.now()
            )
            self.echo(self.notice("comment.update", told, comment["comment_id"]))
        return {}

    def _like(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        comment_id = self._known_comment(asked)
        (self.liked.add if asked.get("action") == "LIKE" else self.liked.discard)(comment_id)
        return {}

    def _delete(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        comment = self.comments.find(self._known_comment(asked))
        if comment is not None and not comment["owner"]:
            raise TikTokRefusal(BAD_PARAMETER, "Only comments of the account itself can be deleted.")
        if comment is not None:
            self.comments.forget(comment["comment_id"])
            told = tiktok_words.comment_told(comment, "delete", at=self.world.now())
            self.echo(self.notice("comment.update", told, comment["comment_id"]))
        return {}

    def _send(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        conversation, text = str(asked.get("recipient", "")), (asked.get("text") or {}).get("body")
        if asked.get("recipient_type") != "CONVERSATION" or not isinstance(text, str) or not text:
            raise TikTokRefusal(BAD_PARAMETER, "recipient_type, text: invalid.")
        talk = self.talks.find(conversation)
        if talk is None and self.world.strict:
            raise TikTokRefusal(NOT_THERE, "The conversation does not exist.")
        talk = talk or Talk(person_id="-000Somebody", heard_at=self.world.now())
        talk.answer(self.world.now())
        name = f"msg-{self.world.number():x}"
        message = tiktok_words.message(
            name,
            {"text": {"body": text}},
            kind="text",
            conversation_id=conversation,
            person=(talk.person_id, talk.person_id),
            business_id=self.app.business_id,
            at=self.world.now(),
            is_ours=True,
        )
        talk.messages.append(message)
        self.take(name, target=conversation, text=text, is_public=False)
        self.echo(self.notice("im_send_msg", message, name))
        return {"message": {"message_id": name}}

    def _known_comment(self, asked: Mapping[str, Any]) -> str:
        comment_id = str(asked.get("comment_id", ""))
        if comment_id not in self.comments and (self.world.strict or not comment_id.isdigit()):
            raise TikTokRefusal(NOT_THERE, "The comment does not exist.")
        return comment_id

    def _answering(self, action: Action, *, is_open: bool = False) -> Callable[[Call], Awaitable[Response]]:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                if not is_open:
                    self.desk.check(call)
                return JSONResponse(enveloped(action(await _asked(call))))
            except TikTokRefusal as refusal:
                self.ledger.refuse(str(refusal.code))
                return refusal.answer()

        return answer


def tiktok_signature(body: bytes, *, client_secret: str, seconds: int) -> str:
    """The value of TikTok-Signature."""
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},s={hmac.new(client_secret.encode(), signed, hashlib.sha256).hexdigest()}"


async def _asked(call: Call) -> Mapping[str, Any]:
    if call.method == "GET":
        return dict(call.query_params)
    try:
        body = await call.json()
    except ValueError as error:
        raise TikTokRefusal(BAD_PARAMETER, "The body is not JSON.") from error
    return body if isinstance(body, dict) else {}
