"""A Facebook page's API: answering, hiding, deleting and liking comments, and listing and counting what is there."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request as Call

from simulator.delivery import Delivery
from simulator.people import BRAND_NAME
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

TIME = "created_time"


class FacebookGraph(MetaInbox):
    """What a page's app may ask and do."""

    def __init__(
        self, app: MetaApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        super().__init__(app, name=name, surroundings=surroundings)
        self.posts = Memory()
        self.hidden: set[str] = set()
        self.liked: set[str] = set()
        # What names the page elsewhere can be answered too.
        self.mentions: dict[str, str] = {}

    @abstractmethod
    def own_comment(self, comment_id: str, text: str, *, post_id: str, parent_id: str) -> Delivery:
        """What is told of a comment of the page's own."""

    @abstractmethod
    def comment_hidden(self, comment_id: str, *, is_shown: bool = False) -> Delivery:
        """What is told of a comment that the page hides, or shows again."""

    def author_of(self, comment_id: str) -> str:
        known = self._known(comment_id)
        return (known.author_id if known else self.mentions.get(comment_id)) or "4000000000000000"

    def actions(self) -> Sequence[tuple[str, str, Action]]:
        return [
            *super().actions(),
            ("GET", "/me/feed", self._list_feed),
            ("GET", "/me/published_posts", self._list_posts),
            ("GET", "/me", self._show_page),
            ("GET", "/{object_id}/comments", self._list_comments),
            ("POST", "/{object_id}/comments", self._add_comment),
            ("POST", "/{object_id}/likes", self._like),
            ("DELETE", "/{object_id}/likes", self._unlike),
            ("GET", "/{object_id}", self._show_post),
            ("POST", "/{object_id}", self._hide),
            ("DELETE", "/{object_id}", self._delete),
        ]

    def remember_comment(self, comment_id: str, value: Mapping[str, Any], *, group: Group, at: datetime) -> None:
        """Keep a comment, told as `value`, in the words of a list."""
        author, parent_id = value["from"], value["parent_id"]
        fields: dict[str, Any] = {"from": author, "message": value.get("message", "")}
        if parent_id != value["post_id"]:
            fields["parent"] = {"id": parent_id}
        if "photo" in value:
            fields["attachment"] = {"type": "photo", "media": {"image": {"src": value["photo"]}}}
        self.posts.put(group, Item(id=comment_id, group_id=group.id, at=at, fields=fields, author_id=str(author["id"])))

    async def _add_comment(self, call: Call) -> Mapping[str, Any]:
        target, text = call.path_params["object_id"], text_in(await parameters_of(call))
        known = self._known(target)
        post_id = known.group_id if known else f"{self.app.page_id}_{target.split('_')[0]}"
        reply_id = f"{post_id.split('_')[-1]}_{self.world.number()}"
        self.take(reply_id, target=target, text=text, is_public=True)
        value = {
            "from": {"id": self.app.page_id, "name": BRAND_NAME},
            "message": text,
            "post_id": post_id,
            "parent_id": target,
        }
        now = self.world.now()
        self.remember_comment(reply_id, value, group=self.posts.group(post_id, at=now), at=now)
        self.echo(self.own_comment(reply_id, text, post_id=post_id, parent_id=target))
        return {"id": reply_id}

    async def _hide(self, call: Call) -> Mapping[str, Any]:
        comment_id, is_hidden = call.path_params["object_id"], (await parameters_of(call)).get("is_hidden")
        self._known(comment_id)
        if not isinstance(is_hidden, bool):
            raise GraphRefusal("Param is_hidden must be a boolean", code=100)
        (self.hidden.add if is_hidden else self.hidden.discard)(comment_id)
        self.echo(self.comment_hidden(comment_id, is_shown=not is_hidden))
        return SUCCESS

    async def _delete(self, call: Call) -> Mapping[str, Any]:
        comment_id = call.path_params["object_id"]
        if self.posts.find(comment_id) is None:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        self.posts.drop(comment_id)
        return SUCCESS

    async def _like(self, call: Call) -> Mapping[str, Any]:
        self._known(call.path_params["object_id"])
        self.liked.add(call.path_params["object_id"])
        return SUCCESS

    async def _unlike(self, call: Call) -> Mapping[str, Any]:
        self._known(call.path_params["object_id"])
        self.liked.discard(call.path_params["object_id"])
        return SUCCESS

    async def _list_feed(self, call: Call) -> Mapping[str, Any]:
        limit = inner_limit(call.query_params.get("fields", ""))
        shown = []
        for group in self.posts.newest():
            comments = [item.shown(TIME) for item in group.newest()]
            # A list that is empty is not there at all.
            nested = {"comments": page_of(comments, limit=limit)} if comments else {}
            shown.append({**self._post(group), **nested})
        return dict(page_of(shown, limit=count_in(call), after=call.query_params.get("after")))

    async def _list_comments(self, call: Call) -> Mapping[str, Any]:
        group = self._group(call)
        comments = [item.shown(TIME) for item in group.newest()]
        return dict(page_of(comments, limit=count_in(call), after=call.query_params.get("after")))

    async def _list_posts(self, call: Call) -> Mapping[str, Any]:
        since = datetime.fromtimestamp(count_in(call, "since") or 0, UTC)
        shown = [self._post(group) for group in self.posts.newest() if group.at >= since]
        return dict(page_of(shown, limit=count_in(call), after=call.query_params.get("after")))

    async def _show_post(self, call: Call) -> Mapping[str, Any]:
        group = self._group(call)
        heard = len(group.items)
        insights = {"post_media_view": 40 * heard + 9 * group.reactions, "post_clicks": 3 * heard}
        return {
            "id": group.id,
            "reactions": {"data": [], "summary": {"total_count": group.reactions}},
            "comments": {"data": [], "summary": {"total_count": heard}},
            **({"shares": {"count": group.shares}} if group.shares else {}),
            "insights": {
                "data": [
                    {"name": name, "period": "lifetime", "values": [{"value": value}]}
                    for name, value in insights.items()
                ]
            },
        }

    async def _show_page(self, call: Call) -> Mapping[str, Any]:
        return {"followers_count": 12_000 + len(self.posts.groups), "id": self.app.page_id}

    def _post(self, group: Group) -> Mapping[str, Any]:
        return {
            "id": group.id,
            "message": group.title,
            TIME: time_text(group.at),
            "permalink_url": f"https://social.example/{group.id}",
        }

    def _group(self, call: Call) -> Group:
        found = self.posts.groups.get(call.path_params["object_id"])
        if found is None:
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        return found

    def _known(self, object_id: str) -> Item | None:
        found = self.posts.find(object_id)
        looks_right = object_id.replace("_", "").isdigit()
        if found is None and object_id not in self.mentions and (self.world.strict or not looks_right):
            raise GraphRefusal(NOT_THERE, code=100, subcode=33)
        return found
