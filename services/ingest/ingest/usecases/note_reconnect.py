"""Remember that a platform does not take an account's secrets any more: only its owner can help."""

from sqlalchemy import update

from huiying.db.statements import table_of
from ingest.storage.health_tables import AccountState
from ingest.storage.unit import IngestUnit
from ingest.usecases.tell_story import Severity, note

_STATES = table_of(AccountState)
_DETAIL_CHARACTERS = 500


async def note_reconnect(unit: IngestUnit, *, account_id: str, detail: str) -> None:
    """The account must be connected anew; said once, until it has other secrets."""
    is_news = _STATES.c.account_id == account_id, _STATES.c.reconnect_since.is_(None)
    noted = (
        update(_STATES)
        .where(*is_news)
        .values(reconnect_since=unit.clock.now(), token_error=detail[:_DETAIL_CHARACTERS], renew_due_at=None)
    )
    brand = (await unit.session.execute(noted.returning(_STATES.c.brand))).scalar_one_or_none()
    if brand is None:
        return
    await note(
        unit,
        account_id=account_id,
        brand=brand,
        code="token_revoked",
        detail=f"the platform does not take the account's token any more: {detail}",
        severity=Severity.ERROR,
    )
