"""An Instagram account's API: answering, hiding and deleting comments, and listing and counting what is there."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request as Call

from simulator.delivery import Delivery
from simulator.platforms.meta import (
    NOT_THERE,
    SUCCESS,
    Action,
    GraphRefusal,
    MetaApp,
    count_in,
    parameters_of,
    text_in,
)
from simulator.platforms.meta_inbox import MetaInbox
from simulator.platforms.meta_memory import Group, Item, Memory, inner_limit, page_of, time_text
from simulator.platforms.platform import Surroundings

OWN_NAME = "tanghulu.tea"
TIME = "timestamp"
# What an account can be told of; through a page, that is the page's.
FIELDS = frozenset({
    "comments", "live_comments", "mentions", "messages", "messaging_postbacks", "messaging_referral", "messaging_seen",
    "message_reactions", "standby", "feed", "mention", "messaging_referrals", "message_deliveries", "message_echoes",
    "message_edits", "message_reads",
})  # fmt: skip

_MOST_MENTIONS = 10_000
_ASKED_MENTION = re.compile(r"mentioned_(?:comment\.comment|media\.media)_id\((\d+)\)")
_TOKEN_SECONDS = 5_184_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Mentioned:
    """Somebody else's comment that names the account."""

    comment_id: str
    media_id: str
    text: str
    by: str
    at: datetime


class InstagramGraph(MetaInbox):
    """What an account's app may ask and do."""

    def __init__(
        self, app: MetaApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        super().__init__(app, name=name, surroundings=surroundings)
        self.media = Memory()
        self.hidden: set[str] = set()
        self._mentions: dict[str, Mentioned] = {}

    @abstractmethod
    def own_comment(self, comment_id: str, text: str, *, media_id: str, parent_id: str | None) -> Delivery:
        """What is told of a comment of the account's own."""

    def author_of(self, comment_id: str) -> str:
        known = self._known(comment_id)
        return known.author_id if known else "4000000000000000"

    def remember_mention(self, mentioned: Mentioned) -> None:
        """Keep a mention, to be asked about."""
        if len(self._mentions) >= _MOST_MENTIONS:
            self._mentions.pop(next(iter(self._mentions)))
        self._mentions[mentioned.comment_id] = mentioned

    def actions(self) -> Sequence[tuple[str, str, Action]]:
        return [
            *super().actions(),
            ("GET", "/refresh_access_token", self._refresh),
            ("GET", "/{object_id}/media", self._list_media),
            ("GET", "/{object_id}/comments", self._list_comments),
            ("GET", "/{object_id}/replies", self._list_replies),
            ("POST", "/{object_id}/replies", self._add_reply),
            ("POST", "/{object_id}/mentions", self._answer_mention),
            ("GET", "/{object_id}", self._show),
            ("POST", "/{object_id}", self._hide),
            ("DELETE", "/{object_id}", self._delete),
        ]

    async def _add_reply(self, call: Call) -> Mapping[str, Any]:
        target, text = call.path_params["object_id"], text_in(await parameters_of(call))
        known = self._known(target)
        if target in self.hidden:
            raise GraphRefusal("A hidden comment cannot be replied to", code=100)
        media_id = known.group_id if known else "1790"
        # There is one level of answers: who answers an answer answers what that did.
        parent_id = known.fields.get("parent_id", target) if known else target
        reply_id, now = self._new_id(), self.world.now()
        fields = {"from": {"id": self.app.page_id, "username": OWN_NAME}, "text": text, "parent_id": parent_id}
        group = self.media.group(media_id, at=now)
        self.media.put(group, Item(id=reply_id, group_id=media_id, at=now, fields=fields, author_id=self.app.page_id))
        self.take(reply_id, target=target, text=text, is_public=True)
        self.echo(self.own_comment(reply_id, text, media_id=media_id, parent_id=parent_id))
        return {"id": reply_id}

    async def _answer_mention(self, call: Call) -> Mapping[str, Any]:
        parameters = await parameters_of(call)
        target, text = str(parameters.get("comment_id") or parameters.get("media_id", "")), text_in(parameters)
        if self.world.strict and target not in self._mentions:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        reply_id = self._new_id()
        # It stands under somebody else's post, so nothing of it is told.
        self.take(reply_id, target=target, text=text, is_public=True)
        return {"id": reply_id}

    async def _hide(self, call: Call) -> Mapping[str, Any]:
        comment_id, is_hidden = call.path_params["object_id"], (await parameters_of(call)).get("hide")
        self._known(comment_id)
        if is_hidden not in {True, False, "true", "false"}:
            raise GraphRefusal("Param hide must be a boolean", code=100)
        (self.hidden.add if is_hidden in {True, "true"} else self.hidden.discard)(comment_id)
        return SUCCESS

    async def _delete(self, call: Call) -> Mapping[str, Any]:
        comment_id = call.path_params["object_id"]
        if self.media.find(comment_id) is None:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        self.media.drop(comment_id)
        return SUCCESS

    async def _list_media(self, call: Call) -> Mapping[str, Any]:
        fields, since = call.query_params.get("fields", ""), datetime.fromtimestamp(count_in(call, "since") or 0, UTC)
        shown = []
        for group in self.media.newest():
            if group.at < since:
                continue
            comments = self._comments(group) if "comments" in fields else []
            nested = {"comments": page_of(comments, limit=inner_limit(fields))} if comments else {}
            shown.append({**self._medium(group), **nested})
        return dict(page_of(shown, limit=count_in(call), after=call.query_params.get("after")))

    async def _list_comments(self, call: Call) -> Mapping[str, Any]:
        group = self.media.groups.get(call.path_params["object_id"])
        if group is None:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        return dict(page_of(self._comments(group), limit=count_in(call), after=call.query_params.get("after")))

    async def _list_replies(self, call: Call) -> Mapping[str, Any]:
        known = self.media.find(call.path_params["object_id"])
        if known is None:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        replies = self._replies(self.media.groups[known.group_id], known.id)
        return dict(page_of(replies, limit=count_in(call), after=call.query_params.get("after")))

    async def _show(self, call: Call) -> Mapping[str, Any]:
        object_id, fields = call.path_params["object_id"], call.query_params.get("fields", "")
        asked = _ASKED_MENTION.search(fields)
        if asked:
            return self._mention(asked[1])
        if object_id == self.app.page_id:
            counts = {"followers_count": 8_400, "follows_count": 96, "media_count": len(self.media.groups)}
            return {**counts, "id": object_id}
        group = self.media.groups.get(object_id)
        if group is None:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        heard = len(group.items)
        insights = {"views": 60 * heard + 7, "shares": heard // 3}
        data = [{"name": name, "period": "lifetime", "values": [{"value": value}]} for name, value in insights.items()]
        return {"id": object_id, "like_count": 5 * heard, "comments_count": heard, "insights": {"data": data}}

    async def _refresh(self, call: Call) -> Mapping[str, Any]:
        if call.query_params.get("grant_type") != "ig_refresh_token":
            raise GraphRefusal("Invalid grant_type", code=100)
        return {"access_token": self.app.access_token, "token_type": "bearer", "expires_in": _TOKEN_SECONDS}

    def _mention(self, mentioned_id: str) -> Mapping[str, Any]:
        found = self._mentions.get(mentioned_id)
        if found is None:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        comment = {
            "id": found.comment_id,
            "text": found.text,
            TIME: time_text(found.at),
            "username": found.by,
            "media": {"id": found.media_id},
        }
        return {"mentioned_comment": comment, "id": self.app.page_id}

    def _comments(self, group: Group) -> list[dict[str, Any]]:
        top = [item for item in group.newest() if "parent_id" not in item.fields]
        return [
            {**item.shown(TIME), **({"replies": page_of(replies)} if replies else {})}
            for item in top
            for replies in [self._replies(group, item.id)]
        ]

    def _replies(self, group: Group, comment_id: str) -> list[dict[str, Any]]:
        return [item.shown(TIME) for item in group.newest() if item.fields.get("parent_id") == comment_id]

    def _medium(self, group: Group) -> dict[str, Any]:
        return {
            "id": group.id,
            "caption": group.title,
            TIME: time_text(group.at),
            "permalink": f"https://pictures.example/p/{group.id}",
            "media_product_type": "FEED",
        }

    def _known(self, comment_id: str) -> Item | None:
        found = self.media.find(comment_id)
        if found is None and (self.world.strict or not comment_id.isdigit()):
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        return found

    def _new_id(self) -> str:
        return f"180{self.world.number()}"
