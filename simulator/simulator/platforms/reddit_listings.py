"""How Reddit shows things: names, listings from the newest back, and refusals in its own words."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response

from simulator.people import Person

Things = deque[dict[str, Any]]


class RedditRefusal(Exception):
    """The API says no; in a body of `json.errors` where it took the call as such."""

    def __init__(self, status: int, reason: str, message: str, *, more: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.more = status, reason, more or {}

    def answer(self) -> Response:
        """The refusal as Reddit words it."""
        if self.status != 200:
            return JSONResponse({"message": str(self), "error": self.status}, status_code=self.status)
        return JSONResponse({"json": {"errors": [[self.reason, str(self), ""]], **self.more}})


def thing(kind: str, own: str, *, author: str | None, text: str, at: datetime) -> dict[str, Any]:
    """What every thing has; `own` is its id without the kind."""
    seconds = float(int(at.timestamp()))
    return {"name": f"{kind}_{own}", "id": own, "author": author, "body": text, "created_utc": seconds}


def username_of(person: Person) -> str:
    """Somebody's name there, which knows no other letters than ours."""
    return person.name if person.name.isascii() else f"reader_{person.number}"


def path_of(subreddit: str, post_name: str) -> str:
    """Where a post is to be seen."""
    return f"/r/{subreddit}/comments/{post_name[3:]}/menu/"


def listing(things: Things) -> Callable[[Call], Awaitable[dict[str, Any]]]:
    """The answer to who asks for these, the newest first."""

    async def answer(call: Call) -> dict[str, Any]:
        newest = sorted(things, key=lambda one: one["created_utc"], reverse=True)
        names, after = [one["name"] for one in newest], call.query_params.get("after")
        if after is not None:
            # Who goes on from what is no longer there is shown nothing.
            newest = newest[names.index(after) + 1 :] if after in names else []
        return shown(newest, size=int(call.query_params.get("limit", "25")))

    return answer


def shown(things: Sequence[dict[str, Any]], *, size: int = 100) -> dict[str, Any]:
    """A page of things, and where the next begins."""
    page = [{"kind": one["name"][:2], "data": one} for one in things[:size]]
    after = page[-1]["data"]["name"] if len(things) > size else None
    return {"kind": "Listing", "data": {"after": after, "dist": len(page), "children": page, "before": None}}


async def form_of(call: Call) -> Mapping[str, str]:
    """The form that a call carries."""
    return dict(parse_qsl((await call.body()).decode("utf-8", "replace")))
