"""The API of a played Douyin, which answers with HTTP 200 whatever it has to say."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.platforms.douyin_memory import BAD_PARAMETER, Comment, Conversations, DouyinRefusal, Tokens, Videos
from simulator.replies import Ledger

Answer = Mapping[str, Any]

BUSY, TOO_MANY = 2100004, 28003018


def refused(refusal: DouyinRefusal) -> Response:
    """The refusal as Douyin words it."""
    error = {"error_code": refusal.code, "description": str(refusal)}
    return JSONResponse({"data": error, "extra": {**error, "sub_error_code": 0, "logid": "2026", "now": 0}})


class DouyinAPI:
    """Answers for one account; `send` and `comment` do what is asked for, or raise DouyinRefusal."""

    def __init__(
        self,
        *,
        open_id: str,
        tokens: Tokens,
        videos: Videos,
        conversations: Conversations,
        ledger: Ledger,
        send: Callable[[str, str], str],
        comment: Callable[[str, str, str], str],
    ) -> None:
        self._open_id, self._tokens, self._videos = open_id, tokens, videos
        self._conversations, self._ledger = conversations, ledger
        self._send, self._comment = send, comment
        self.recalled: list[str] = []

    def routes(self) -> Sequence[Route]:
        """Where everything is."""
        owner = self._for_owner
        return [
            Route("/oauth/refresh_token/", self._answering(self._refresh), methods=["POST"]),
            Route("/oauth/renew_refresh_token/", self._answering(self._prolong), methods=["POST"]),
            Route("/im/send/msg/", owner(self._send_message), methods=["POST"]),
            Route("/im/recall/msg/", owner(self._recall), methods=["POST"]),
            Route("/item/comment/reply/", owner(self._reply), methods=["POST"]),
            Route("/item/comment/list/", owner(self._list_comments), methods=["GET"]),
            Route("/item/comment/reply/list/", owner(self._list_answers), methods=["GET"]),
            Route("/api/douyin/v1/video/video_list/", owner(self._list_videos), methods=["GET"]),
            Route("/api/douyin/v1/video/video_data/", owner(self._measure_videos), methods=["POST"]),
            Route("/data/external/user/fans/", owner(self._count_fans), methods=["GET"]),
        ]

    async def _send_message(self, call: Call) -> Answer:
        body = await _object_in(call)
        content, person = body.get("content"), body.get("to_user_id")
        text = (content.get("text") or {}).get("text") if isinstance(content, dict) else None
        if not isinstance(text, str) or not text or not isinstance(person, str):
            raise DouyinRefusal(BAD_PARAMETER, "Parameter error")
        self._conversations.use(str(body.get("msg_id") or ""), open_id=person)
        return {"msg_id": self._send(person, text)}

    async def _recall(self, call: Call) -> Answer:
        body = await _object_in(call)
        if not body.get("conversation_id") or body.get("conversation_type") not in {1, 2}:
            raise DouyinRefusal(BAD_PARAMETER, "Parameter error")
        self.recalled.append(str(body.get("msg_id")))
        return {}

    async def _reply(self, call: Call) -> Answer:
        body = await _object_in(call)
        item_id, comment_id, text = body.get("item_id"), body.get("comment_id"), body.get("content")
        if not all(isinstance(part, str) and part for part in (item_id, comment_id, text)):
            raise DouyinRefusal(BAD_PARAMETER, "Parameter error")
        return {"data": {"comment_id": self._comment(str(item_id), str(comment_id), str(text))}}

    async def _list_comments(self, call: Call) -> Answer:
        return {"data": self._page(call, self._videos.under(call.query_params.get("item_id", "")))}

    async def _list_answers(self, call: Call) -> Answer:
        query = call.query_params
        return {"data": self._page(call, self._videos.under(query.get("item_id", ""), parent_id=query["comment_id"]))}

    async def _list_videos(self, call: Call) -> Answer:
        newest = sorted(self._videos.titles, key=lambda item_id: self._videos.titles[item_id][1], reverse=True)
        start, count = _paging(call)
        rows = [self._video(item_id) for item_id in newest[start : start + count]]
        return {"data": {"list": rows, "cursor": start + len(rows), "has_more": start + count < len(newest)}}

    async def _measure_videos(self, call: Call) -> Answer:
        asked = (await _object_in(call)).get("item_ids") or []
        return {"data": {"list": [self._video(item_id) for item_id in asked if item_id in self._videos.titles]}}

    async def _count_fans(self, call: Call) -> Answer:
        return {"data": {"result_list": [{"date": "2026-09-20", "new_fans": 3, "total_fans": 1204}]}}

    async def _refresh(self, call: Call) -> Answer:
        form = await _form_in(call)
        self._tokens.renew(form.get("refresh_token"))
        return {
            "data": {
                "access_token": self._tokens.access,
                "expires_in": int(self._tokens.access_lasts.total_seconds()),
                "refresh_token": self._tokens.refresh,
                "refresh_expires_in": int(self._tokens.refresh_lasts.total_seconds()),
                "open_id": self._open_id,
            }
        }

    async def _prolong(self, call: Call) -> Answer:
        self._tokens.prolong((await _form_in(call)).get("refresh_token"))
        seconds = int(self._tokens.refresh_lasts.total_seconds())
        return {"data": {"refresh_token": self._tokens.refresh, "expires_in": seconds}}

    def _page(self, call: Call, comments: Sequence[Comment]) -> Answer:
        start, count = _paging(call)
        rows = [self._row(comment) for comment in comments[start : start + count]]
        return {"list": rows, "cursor": start + len(rows), "has_more": start + count < len(comments)}

    def _row(self, comment: Comment) -> Answer:
        return {
            "top": False,
            "comment_id": comment.id,
            "comment_user_id": comment.author_id,
            "content": comment.text,
            "create_time": int(comment.at.timestamp()),
            "digg_count": 0,
            "reply_comment_total": len(self._videos.under(comment.item_id, parent_id=comment.id)),
            "nick_name": comment.name,
        }

    def _video(self, item_id: str) -> Answer:
        title, at = self._videos.titles[item_id]
        comments = sum(one.item_id == item_id for one in self._videos.comments.values())
        likes = self._videos.likes.get(item_id, 0)
        statistics = {"play_count": 40 * (comments + likes + 1), "digg_count": likes, "comment_count": comments}
        return {
            "item_id": item_id,
            "title": title,
            "create_time": int(at.timestamp()),
            "share_url": f"https://www.iesdouyin.example/share/video/{item_id}",
            "statistics": {**statistics, "share_count": likes // 3, "forward_count": 0, "download_count": 0},
        }

    def _for_owner(self, action: Callable[[Call], Awaitable[Answer]]) -> Callable[[Call], Any]:
        async def checked(call: Call) -> Answer:
            self._tokens.check(call.headers.get("access-token", ""))
            if call.query_params.get("open_id") != self._open_id:
                raise DouyinRefusal(BAD_PARAMETER, "open_id is not the token's")
            return await action(call)

        return self._answering(checked)

    def _answering(self, action: Callable[[Call], Awaitable[Answer]]) -> Callable[[Call], Any]:
        async def answer(call: Call) -> Response:
            self._ledger.asked += 1
            try:
                said = await action(call)
            except DouyinRefusal as refusal:
                self._ledger.refuse(str(refusal.code))
                return refused(refusal)
            good = {"error_code": 0, "description": ""}
            return JSONResponse({**said, "data": {**good, **said.get("data", {})}, "extra": {**good, "logid": "2026"}})

        return answer


def _paging(call: Call) -> tuple[int, int]:
    cursor, count = call.query_params.get("cursor", "0"), call.query_params.get("count", "10")
    if not (cursor.isdigit() and count.isdigit() and 1 <= int(count) <= 50):
        raise DouyinRefusal(BAD_PARAMETER, "Parameter error")
    return int(cursor), int(count)


async def _object_in(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(await call.body())
    except ValueError as error:
        raise DouyinRefusal(BAD_PARAMETER, "Parameter error") from error
    return body if isinstance(body, dict) else {}


async def _form_in(call: Call) -> dict[str, str]:
    return dict(parse_qsl((await call.body()).decode("utf-8", "replace")))
