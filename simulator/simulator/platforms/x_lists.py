"""The lists and figures of X's second API, from everything that happened: also what no hook ever heard of."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from starlette.requests import Request as Call

from simulator.platforms import x_words
from simulator.platforms.memory import Memory
from simulator.platforms.x_desk import XApp

Page = Callable[[Call], Awaitable[Mapping[str, Any]]]


class Remembering(Protocol):
    """What the lists are made of."""

    app: XApp
    posts: Memory[dict[str, Any]]
    messages: Memory[dict[str, Any]]
    people: Memory[dict[str, Any]]


class XLists:
    """Everything that can be read. Pages have the newest first."""

    def __init__(self, account: Remembering) -> None:
        self._account = account

    def pages(self) -> Sequence[tuple[str, str, Page]]:
        """Each list's path, whose allowance it costs, and what answers."""
        return (
            ("/2/users/{user_id}/mentions", "mentions", self._mentions),
            ("/2/users/{user_id}/tweets", "timeline", self._timeline),
            ("/2/users/{user_id}", "lookup", self._user),
            ("/2/tweets", "lookup", self._figures),
            ("/2/dm_events", "messages", self._messages),
        )

    async def _mentions(self, call: Call) -> Mapping[str, Any]:
        found = [post for post in self._account.posts.newest_first() if self._names_brand(post)]
        return self._page(call, found, author="author_id")

    async def _timeline(self, call: Call) -> Mapping[str, Any]:
        mine = (post for post in self._account.posts.newest_first() if post["author_id"] == self._account.app.user_id)
        # The connector asks for neither answers nor what was passed on.
        return self._page(call, [post for post in mine if "referenced_tweets" not in post], author="author_id")

    async def _messages(self, call: Call) -> Mapping[str, Any]:
        found = [x_words.listed_message(message) for message in self._account.messages.newest_first()]
        return self._page(call, found, author="sender_id")

    async def _user(self, _call: Call) -> Mapping[str, Any]:
        return {"data": x_words.brand(self._account.app.user_id)}

    async def _figures(self, call: Call) -> Mapping[str, Any]:
        asked = call.query_params.get("ids", "").split(",")
        found = [post for name in asked if (post := self._account.posts.find(name)) is not None]
        missing = [{"title": "Not Found Error", "value": name} for name in asked if name not in self._account.posts]
        return {"data": found, **({"errors": missing} if missing else {})}

    def _names_brand(self, post: Mapping[str, Any]) -> bool:
        brand_id = self._account.app.user_id
        named = (one["id"] for one in post.get("entities", {}).get("mentions", ()))
        # An answer names whoever is answered, written out or not.
        return post["author_id"] != brand_id and (brand_id in named or post.get("in_reply_to_user_id") == brand_id)

    def _page(self, call: Call, found: Sequence[dict[str, Any]], *, author: str) -> Mapping[str, Any]:
        query = call.query_params
        since, size = query.get("start_time"), int(query.get("max_results", "10"))
        start = int(query.get("pagination_token", "0"))
        fitting = [one for one in found if since is None or _moment(one["created_at"]) >= _moment(since)]
        some = fitting[start : start + size]
        more = {"next_token": str(start + size)} if start + size < len(fitting) else {}
        includes = {"users": list(self._people(one[author] for one in some))}
        return {"data": some, "includes": includes, "meta": {"result_count": len(some), **more}}

    def _people(self, ids: Iterable[str]) -> Iterable[dict[str, Any]]:
        known = (self._account.people.find(one) for one in dict.fromkeys(ids))
        return (person for person in known if person is not None)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
