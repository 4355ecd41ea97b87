"""Who may do what: everything is denied that is not granted."""

import pytest

from huiying.auth.principals import GRANTS, Permission, Principal, Role
from huiying.errors import Forbidden, NotFound


def a_principal(*, is_administrator: bool = False, **brands: Role) -> Principal:
    return Principal(subject="ann", kind="member", name="Ann", is_administrator=is_administrator, brands=brands)


def test_every_role_has_its_grants() -> None:
    assert set(GRANTS) == set(Role)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ANALYST])
def test_who_only_looks_changes_nothing(role: Role) -> None:
    changing = {permission for permission in GRANTS[role] if not permission.endswith((":read", ":use"))}

    assert changing == set()


@pytest.mark.parametrize("permission", [Permission.OPERATE, Permission.BRANDS_WRITE])
def test_the_installation_is_the_administrators_alone(permission: Permission) -> None:
    assert [role for role in Role if permission in GRANTS[role]] == [Role.ADMINISTRATOR]


@pytest.mark.parametrize("permission", [Permission.MEMBERS_WRITE, Permission.KEYS_WRITE])
def test_only_owners_let_others_in(permission: Permission) -> None:
    assert {role for role in Role if permission in GRANTS[role]} == {Role.OWNER, Role.ADMINISTRATOR}


def test_roles_rise() -> None:
    assert GRANTS[Role.ANALYST] < GRANTS[Role.AUDITOR] < GRANTS[Role.MANAGER] < GRANTS[Role.OWNER]
    assert GRANTS[Role.AGENT] < GRANTS[Role.MANAGER]
    assert GRANTS[Role.OWNER] < GRANTS[Role.ADMINISTRATOR]


@pytest.mark.parametrize("permission", Permission)
def test_another_brands_objects_do_not_exist(permission: Permission) -> None:
    with pytest.raises(NotFound, match="no thread 1"):
        a_principal(acme=Role.OWNER).demand(permission, "other", what="thread 1")


def test_ones_own_brand_says_what_one_may_not() -> None:
    with pytest.raises(Forbidden):
        a_principal(acme=Role.ANALYST).demand(Permission.THREADS_REPLY, "acme", what="thread 1")


def test_what_is_granted_passes() -> None:
    agent = a_principal(acme=Role.AGENT)

    agent.demand(Permission.THREADS_REPLY, "acme", what="thread 1")

    assert agent.may(Permission.THREADS_REPLY, "acme")


def test_a_role_for_one_brand_is_none_for_another() -> None:
    principal = a_principal(acme=Role.ANALYST, other=Role.AGENT)

    assert principal.scope(Permission.THREADS_REPLY) == {"other"}
    assert principal.scope(Permission.THREADS_READ) == {"acme", "other"}
    assert principal.may_anywhere(Permission.THREADS_REPLY)


def test_who_has_no_brand_may_nothing() -> None:
    principal = a_principal()

    assert not any(principal.may_anywhere(permission) for permission in Permission)
    assert all(principal.scope(permission) == frozenset() for permission in Permission)


def test_an_administrator_is_not_limited() -> None:
    principal = a_principal(is_administrator=True)

    assert all(principal.may(permission, "any") for permission in Permission)
    assert all(principal.scope(permission) is None for permission in Permission)
