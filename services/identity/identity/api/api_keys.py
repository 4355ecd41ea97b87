"""API keys: how programs are let in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, Invalid, NotFound, Unauthenticated
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from identity.api.shapes import Asked, BrandRole, BrandSlug, KeyIdOf, Name, Viewing, Writing
from identity.storage.queries import KeyWithRoles, keys_in, roles_of
from identity.storage.tables import StoredKey
from identity.usecases.issue_api_key import NewKey, issue_api_key, revoke_api_key, visible_key

router = APIRouter(tags=["api keys"])

Writer = Annotated[Principal, Depends(require(Permission.KEYS_WRITE))]

_BY_AGE = Keyset("api-keys:created_at", ascending(StoredKey.created_at), ascending(StoredKey.id))


class NewKeyIn(Asked):
    """A key to be made."""

    name: Name
    roles: dict[BrandSlug, BrandRole] = Field(default={}, max_length=200, description="Brand: role.")
    is_administrator: bool = False
    expires_at: AwareDatetime | None = Field(default=None, description="Null: until it is taken back.")


class KeyOut(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    roles: dict[str, BrandRole]
    is_administrator: bool
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = Field(description="To the minute.")


class NewKeyOut(KeyOut):
    """A key that was just made. `key` is shown only here: nobody can look it up again."""

    key: str


@router.post(
    "/api-keys",
    operation_id="createAPIKey",
    status_code=201,
    responses=responses(Unauthenticated, Forbidden, NotFound, Invalid),
)
async def post_key(body: NewKeyIn, principal: Writer, unit: Writing) -> NewKeyOut:
    """Make a key. Without Idempotency-Key on purpose: what answers one is kept, and a secret must not be."""
    new = NewKey(name=body.name, roles=body.roles, is_administrator=body.is_administrator, expires_at=body.expires_at)
    issued = await issue_api_key(unit, new, by=principal)
    return NewKeyOut(**_shown(issued.key).model_dump(), key=issued.whole)


@router.get("/api-keys", operation_id="listAPIKeys", responses=responses(Unauthenticated, Forbidden, BadCursor))
async def list_keys(principal: Writer, unit: Viewing, page: PageOf) -> Page[KeyOut]:
    """The keys that reach no further than the caller's brands, the oldest first."""
    statement = keys_in(principal.scope(Permission.KEYS_WRITE))
    rows, following = await paginate(unit.session, statement, keyset=_BY_AGE, cursors=unit.tools.cursors, page=page)
    keys = [row[0] for row in rows]
    roles = await roles_of(unit.session, [key.id for key in keys])
    return Page(items=[_shown(KeyWithRoles(key, roles[key.id])) for key in keys], next_cursor=following)


@router.get("/api-keys/{key_id}", operation_id="getAPIKey", responses=responses(Unauthenticated, Forbidden, NotFound))
async def get_key(principal: Writer, unit: Viewing, key_id: KeyIdOf) -> KeyOut:
    """One key."""
    return _shown(await visible_key(unit, key_id, by=principal))


@router.delete(
    "/api-keys/{key_id}",
    operation_id="deleteAPIKey",
    status_code=204,
    responses=responses(Unauthenticated, Forbidden, NotFound),
)
async def delete_key(principal: Writer, unit: Writing, key_id: KeyIdOf) -> None:
    """Take a key back: it opens nothing from the next request on."""
    await revoke_api_key(unit, key_id, by=principal)


def _shown(found: KeyWithRoles) -> KeyOut:
    key, roles = found
    return KeyOut(
        id=key.id,
        name=key.name,
        roles=roles,
        is_administrator=key.is_administrator,
        created_by=key.created_by,
        created_at=key.created_at,
        expires_at=key.expires_at,
        used_at=key.used_at,
    )
