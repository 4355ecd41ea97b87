"""Remember that a platform does not take an account's token any more: it is renewed, or only its owner can help."""

from datetime import timedelta

from ingest.storage.health_tables import AccountState
from ingest.storage.unit import IngestUnit
from ingest.usecases.tell_story import Severity, note

_DETAIL_CHARACTERS = 500
# A token that is refused so soon after it was given is refused for another reason than its age.
_FRESH = timedelta(minutes=10)


async def note_reconnect(unit: IngestUnit, *, account_id: str, detail: str) -> None:
    """The token was refused. Said once, until the account has another."""
    state = await unit.session.get(AccountState, account_id, with_for_update=True)
    if state is None or state.reconnect_since is not None:
        return
    now = unit.clock.now()
    is_fresh = state.token_renewed_at is not None and now - state.token_renewed_at < _FRESH
    can_renew = state.renew_due_at is not None and not is_fresh
    if can_renew and state.token_error is not None:
        return
    state.token_error = detail[:_DETAIL_CHARACTERS]
    if can_renew:
        state.renew_due_at = now
    else:
        state.reconnect_since, state.renew_due_at = now, None
    unit.session.add(state)
    await note(
        unit,
        account_id=account_id,
        brand=state.brand,
        code="token_refused" if can_renew else "token_revoked",
        detail=f"the platform does not take the account's token any more: {detail}",
        severity=Severity.WARNING if can_renew else Severity.ERROR,
    )
