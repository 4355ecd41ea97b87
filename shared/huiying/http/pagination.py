"""Pages by keyset: a page begins after the last row of the one before, whatever was added or removed meanwhile.

A cursor is signed and names the list and the order it belongs to, so nobody can make one up or use it elsewhere. It is
not secret: sort keys must be fit to be seen by whoever may read the list.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.crypto import equal
from huiying.errors import Invalid

T = TypeVar("T")
KeyValue = str | int | float | bool | datetime

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
_CURSOR_LENGTH = 2_000
_SIGNATURE_BYTES = 16
_POINTER = "/query/cursor"


class BadCursor(Invalid):
    """Not a cursor that this list gave out."""

    code = "bad_cursor"

    def __init__(self) -> None:
        super().__init__("this cursor does not belong to this list; begin again without one", pointer=_POINTER)


class Page(BaseModel, Generic[T]):
    """A part of a list; `next_cursor` leads to the next part and is null at the end."""

    items: list[T]
    next_cursor: str | None = Field(default=None, description="Send it as `cursor` for the next page; null at the end.")


class PageRequest(msgspec.Struct, frozen=True):
    """Which part of a list is asked for."""

    limit: int = LIMIT_DEFAULT
    cursor: str | None = None


def page_request(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many items at most.")] = LIMIT_DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=_CURSOR_LENGTH, description="`next_cursor` of the page before.")
    ] = None,
) -> PageRequest:
    """The paging parameters of a list's route."""
    return PageRequest(limit=limit, cursor=cursor)


PageOf = Annotated[PageRequest, Depends(page_request)]
"""A route's parameter for the part of the list that is asked for."""


class SortKey(msgspec.Struct, frozen=True):
    """A column to sort by. It may not hold NULL, whose place the two databases disagree about."""

    column: ColumnElement[Any]
    is_descending: bool = False


def ascending(column: Any) -> SortKey:
    """Sort by this column, smallest first."""
    return SortKey(column)


def descending(column: Any) -> SortKey:
    """Sort by this column, largest first."""
    return SortKey(column, is_descending=True)


class Keyset:
    """The order of a list: its sort keys, of which the last makes every row distinct."""

    def __init__(self, name: str, *keys: SortKey) -> None:
        """`name` tells this list in this order from all others, such as `threads:-priority`."""
        if not keys:
            raise ValueError("a keyset needs at least one sort key")
        self.name = name
        self.keys = keys

    def order_by(self) -> list[ColumnElement[Any]]:
        """What goes into ORDER BY."""
        return [key.column.desc() if key.is_descending else key.column.asc() for key in self.keys]

    def after(self, values: Sequence[KeyValue]) -> ColumnElement[bool]:
        """The condition for the rows that come after the one with these key values."""
        return _after(list(zip(self.keys, values, strict=True)))


class Cursors:
    """Makes and opens the cursors of one service."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is the service's own; replicas share it. What signs cursors is derived from it."""
        self._key = hmac.digest(secret, b"huiying.http.pagination", hashlib.sha256)

    def encode(self, keyset: Keyset, values: Sequence[KeyValue]) -> str:
        """The cursor that stands after the row with these key values."""
        packed = msgspec.json.encode([_pack(value) for value in values])
        return base64.urlsafe_b64encode(self._sign(keyset, packed) + packed).decode().rstrip("=")

    def decode(self, keyset: Keyset, cursor: str) -> list[KeyValue]:
        """The key values that a cursor of this list stands for.

        Raises BadCursor for everything that `encode` has not made for the same keyset.
        """
        try:
            raw = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise BadCursor from None
        signature, packed = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not equal(signature, self._sign(keyset, packed)):
            raise BadCursor
        return [_unpack(*pair) for pair in _unpacker.decode(packed)]

    def _sign(self, keyset: Keyset, packed: bytes) -> bytes:
        return hmac.digest(self._key, keyset.name.encode() + b"\0" + packed, hashlib.sha256)[:_SIGNATURE_BYTES]


async def paginate(
    session: AsyncSession, statement: Select[Any], *, keyset: Keyset, cursors: Cursors, page: PageRequest
) -> tuple[Sequence[Row[Any]], str | None]:
    """The rows of one page, and the cursor of the next one, if there is one.

    Each row has what `statement` selects, and after that the sort keys, which are not for the caller. `statement`
    brings neither order nor limit. Raises BadCursor.
    """
    if page.cursor is not None:
        statement = statement.where(keyset.after(cursors.decode(keyset, page.cursor)))
    keys = [key.column.label(f"sort_key_{index}") for index, key in enumerate(keyset.keys)]
    asked = statement.add_columns(*keys).order_by(*keyset.order_by()).limit(page.limit + 1)
    rows = (await session.execute(asked)).all()
    if len(rows) <= page.limit:
        return rows, None
    shown = rows[: page.limit]
    return shown, cursors.encode(keyset, tuple(shown[-1])[-len(keys) :])


def _after(pairs: list[tuple[SortKey, KeyValue]]) -> ColumnElement[bool]:
    (key, value), rest = pairs[0], pairs[1:]
    bound = literal(value, type_=key.column.type)
    beyond = key.column < bound if key.is_descending else key.column > bound
    if not rest:
        return beyond
    # The first bound says nothing new, but it is what an index can begin at.
    within = key.column <= bound if key.is_descending else key.column >= bound
    return and_(within, or_(beyond, and_(key.column == bound, _after(rest))))


_unpacker = msgspec.json.Decoder(list[tuple[str, str | int | float | bool]])


def _pack(value: object) -> tuple[str, str | int | float | bool]:
    if isinstance(value, datetime):
        return "t", value.isoformat()
    if isinstance(value, str | int | float):
        return "v", value
    raise TypeError(f"a sort key may not be {type(value).__name__}")


def _unpack(kind: str, value: KeyValue) -> KeyValue:
    return datetime.fromisoformat(str(value)) if kind == "t" else value
