"""A write that may be sent twice and happens once: `Idempotency-Key`.

The answer is stored by the transaction that has the effect, so there is no moment at which one exists without the
other. A request that failed stores nothing and may be sent again under the same key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from huiying.db.platform import PLATFORM
from huiying.db.statements import upsert
from huiying.db.types import UTCDateTime
from huiying.errors import Conflict, Rejected

KEPT_FOR = timedelta(hours=24)
REPLAYED_HEADER = "idempotency-replayed"

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    PLATFORM,
    # SHA-256 of who asked, which route and the key that was sent.
    Column("digest", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    # Both are there once the effect is; nobody else ever sees the row without them.
    Column("status", Integer, nullable=True),
    Column("answer", LargeBinary, nullable=True),
    Column("expires_at", UTCDateTime, nullable=False),
    Index(None, "expires_at"),
)


class IdempotencyKeyReused(Rejected):
    """The key was sent before, with another request."""

    code = "idempotency_key_reused"


class StillInFlight(Conflict):
    """The first request with this key is not finished yet."""

    code = "idempotency_in_flight"


class Idempotency(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one request from another: the key (or none), the route, and a digest of the request."""

    key: str | None
    route: str
    fingerprint: str


async def idempotency(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=200,
            description="The same key and request within 24 hours have one effect and get the same answer.",
        ),
    ] = None,
) -> Idempotency:
    """What a creating route needs to know of the request to do it once."""
    route = f"{request.method} {request.url.path}"
    asked = b"\0".join((route.encode(), request.url.query.encode(), await request.body()))
    return Idempotency(key=key, route=route, fingerprint=hashlib.sha256(asked).hexdigest())


IdempotencyOf = Annotated[Idempotency, Depends(idempotency)]
"""A route's parameter that makes `once` possible."""


async def once(
    session: AsyncSession,
    request: Idempotency,
    *,
    principal: str,
    now: datetime,
    status: int,
    effect: Callable[[], Awaitable[BaseModel]],
) -> Response:
    """The answer of `effect`, which happens once for each key of a principal; without a key it just happens.

    `session` is the transaction that `effect` writes in. Raises IdempotencyKeyReused if the key came with another
    request before, StillInFlight if that request is not done, and whatever `effect` raises.
    """
    if request.key is None:
        return _response(status, _encode(await effect()))
    digest = hashlib.sha256(f"{principal}\0{request.route}\0{request.key}".encode()).hexdigest()
    if not await _is_first(session, digest, request.fingerprint, now):
        return await _stored(session, digest, request.fingerprint)
    answer = _encode(await effect())
    mine = IDEMPOTENCY_KEYS.c.digest == digest
    await session.execute(update(IDEMPOTENCY_KEYS).where(mine).values(status=status, answer=answer))
    return _response(status, answer)


async def forget_expired(session: AsyncSession, *, now: datetime) -> None:
    """Remove the answers whose time is over."""
    await session.execute(delete(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.expires_at <= now))


async def _is_first(session: AsyncSession, digest: str, fingerprint: str, now: datetime) -> bool:
    """Take the key, unless somebody has it. Waits for a transaction that is about to take it."""
    table = IDEMPOTENCY_KEYS
    fresh = {"fingerprint": fingerprint, "status": None, "answer": None, "expires_at": now + KEPT_FOR}
    statement = (
        upsert(session, table)
        .values(digest=digest, **fresh)
        .on_conflict_do_update(index_elements=[table.c.digest], set_=fresh, where=table.c.expires_at <= now)
        .returning(table.c.digest)
    )
    try:
        return (await session.execute(statement)).scalar_one_or_none() is not None
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise StillInFlight("the first request with this Idempotency-Key is still being worked on") from error
        raise


_LOCK_NOT_AVAILABLE = "55P03"


async def _stored(session: AsyncSession, digest: str, fingerprint: str) -> Response:
    table = IDEMPOTENCY_KEYS
    row = (await session.execute(select(table).where(table.c.digest == digest))).one()
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused("this Idempotency-Key was sent before with another request")
    if row.status is None:
        raise StillInFlight("the first request with this Idempotency-Key is still being worked on")
    return _response(row.status, row.answer, is_replayed=True)


def _encode(answer: BaseModel) -> bytes:
    return answer.model_dump_json(by_alias=True).encode()


def _response(status: int, answer: bytes, *, is_replayed: bool = False) -> Response:
    headers = {REPLAYED_HEADER: "true"} if is_replayed else None
    return Response(answer, status_code=status, media_type="application/json", headers=headers)
