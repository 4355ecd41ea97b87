"""How often somebody tries to sign in: counted in the database, so that replicas count together."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.crypto import fingerprint
from huiying.db.statements import table_of, upsert
from huiying.errors import TooMany
from identity.storage.tables import SignInWindow

WINDOW = timedelta(minutes=1)
PER_ACCOUNT = 5
PER_ADDRESS = 20


class TooManySignIns(TooMany):
    """Too many attempts to sign in within a minute."""

    code = "too_many_sign_ins"


async def count_attempt(session: AsyncSession, *, email: str, address: str, now: datetime) -> None:
    """Count one more attempt for this account and from this address, right or wrong.

    Raises TooManySignIns over 5 a minute for the account or 20 for the address.
    """
    await session.execute(delete(SignInWindow).where(col(SignInWindow.started_at) <= now - WINDOW))
    # Always in this order, so that two attempts cannot wait for each other.
    for subject, limit in ((f"account:{email}", PER_ACCOUNT), (f"address:{address}", PER_ADDRESS)):
        await _count(session, fingerprint(subject), limit=limit, now=now)


async def _count(session: AsyncSession, subject: str, *, limit: int, now: datetime) -> None:
    table = table_of(SignInWindow)
    is_over = table.c.started_at <= now - WINDOW
    statement = (
        upsert(session, table)
        .values(subject=subject, started_at=now, attempt_count=1)
        .on_conflict_do_update(
            index_elements=[table.c.subject],
            set_={
                "started_at": case((is_over, now), else_=table.c.started_at),
                "attempt_count": case((is_over, 1), else_=table.c.attempt_count + 1),
            },
        )
        .returning(table.c.started_at, table.c.attempt_count)
    )
    started_at, attempt_count = (await session.execute(statement)).one()
    if attempt_count > limit:
        left = started_at + WINDOW - now
        raise TooManySignIns("too many attempts to sign in", retry_after_seconds=max(1, round(left.total_seconds())))
