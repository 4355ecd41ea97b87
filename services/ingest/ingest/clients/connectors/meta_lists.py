"""Reading Meta's lists of lists: the comments under each post, the messages in each conversation.

A page of such a list is a page of the outer one, each of its members with the first of what is in it; what is left of
those comes next, one by one. The cursor says where that is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from huiying.events.interactions import Interaction
from ingest.clients.connectors.abilities import Listed
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.foreign import from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.meta_graph import Graph, path_part

_OUTER_COUNT = 25

Members = Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
# What an outer member and one of its inner ones tell together; None if they tell nothing.
Reader = Callable[[Mapping[str, Any], Mapping[str, Any]], Interaction | None]


class Rest(msgspec.Struct, frozen=True):
    """What was left of one inner list: whose it is, where it is, and where to go on."""

    owner: dict[str, Any]
    path: str
    after: str


class Place(msgspec.Struct, frozen=True):
    """Where a list of lists is gone on with: first the rests, then the outer list unless that is over."""

    after: str | None = None
    rests: tuple[Rest, ...] = ()
    is_over: bool = False


class NestedList(msgspec.Struct, frozen=True, kw_only=True):
    """How a list of lists is asked for, and how far back it is read.

    `fields` are those of the outer members, and are remembered for the rest of what is in them. `edge` is the inner
    list, newest first with these `modifiers`, and gone on with unless Meta keeps the rest of it to itself; `deeper` is
    a list within its members, if there is one.
    """

    path: str
    params: Mapping[str, str] = {}
    fields: tuple[str, ...]
    outer_time: str
    outer_since: datetime
    edge: str
    modifiers: Mapping[str, str] = {}
    inner_fields: str
    inner_time: str
    inner_count: int = 50
    goes_on: bool = True
    since: datetime
    deeper: str | None = None


async def list_nested(
    nested: NestedList, reader: Reader, *, cursor: str | None, graph: Graph, access: Access, said: str
) -> Listed:
    """One page of it."""
    place = _place_of(cursor)
    if place.rests:
        members, left = await _go_on(nested, place.rests[0], graph=graph, access=access, said=said)
        place = Place(place.after, (*place.rests[1:], *left), place.is_over)
    else:
        params = {**nested.params, "fields": _fields(nested), "limit": str(_OUTER_COUNT)}
        answer = await graph.read(nested.path, _from(place.after, params), access=access, said=said)
        outers = [mapping_of(item) for item in list_of(answer.get("data"))]
        recent = [outer for outer in outers if not is_before(outer.get(nested.outer_time), nested.outer_since)]
        members, left = _unfolded(nested, recent)
        after = next_cursor(answer) if len(recent) == len(outers) else None
        place = Place(after, tuple(left), after is None)
    has_more = bool(place.rests) or not place.is_over
    return Listed(
        interactions=[one for outer, inner in members if (one := reader(outer, inner)) is not None],
        cursor=msgspec.json.encode(place).decode() if has_more else None,
        has_more=has_more,
    )


def next_cursor(page: Mapping[str, Any]) -> str | None:
    """What leads on from a page; None from the last."""
    paging = mapping_of(page.get("paging"))
    return text_of(mapping_of(paging.get("cursors")).get("after")) if paging.get("next") else None


def is_before(time: object, moment: datetime) -> bool:
    """Whether that is a time, and earlier."""
    instant = from_rfc3339(time)
    return instant is not None and instant < moment


async def _go_on(
    nested: NestedList, rest: Rest, *, graph: Graph, access: Access, said: str
) -> tuple[Members, list[Rest]]:
    params = {**nested.modifiers, "fields": nested.inner_fields, "limit": str(nested.inner_count), "after": rest.after}
    page = await graph.read(rest.path, params, access=access, said=said)
    is_deep = nested.deeper is not None and rest.path.endswith(f"/{nested.deeper}")
    return _inner(nested, rest.owner, rest.path, page, is_deep=is_deep)


def _unfolded(nested: NestedList, outers: Sequence[Mapping[str, Any]]) -> tuple[Members, list[Rest]]:
    members: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
    rests: list[Rest] = []
    for outer in outers:
        outer_id = text_of(outer.get("id"))
        if outer_id is None:
            continue
        owner = {name: value for name, value in outer.items() if name != nested.edge}
        path = f"/{path_part(outer_id)}/{nested.edge}"
        found, left = _inner(nested, owner, path, mapping_of(outer.get(nested.edge)))
        members += found
        rests += left
    return members, rests


def _inner(
    nested: NestedList, owner: dict[str, Any], path: str, page: Mapping[str, Any], *, is_deep: bool = False
) -> tuple[list[tuple[Mapping[str, Any], Mapping[str, Any]]], list[Rest]]:
    """The members of one page of an inner list, with all that is in those, and what is left of any of it."""
    inners = [mapping_of(item) for item in list_of(page.get("data"))]
    members: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
    after = next_cursor(page)
    # The innermost lists are in no promised order, so only their end is an end.
    is_recent = is_deep or any(not is_before(inner.get(nested.inner_time), nested.since) for inner in inners)
    rests = [Rest(owner, path, after)] if after is not None and is_recent and nested.goes_on else []
    for inner in inners:
        members.append((owner, inner))
        inner_id = text_of(inner.get("id"))
        if nested.deeper is not None and nested.deeper in inner and inner_id is not None:
            deep_path = f"/{path_part(inner_id)}/{nested.deeper}"
            found, left = _inner(nested, owner, deep_path, mapping_of(inner[nested.deeper]), is_deep=True)
            members += found
            rests += left
    return members, rests


def _fields(nested: NestedList) -> str:
    modifiers = "".join(f".{name}({value})" for name, value in nested.modifiers.items())
    return ",".join((*nested.fields, f"{nested.edge}{modifiers}.limit({nested.inner_count}){{{nested.inner_fields}}}"))


def _from(after: str | None, params: Mapping[str, str]) -> Mapping[str, str]:
    return params if after is None else {**params, "after": after}


def _place_of(cursor: str | None) -> Place:
    try:
        return msgspec.json.decode(cursor, type=Place) if cursor is not None else Place()
    except msgspec.DecodeError:
        # Not one of ours, or of another version: the list is read from its newest again, which brings nothing twice.
        return Place()
