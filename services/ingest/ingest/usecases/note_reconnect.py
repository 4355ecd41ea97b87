"""Remember that a platform does not take an account's token any more: it is renewed, or only its owner can help."""

from datetime import datetime, timedelta

from ingest.storage.health_tables import AccountState
from ingest.storage.unit import IngestUnit
from ingest.usecases.tell_story import Severity, note

_DETAIL_CHARACTERS = 500
# A call may have been under way, or made by a replica that knew no better, when the token was changed.
_CHANGING = timedelta(minutes=1)
# A token that is refused so soon after it was given is refused for another reason than its age.
_FRESH = timedelta(minutes=10)


async def is_changing(unit: IngestUnit, account_id: str) -> bool:
    """Whether the account has had its token for so short a time that what is refused may be the one before it."""
    state = await unit.session.get(AccountState, account_id)
    return state is not None and _is_changing(state, now=unit.clock.now())


async def expects_another(unit: IngestUnit, account_id: str) -> bool:
    """Whether what is refused now may be allowed soon: the token was just changed, or will be."""
    state = await unit.session.get(AccountState, account_id)
    if state is None or state.reconnect_since is not None:
        return False
    return state.renew_due_at is not None or _is_changing(state, now=unit.clock.now())


async def note_reconnect(unit: IngestUnit, *, account_id: str, detail: str, is_renewal: bool = False) -> None:
    """The token was refused, or (`is_renewal`) what it is renewed with. Said once, until the account has another."""
    state = await unit.session.get(AccountState, account_id, with_for_update=True)
    if state is None or state.reconnect_since is not None:
        return
    now = unit.clock.now()
    if _is_changing(state, now=now) and not is_renewal:
        return
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


def _is_changing(state: AccountState, *, now: datetime) -> bool:
    return state.token_renewed_at is not None and now - state.token_renewed_at < _CHANGING
