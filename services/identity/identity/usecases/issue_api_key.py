"""An API key is made for a program, shown once, and taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import delete
from sqlmodel import col

from huiying.auth.principals import Permission, Principal, Role
from huiying.crypto import fingerprint
from huiying.db.statements import insert_all
from huiying.errors import Forbidden, Invalid, NotFound
from huiying.ids import new_token
from identity.domain.api_keys import ID_BYTES, SECRET_BYTES, spelt
from identity.storage.queries import KeyWithRoles, keys_in, replace_roles, roles_of
from identity.storage.tables import RoleGrant, StoredKey
from identity.storage.unit import IdentityUnit
from identity.usecases.reach import demand_brands


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a key is for and what it may do."""

    name: str
    roles: Mapping[str, Role] = {}
    is_administrator: bool = False
    expires_at: datetime | None = None


class Issued(NamedTuple):
    """A new key, and the one chance to see it whole."""

    whole: str
    key: KeyWithRoles


async def issue_api_key(unit: IdentityUnit, new: NewKey, *, by: Principal) -> Issued:
    """A key that may do what it says, if the principal may give that away.

    Raises Forbidden, NotFound for a brand, Invalid if it may nothing or would be over at once.
    """
    now = unit.clock.now()
    if new.is_administrator and not by.is_administrator:
        raise Forbidden(f"{by.subject} is no administrator and cannot make an administrator's key")
    if not new.roles and not new.is_administrator:
        raise Invalid("say which role the key has for which brand", pointer="/roles")
    if new.expires_at is not None and new.expires_at <= now:
        raise Invalid("the key would have expired already", pointer="/expires_at")
    await demand_brands(unit, new.roles.keys(), by=by, permission=Permission.KEYS_WRITE)
    made = spelt(new_token(ID_BYTES), secret=new_token(SECRET_BYTES))
    key = StoredKey(
        id=made.id,
        name=new.name,
        fingerprint=fingerprint(made.whole),
        is_administrator=new.is_administrator,
        created_by=by.subject,
        created_at=now,
        expires_at=new.expires_at,
    )
    await insert_all(unit.session, StoredKey, [key.model_dump()])
    await replace_roles(unit.session, made.id, new.roles)
    return Issued(made.whole, KeyWithRoles(key, dict(new.roles)))


async def visible_key(unit: IdentityUnit, key_id: str, *, by: Principal) -> KeyWithRoles:
    """A key that reaches no further than the principal.

    Raises NotFound.
    """
    statement = keys_in(by.scope(Permission.KEYS_WRITE)).where(col(StoredKey.id) == key_id)
    key = (await unit.session.execute(statement)).scalar_one_or_none()
    if key is None:
        raise NotFound(f"no API key {key_id}")
    return KeyWithRoles(key, (await roles_of(unit.session, [key_id]))[key_id])


async def revoke_api_key(unit: IdentityUnit, key_id: str, *, by: Principal) -> None:
    """Let the key open nothing any more.

    Raises NotFound.
    """
    await visible_key(unit, key_id, by=by)
    await unit.session.execute(delete(RoleGrant).where(col(RoleGrant.holder_id) == key_id))
    await unit.session.execute(delete(StoredKey).where(col(StoredKey.id) == key_id))
