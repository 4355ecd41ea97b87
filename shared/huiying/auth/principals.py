"""Roles, what each may do, and the principal that carries them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from huiying.errors import Forbidden, NotFound


class Role(StrEnum):
    """What somebody is to a brand; `administrator` is to the whole installation."""

    OWNER = "owner"
    MANAGER = "manager"
    AGENT = "agent"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a route asks for."""

    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_REPLAY = "deliveries:replay"
    THREADS_READ = "threads:read"
    THREADS_WORK = "threads:work"
    THREADS_REPLY = "threads:reply"
    SCORING_USE = "scoring:use"
    SCORING_TUNE = "scoring:tune"
    CORRECTIONS_WRITE = "corrections:write"
    ALERTS_READ = "alerts:read"
    ALERTS_WORK = "alerts:work"
    WATCHES_WRITE = "watches:write"
    REPORTS_READ = "reports:read"
    BRANDS_READ = "brands:read"
    BRANDS_WRITE = "brands:write"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    KEYS_WRITE = "keys:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    OPERATE = "operate"


_READ = {
    Permission.ACCOUNTS_READ,
    Permission.ALERTS_READ,
    Permission.DELIVERIES_READ,
    Permission.THREADS_READ,
    Permission.REPORTS_READ,
    Permission.BRANDS_READ,
    Permission.MEMBERS_READ,
    Permission.SCORING_USE,
    Permission.WEBHOOKS_READ,
}
_AGENT = {
    Permission.ACCOUNTS_READ,
    Permission.ALERTS_READ,
    Permission.ALERTS_WORK,
    Permission.THREADS_READ,
    Permission.THREADS_WORK,
    Permission.THREADS_REPLY,
    Permission.BRANDS_READ,
    Permission.MEMBERS_READ,
    Permission.SCORING_USE,
    Permission.CORRECTIONS_WRITE,
}
_MANAGER = (
    _READ
    | _AGENT
    | {
        Permission.ACCOUNTS_WRITE,
        Permission.DELIVERIES_REPLAY,
        Permission.SCORING_TUNE,
        Permission.WATCHES_WRITE,
        Permission.WEBHOOKS_WRITE,
    }
)

GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.AUDITOR: frozenset(_READ),
        Role.ANALYST: frozenset(
            _READ - {Permission.DELIVERIES_READ, Permission.MEMBERS_READ, Permission.WEBHOOKS_READ}
        ),
        Role.AGENT: frozenset(_AGENT),
        Role.MANAGER: frozenset(_MANAGER),
        Role.OWNER: frozenset(_MANAGER | {Permission.MEMBERS_WRITE, Permission.KEYS_WRITE}),
        Role.ADMINISTRATOR: frozenset(Permission),
    }
)
"""Which role may do what, within its brand."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `brands` is what the access token vouches for: each brand it names exists, with the role held there."""

    subject: str
    kind: str
    name: str
    is_administrator: bool
    brands: dict[str, Role]

    def may(self, permission: Permission, brand: str) -> bool:
        """Whether this is allowed for that brand."""
        if self.is_administrator:
            return True
        role = self.brands.get(brand)
        return role is not None and permission in GRANTS[role]

    def may_anywhere(self, permission: Permission) -> bool:
        """Whether this is allowed for any brand at all."""
        return self.is_administrator or any(permission in GRANTS[role] for role in self.brands.values())

    def scope(self, permission: Permission) -> frozenset[str] | None:
        """The brands for which this is allowed; None for an administrator, who is not limited."""
        if self.is_administrator:
            return None
        return frozenset(brand for brand in self.brands if self.may(permission, brand))

    def demand(self, permission: Permission, brand: str, *, what: str) -> None:
        """Go on only if this is allowed for that brand.

        Raises NotFound if the brand is not one of the principal's: another brand's objects do not exist for it. Raises
        Forbidden if it is, but the role does not permit this.
        """
        if self.may(permission, brand):
            return
        if brand not in self.brands:
            raise NotFound(f"no {what}")
        raise Forbidden(f"{self.subject} may not {permission} for brand {brand}")
