"""The lists and figures of TikTok's API, from everything that happened: also what no hook ever heard of."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from simulator.platforms import tiktok_words
from simulator.platforms.memory import Memory
from simulator.platforms.tiktok_desk import BAD_PARAMETER, NOT_THERE, Talk, TikTokRefusal

Page = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_NEWEST_MESSAGES = 20


class Remembering(Protocol):
    """What the lists are made of."""

    comments: Memory[dict[str, Any]]
    talks: Memory[Talk]
    videos: Memory[dict[str, Any]]


class TikTokLists:
    """Everything that can be read. Pages have the newest first, and a number for a cursor."""

    def __init__(self, account: Remembering) -> None:
        self._account = account

    def pages(self) -> Sequence[tuple[str, Page]]:
        """Each list's path, and what answers."""
        return (
            ("/business/comment/list/", self._comments),
            ("/business/video/list/", self._videos),
            ("/business/get/", self._figures),
            ("/business/message/conversation/list/", self._conversations),
            ("/business/message/content/list/", self._messages),
        )

    def _comments(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        wanted = set(json.loads(asked["comment_ids"])) if "comment_ids" in asked else None
        found = [one for one in self._account.comments.newest_first() if one["video_id"] == asked.get("video_id")]
        if wanted is not None:
            found = [one for one in found if one["comment_id"] in wanted]
        found.sort(key=lambda one: int(one["create_time"]), reverse=True)
        tops = [one for one in found if wanted is not None or "parent_comment_id" not in one]
        some, more = _page(tops, asked, most=30)
        return {"comments": [self._with_answers(one) for one in some], **more}

    def _with_answers(self, comment: Mapping[str, Any]) -> Mapping[str, Any]:
        answers = [
            one
            for one in self._account.comments.newest_first()
            if one.get("parent_comment_id") == comment["comment_id"]
        ]
        return {**comment, "reply_list": answers} if answers else comment

    def _videos(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        wanted = json.loads(asked.get("filters", "{}")).get("video_ids")
        fields = json.loads(asked.get("fields", '["item_id"]'))
        found = [one for one in self._account.videos.newest_first() if wanted is None or one["item_id"] in set(wanted)]
        some, more = _page(found, asked, most=20)
        return {"videos": [{name: one[name] for name in fields if name in one} for one in some], **more}

    def _figures(self, _asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"followers_count": 31_207, "following_count": 4, "videos_count": len(self._account.videos)}

    def _conversations(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        sort = asked.get("conversation_type")
        if sort not in {"SINGLE", "STRANGER"}:
            raise TikTokRefusal(BAD_PARAMETER, "conversation_type: Must be one of SINGLE, STRANGER.")
        # With a stranger the brand has not spoken yet.
        fitting = [
            {"conversation_id": talk.messages[0]["conversation_id"], "update_time": talk.messages[-1]["timestamp"]}
            for talk in self._account.talks.newest_first()
            if talk.messages and _has_answer(talk) == (sort == "SINGLE")
        ]
        some, more = _page(fitting, {"max_count": asked.get("limit", "100"), **asked}, most=100)
        return {"conversations": some, **more}

    def _messages(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        talk = self._account.talks.find(str(asked.get("conversation_id")))
        if talk is None:
            raise TikTokRefusal(NOT_THERE, "Param conversation_id is invalid.")
        newest = talk.messages[-_NEWEST_MESSAGES:]
        return {"messages": [tiktok_words.listed_message(message) for message in newest]}


def _has_answer(talk: Talk) -> bool:
    return any(message["from"] == tiktok_words.BRAND_HANDLE for message in talk.messages)


def _page(
    found: Sequence[dict[str, Any]], asked: Mapping[str, Any], *, most: int
) -> tuple[Sequence[dict[str, Any]], dict[str, Any]]:
    start, size = int(asked.get("cursor", "0")), min(int(asked.get("max_count", "20")), most)
    return found[start : start + size], {"cursor": start + size, "has_more": start + size < len(found)}
