"""Sessions are ended: this one, or all that a member has."""

from sqlalchemy import delete
from sqlmodel import col

from huiying.crypto import fingerprint
from identity.storage.tables import ConsoleSession
from identity.storage.unit import IdentityUnit


async def sign_out(unit: IdentityUnit, *, token: str) -> None:
    """End the session of this token, if there is one."""
    mine = col(ConsoleSession.token_fingerprint) == fingerprint(token)
    await unit.session.execute(delete(ConsoleSession).where(mine))


async def sign_out_everywhere(unit: IdentityUnit, *, member_id: str) -> None:
    """End all sessions of a member."""
    await unit.session.execute(delete(ConsoleSession).where(col(ConsoleSession.member_id) == member_id))
