"""What identity tells the other services."""

from collections.abc import Mapping

from huiying.auth.principals import Role
from huiying.events.members import MemberChanged
from identity.storage.tables import Member
from identity.storage.unit import IdentityUnit


def tell_member(unit: IdentityUnit, member: Member, *, roles: Mapping[str, Role]) -> None:
    """Tell the whole present state of a member."""
    unit.tell(
        MemberChanged(
            member_id=member.id,
            name=member.name,
            is_active=member.is_active,
            is_administrator=member.is_administrator,
            roles={brand: role.value for brand, role in roles.items()},
            changed_at=member.changed_at,
        )
    )
