"""A member is added, by somebody who may give them their roles."""

from collections.abc import Mapping

import msgspec

from huiying.auth.principals import Permission, Principal, Role
from huiying.db.statements import insert_new
from huiying.errors import Conflict, Forbidden, Invalid
from huiying.ids import new_id
from identity.storage.queries import MemberWithRoles, replace_roles
from identity.storage.tables import Member
from identity.storage.unit import IdentityUnit
from identity.usecases.facts import tell_member
from identity.usecases.reach import demand_brands


class MemberExists(Conflict):
    """A member has this e-mail address already."""

    code = "member_exists"


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    """Who is added. Without a password hash they need an invitation."""

    email: str
    name: str
    roles: Mapping[str, Role] = {}
    is_administrator: bool = False
    password_hash: str | None = None


async def check_may_create(unit: IdentityUnit, new: NewMember, *, by: Principal) -> None:
    """Go on only if the principal may give these roles.

    Raises Forbidden, Invalid (nobody but an administrator adds members without a brand), NotFound for a brand.
    """
    if new.is_administrator and not by.is_administrator:
        raise Forbidden(f"{by.subject} is no administrator and cannot make one")
    if not new.roles and not by.is_administrator:
        raise Invalid("say which role the member has for which of your brands", pointer="/roles")
    await demand_brands(unit, new.roles.keys(), by=by, permission=Permission.MEMBERS_WRITE)


async def create_member(unit: IdentityUnit, new: NewMember) -> MemberWithRoles:
    """The new member, told to all services.

    Raises MemberExists.
    """
    now = unit.clock.now()
    member = Member(
        id=new_id(),
        email=new.email,
        name=new.name,
        password_hash=new.password_hash,
        is_active=True,
        is_administrator=new.is_administrator,
        created_at=now,
        changed_at=now,
    )
    if not await insert_new(unit.session, Member, [member.model_dump()], key="id"):
        raise MemberExists("a member with this e-mail address exists; an administrator can give them a role")
    await replace_roles(unit.session, member.id, new.roles)
    tell_member(unit, member, roles=new.roles)
    return MemberWithRoles(member, dict(new.roles))
