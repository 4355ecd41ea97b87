"""How far a principal reaches: over which brands it may give roles, and which members it may change as a whole."""

from collections.abc import Collection, Mapping

from sqlmodel import col

from huiying.auth.principals import Permission, Principal, Role
from huiying.errors import Forbidden, NotFound
from identity.storage.queries import MemberWithRoles, existing_brands, members_in, roles_of
from identity.storage.tables import Member
from identity.storage.unit import IdentityUnit


async def demand_brands(unit: IdentityUnit, brands: Collection[str], *, by: Principal, permission: Permission) -> None:
    """Go on only if all of these brands exist and the principal may do this for each.

    Raises NotFound for a brand that is not there or not the principal's, Forbidden where its role does not permit it.
    """
    for brand in sorted(brands):
        by.demand(permission, brand, what=f"brand {brand}")
    missing = set(brands) - set(await existing_brands(unit.session, brands))
    if missing:
        raise NotFound(f"no brand {min(missing)}")


async def visible_member(unit: IdentityUnit, member_id: str, *, by: Principal) -> MemberWithRoles:
    """A member that the principal may see, with the roles that it may know of.

    Raises NotFound.
    """
    scope = by.scope(Permission.MEMBERS_READ)
    statement = members_in(scope).where(col(Member.id) == member_id)
    member = (await unit.session.execute(statement)).scalar_one_or_none()
    if member is None:
        raise NotFound(f"no member {member_id}")
    roles = (await roles_of(unit.session, [member_id]))[member_id]
    return MemberWithRoles(member, within(scope, roles))


async def governed_member(unit: IdentityUnit, member_id: str, *, by: Principal) -> MemberWithRoles:
    """A member whom the principal may change as a whole: nothing of them belongs to a brand where it may not.

    Gives all of their roles. Raises NotFound if the principal may not see the member, Forbidden if not change them.
    """
    member, _ = await visible_member(unit, member_id, by=by)
    roles = (await roles_of(unit.session, [member_id]))[member_id]
    scope = by.scope(Permission.MEMBERS_WRITE)
    if scope is not None and (member.is_administrator or not set(roles) <= scope):
        raise Forbidden(f"{by.subject} may not change member {member_id}, who belongs to other brands too")
    return MemberWithRoles(member, roles)


def within(scope: Collection[str] | None, roles: Mapping[str, Role]) -> dict[str, Role]:
    """The roles for brands of the scope."""
    return {brand: role for brand, role in roles.items() if scope is None or brand in scope}
