"""The keys that sign access tokens: the configured one, else one made at first start and kept sealed."""

from datetime import datetime

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.auth.tokens import new_signing_key
from huiying.crypto import Vault
from huiying.db.statements import insert_new
from identity.storage.tables import SigningKey

_FIRST = 1


def imported(key: str) -> OKPKey:
    """The key in a JWK document. Raises ValueError if there is no private Ed25519 key in it."""
    try:
        found = OKPKey.import_key(msgspec.json.decode(key, type=dict[str, str | list[str]]))
    except (msgspec.DecodeError, JoseError, ValueError) as error:
        raise ValueError("not the JWK of an Ed25519 key") from error
    if found.curve_name != "Ed25519" or not found.is_private:
        raise ValueError("not a private Ed25519 key")
    found.ensure_kid()
    return found


async def kept_key(session: AsyncSession, *, vault: Vault, now: datetime) -> OKPKey:
    """The newest kept key, made now if there is none. Replicas that start at once agree on one."""
    newest = await _newest(session)
    if newest is None:
        made = msgspec.json.encode(new_signing_key().as_dict(private=True))
        row = {"number": _FIRST, "sealed": vault.seal(made, context=_context(_FIRST)), "created_at": now}
        await insert_new(session, SigningKey, [row], key="number")
        newest = await _newest(session)
    if newest is None:
        raise ValueError("a signing key that was just stored is not there")
    return imported(vault.open(newest.sealed, context=_context(newest.number)).decode())


async def _newest(session: AsyncSession) -> SigningKey | None:
    statement = select(SigningKey).order_by(col(SigningKey.number).desc()).limit(1)
    return (await session.execute(statement)).scalar_one_or_none()


def _context(number: int) -> str:
    return f"identity/signing_keys/sealed/{number}"
