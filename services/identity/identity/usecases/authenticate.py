"""Who sends these credentials, and what they may do at this moment. Nothing is remembered between two requests."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, Select, select, update
from sqlmodel import col

from huiying.auth.principals import Principal, Role
from huiying.crypto import equal, fingerprint
from huiying.db.statements import table_of
from huiying.errors import Unauthenticated
from identity.domain.api_keys import read
from identity.storage.queries import existing_brands
from identity.storage.tables import ConsoleSession, Member, RoleGrant, StoredKey
from identity.storage.unit import IdentityUnit
from identity.usecases.sign_in import IDLE

NOTED_EVERY = timedelta(minutes=1)

MEMBER = "member"
API_KEY = "api_key"
BOOTSTRAP = "bootstrap"


class BadCredentials(Unauthenticated):
    """The session or key is unknown, over, or taken back."""

    code = "bad_credentials"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends to be known by: the token of a session, or an API key."""

    session_token: str | None = None
    api_key: str | None = None


class Proven(msgspec.Struct, frozen=True):
    """Who it is, and whether it is time to note that the credentials are in use."""

    principal: Principal
    credential_id: str
    is_due: bool


async def authenticate(unit: IdentityUnit, credentials: Credentials) -> Principal:
    """The principal that these credentials prove.

    Raises BadCredentials.
    """
    return (await prove(unit, credentials)).principal


async def prove(unit: IdentityUnit, credentials: Credentials) -> Proven:
    """Like `authenticate`, with what must be known for noting the use. At most two queries.

    Raises BadCredentials.
    """
    if credentials.api_key is not None:
        return await _by_key(unit, credentials.api_key)
    if credentials.session_token is not None:
        return await _by_session(unit, credentials.session_token)
    raise BadCredentials("no credentials")


async def note_use(unit: IdentityUnit, proven: Proven) -> None:
    """Remember that a session or key was used now, unless that was noted within the last minute."""
    now = unit.clock.now()
    if proven.principal.kind == MEMBER:
        mine = (col(ConsoleSession.id) == proven.credential_id, col(ConsoleSession.seen_at) <= now - NOTED_EVERY)
        await unit.session.execute(update(ConsoleSession).where(*mine).values(seen_at=now))
    else:
        used = update(StoredKey).where(col(StoredKey.id) == proven.credential_id).values(used_at=now)
        await unit.session.execute(used)


async def _by_key(unit: IdentityUnit, text: str) -> Proven:
    given = fingerprint(text)
    bootstrap = unit.tools.bootstrap_fingerprint
    if bootstrap and equal(given, bootstrap):
        principal = await _principal(unit, subject=BOOTSTRAP, kind=API_KEY, name=BOOTSTRAP, is_administrator=True)
        return Proven(principal, BOOTSTRAP, is_due=False)
    key = read(text)
    rows = (await unit.session.execute(_key_rows(key.id))).all() if key is not None else []
    now = unit.clock.now()
    if not rows or not equal(given, rows[0].fingerprint):
        raise BadCredentials("this API key is not known")
    found = rows[0]
    if found.expires_at is not None and found.expires_at <= now:
        raise BadCredentials(f"API key {found.id} has expired")
    principal = await _principal(
        unit,
        subject=found.id,
        kind=API_KEY,
        name=found.name,
        is_administrator=found.is_administrator,
        roles=_roles(rows),
    )
    return Proven(principal, found.id, is_due=found.used_at is None or found.used_at <= now - NOTED_EVERY)


async def _by_session(unit: IdentityUnit, token: str) -> Proven:
    rows = (await unit.session.execute(_session_rows(fingerprint(token)))).all()
    now: datetime = unit.clock.now()
    if not rows or rows[0].expires_at <= now or rows[0].seen_at <= now - IDLE:
        raise BadCredentials("the session is over")
    found = rows[0]
    principal = await _principal(
        unit,
        subject=found.member_id,
        kind=MEMBER,
        name=found.name,
        is_administrator=found.is_administrator,
        roles=_roles(rows),
    )
    return Proven(principal, found.id, is_due=found.seen_at <= now - NOTED_EVERY)


async def _principal(
    unit: IdentityUnit,
    *,
    subject: str,
    kind: str,
    name: str,
    is_administrator: bool,
    roles: dict[str, Role] | None = None,
) -> Principal:
    brands = roles or {}
    if is_administrator:
        # Named one by one, because the token vouches for a brand to services that have not heard of it yet.
        brands = dict.fromkeys(await existing_brands(unit.session), Role.ADMINISTRATOR)
    return Principal(subject=subject, kind=kind, name=name, is_administrator=is_administrator, brands=brands)


def _session_rows(token_fingerprint: str) -> Select[str, str, datetime, datetime, str, bool, str, str]:
    return (
        select(
            col(ConsoleSession.id),
            col(ConsoleSession.member_id),
            col(ConsoleSession.seen_at),
            col(ConsoleSession.expires_at),
            col(Member.name),
            col(Member.is_administrator),
            col(RoleGrant.brand),
            col(RoleGrant.role),
        )
        .join(Member, col(Member.id) == ConsoleSession.member_id)
        .outerjoin(RoleGrant, col(RoleGrant.holder_id) == Member.id)
        .where(col(ConsoleSession.token_fingerprint) == token_fingerprint, col(Member.is_active))
    )


def _key_rows(key_id: str) -> Select[Any]:
    return (
        select(*table_of(StoredKey).columns, col(RoleGrant.brand), col(RoleGrant.role))
        .outerjoin(RoleGrant, col(RoleGrant.holder_id) == StoredKey.id)
        .where(col(StoredKey.id) == key_id)
    )


def _roles(rows: Sequence[Row[Any]]) -> dict[str, Role]:
    return {row.brand: Role(row.role) for row in rows if row.brand is not None}
