"""A member signs in with e-mail and password, and gets a session.

Two transactions around the checking of the password, which is slow on purpose and holds up nobody's writing.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete
from sqlmodel import col

from huiying.crypto import fingerprint
from huiying.db.statements import insert_all
from huiying.errors import Unauthenticated
from huiying.ids import new_id, new_token
from identity.storage.queries import MemberWithRoles, member_by_email, roles_of
from identity.storage.sign_ins import count_attempt
from identity.storage.tables import ConsoleSession, Member
from identity.storage.unit import IdentityTools, IdentityUnit, Opener

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
_TOKEN_BYTES = 32


class WrongCredentials(Unauthenticated):
    """No such member, wrong password, disabled: nobody is told which."""

    code = "wrong_credentials"


class SignedIn(NamedTuple):
    """The token of a new session, whose it is, and when it ends at the latest."""

    token: str
    who: MemberWithRoles
    expires_at: datetime


async def sign_in(opener: Opener, tools: IdentityTools, *, email: str, password: str, address: str) -> SignedIn:
    """A new session for the member with this e-mail address (lower case) and password.

    Raises TooManySignIns, and WrongCredentials alike and as slowly for a wrong address as for a wrong password.
    """
    async with opener.open_unit() as unit:
        await count_attempt(unit.session, email=email, address=address, now=unit.clock.now())
        member = await member_by_email(unit.session, email)
    stored = member.password_hash if member is not None and member.is_active else None
    checked = await tools.passwords.check(password, stored=stored)
    if not checked.is_right or member is None:
        raise WrongCredentials("e-mail address or password is wrong")
    async with opener.open_unit() as unit:
        return await _start_session(unit, member.id, checked_hash=stored, new_hash=checked.new_hash)


async def _start_session(
    unit: IdentityUnit, member_id: str, *, checked_hash: str | None, new_hash: str | None
) -> SignedIn:
    member = await unit.session.get_one(Member, member_id, with_for_update=True)
    if not member.is_active or member.password_hash != checked_hash:
        raise WrongCredentials("the member was changed meanwhile")
    if new_hash is not None:
        member.password_hash = new_hash
    now = unit.clock.now()
    await unit.session.execute(delete(ConsoleSession).where(col(ConsoleSession.expires_at) <= now))
    token = new_token(_TOKEN_BYTES)
    row = {
        "id": new_id(),
        "token_fingerprint": fingerprint(token),
        "member_id": member_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + ABSOLUTE,
    }
    await insert_all(unit.session, ConsoleSession, [row])
    roles = (await roles_of(unit.session, [member_id]))[member_id]
    return SignedIn(token, MemberWithRoles(member, roles), now + ABSOLUTE)
