"""A member gets other roles or another name, is disabled or let in again. It holds from their next request on."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import delete
from sqlmodel import col

from huiying.auth.principals import Permission, Principal, Role
from huiying.errors import Conflict, Forbidden
from identity.storage.queries import MemberWithRoles, administrator_count, replace_roles, roles_of
from identity.storage.tables import ConsoleSession, Invitation, Member
from identity.storage.unit import IdentityUnit
from identity.usecases.facts import tell_member
from identity.usecases.reach import demand_brands, governed_member, visible_member, within


class LastAdministrator(Conflict):
    """Without this member nobody could administer the installation."""

    code = "last_administrator"


class MemberChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; None leaves it as it is. A role of None is taken away, brands not named keep theirs."""

    name: str | None = None
    is_active: bool | None = None
    is_administrator: bool | None = None
    roles: Mapping[str, Role | None] = {}

    @property
    def is_of_the_whole(self) -> bool:
        """Whether it concerns the member in all brands."""
        return self.name is not None or self.is_active is not None


async def change_member(unit: IdentityUnit, member_id: str, *, change: MemberChange, by: Principal) -> MemberWithRoles:
    """The member as it is afterwards, told to all services.

    Raises NotFound, Forbidden, LastAdministrator.
    """
    member, _ = await visible_member(unit, member_id, by=by)
    if change.is_administrator is not None and not by.is_administrator:
        raise Forbidden(f"{by.subject} is no administrator and decides nothing about administrators")
    if change.is_of_the_whole:
        await governed_member(unit, member_id, by=by)
    await demand_brands(unit, change.roles.keys(), by=by, permission=Permission.MEMBERS_WRITE)
    await _set_standing(unit, member, change)
    roles = await _set_roles(unit, member_id, change.roles)
    member.name = change.name if change.name is not None else member.name
    member.changed_at = unit.clock.now()
    tell_member(unit, member, roles=roles)
    return MemberWithRoles(member, within(by.scope(Permission.MEMBERS_READ), roles))


async def _set_standing(unit: IdentityUnit, member: Member, change: MemberChange) -> None:
    is_active = member.is_active if change.is_active is None else change.is_active
    is_administrator = member.is_administrator if change.is_administrator is None else change.is_administrator
    ceases = member.is_active and member.is_administrator and not (is_active and is_administrator)
    if ceases and await administrator_count(unit.session) <= 1:
        raise LastAdministrator(f"member {member.id} is the last administrator")
    member.is_active, member.is_administrator = is_active, is_administrator
    if not is_active:
        await unit.session.execute(delete(ConsoleSession).where(col(ConsoleSession.member_id) == member.id))
        await unit.session.execute(delete(Invitation).where(col(Invitation.member_id) == member.id))


async def _set_roles(unit: IdentityUnit, member_id: str, changes: Mapping[str, Role | None]) -> dict[str, Role]:
    before = (await roles_of(unit.session, [member_id]))[member_id]
    merged = {**before, **changes}
    roles = {brand: role for brand, role in merged.items() if role is not None}
    if roles != before:
        await replace_roles(unit.session, member_id, roles)
    return roles
