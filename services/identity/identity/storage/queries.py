"""What is read of members, brands and keys, always within what the caller may see."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.orm import Mapped
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.auth.principals import Role
from huiying.db.statements import insert_all
from identity.storage.tables import Brand, Member, RoleGrant, StoredKey

Roles = dict[str, Role]
"""Brand -> role."""


class MemberWithRoles(NamedTuple):
    """A member, and the roles that whoever asks may know of."""

    member: Member
    roles: Roles


class KeyWithRoles(NamedTuple):
    """An API key and its roles."""

    key: StoredKey
    roles: Roles


def brands_in(scope: Collection[str] | None) -> Select[Brand]:
    """The brands of a scope; all of them without one."""
    statement = select(Brand)
    return statement if scope is None else statement.where(col(Brand.slug).in_(scope))


def members_in(scope: Collection[str] | None) -> Select[Member]:
    """The members who have a role for a brand of the scope; all of them without one."""
    statement = select(Member)
    return statement if scope is None else statement.where(_holds_some(col(Member.id), scope))


def keys_in(scope: Collection[str] | None) -> Select[StoredKey]:
    """The keys that reach no further than the scope; all of them without one."""
    statement = select(StoredKey)
    if scope is None:
        return statement
    beyond = exists().where(col(RoleGrant.holder_id) == StoredKey.id, col(RoleGrant.brand).not_in(scope))
    return statement.where(col(StoredKey.is_administrator).is_(False), _holds_some(col(StoredKey.id), scope), ~beyond)


def _holds_some(holder: Mapped[str], scope: Collection[str]) -> ColumnElement[bool]:
    return exists().where(col(RoleGrant.holder_id) == holder, col(RoleGrant.brand).in_(scope))


async def roles_of(session: AsyncSession, holders: Collection[str]) -> dict[str, Roles]:
    """The roles of each of the holders."""
    found: dict[str, Roles] = {holder: {} for holder in holders}
    statement = select(RoleGrant).where(col(RoleGrant.holder_id).in_(holders)).order_by(col(RoleGrant.brand))
    for grant in (await session.execute(statement)).scalars():
        found[grant.holder_id][grant.brand] = Role(grant.role)
    return found


async def replace_roles(session: AsyncSession, holder: str, roles: Mapping[str, Role]) -> None:
    """Let the holder have these roles and no others."""
    await session.execute(delete(RoleGrant).where(col(RoleGrant.holder_id) == holder))
    rows = [{"holder_id": holder, "brand": brand, "role": role.value} for brand, role in roles.items()]
    if rows:
        await insert_all(session, RoleGrant, rows)


async def existing_brands(session: AsyncSession, slugs: Collection[str] | None = None) -> Sequence[str]:
    """Which of these brands exist; all there are when not told which."""
    statement = select(col(Brand.slug)).order_by(col(Brand.slug))
    if slugs is not None:
        statement = statement.where(col(Brand.slug).in_(slugs))
    return (await session.execute(statement)).scalars().all()


async def member_by_email(session: AsyncSession, email: str) -> Member | None:
    """The member with this address, in lower case."""
    return (await session.execute(select(Member).where(col(Member.email) == email))).scalar_one_or_none()


async def administrator_count(session: AsyncSession) -> int:
    """How many members administer this installation and may sign in."""
    # Locked, so that two who take each other's right away do not both succeed. A count alone cannot be.
    statement = select(col(Member.id)).where(col(Member.is_administrator), col(Member.is_active)).with_for_update()
    return len((await session.execute(statement)).scalars().all())


async def has_administrator(session: AsyncSession) -> bool:
    """Whether anybody administers this installation, or did."""
    statement = select(exists().where(col(Member.is_administrator)))
    return bool((await session.execute(statement)).scalar_one())
