"""A link by which somebody sets their password, once: a new member, one who forgot it, or the first administrator."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.crypto import fingerprint
from huiying.db.statements import insert_all
from huiying.ids import new_token
from identity.storage.tables import Invitation
from identity.storage.unit import IdentityUnit

LIFETIME = timedelta(days=3)
_TOKEN_BYTES = 32


class Invited(NamedTuple):
    """The link, which is shown once, and until when it works."""

    link: str
    expires_at: datetime


async def invite(unit: IdentityUnit, member_id: str) -> Invited:
    """A link for this member; earlier ones no longer work."""
    await unit.session.execute(delete(Invitation).where(col(Invitation.member_id) == member_id))
    return await make_link(unit.session, member_id, base_url=unit.tools.base_url, now=unit.clock.now())


async def make_link(session: AsyncSession, member_id: str | None, *, base_url: str, now: datetime) -> Invited:
    """A link for a member; for the first administrator without one."""
    await session.execute(delete(Invitation).where(col(Invitation.expires_at) <= now))
    token, expires_at = new_token(_TOKEN_BYTES), now + LIFETIME
    row = {"token_fingerprint": fingerprint(token), "member_id": member_id, "expires_at": expires_at}
    await insert_all(session, Invitation, [row])
    # After the hash, where neither a server's log nor a referrer gets to see it.
    return Invited(f"{base_url}/api/identity/v1/setup#{token}", expires_at)
