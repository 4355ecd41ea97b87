"""Nobody reaches a route by somebody's forgetting: each asks for a permission, or is listed here as meant for all."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from huiying.auth.principals import Permission
from tests.support.routes import WalkedRoute, all_routes, routes_of, service_named, undeclared_paths
from tests.support.running import a_service
from tests.support.sources import SERVICES

# Whoever adds a line here says why everybody may call it.
PUBLIC = {
    ("identity", "showSetup"),  # a page; the link's token is checked when it is used
    ("identity", "acceptInvitation"),  # its token is the credential
    ("identity", "signIn"),  # before that nobody is anybody
    ("identity", "signOut"),  # ends the caller's own session, whatever state it is in
    ("identity", "exchangeCredentials"),  # the gateway asks on behalf of whoever comes
    ("identity", "getKeys"),  # public keys
}

# What needs no permission, because everybody who is signed in may know or do it about themselves.
OWN = {
    ("identity", "getMe"),
    ("identity", "listRoles"),
    ("identity", "changePassword"),
    ("identity", "signOutEverywhere"),
}

NAMED_BY_VERB = re.compile(r"[a-z]+([A-Z][A-Za-z]*)+")


def named(service: str) -> list[WalkedRoute]:
    """A service's routes; there is no service without any."""
    found = list(routes_of(service))
    assert found
    return found


def complaint(route: WalkedRoute) -> str | None:
    """What is wrong with how a route declares who may call it."""
    key = (route.service, route.operation_id)
    if route.is_public != (key in PUBLIC):
        return f"{route.name} is marked public, or listed so, but not both"
    if route.is_public:
        return f"{route.name} is public, but asks who calls" if route.wants_principal else None
    if not route.permissions and key not in OWN:
        return f"{route.name} asks for no permission"
    return None if route.wants_principal else f"{route.name} does not ask who calls"


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_asks_for_a_permission_or_is_listed_as_public(service: str) -> None:
    assert [said for said in map(complaint, named(service)) if said] == []


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_but_the_description_is_served_besides_the_routes(service: str) -> None:
    assert undeclared_paths(service) == {f"/api/{service}/v1/openapi.json"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_is_named_by_a_verb_and_a_noun_and_once(service: str) -> None:
    names = Counter(route.operation_id for route in named(service))

    assert all(name is not None and NAMED_BY_VERB.fullmatch(name) for name in names), names
    assert [name for name, count in names.items() if count > 1] == []


def test_nothing_is_listed_that_is_not_there() -> None:
    there = {(route.service, route.operation_id) for route in all_routes()}

    assert there >= (PUBLIC | OWN)


@pytest.mark.parametrize("service", SERVICES)
async def test_without_a_token_every_route_that_is_not_public_answers_401(service: str, tmp_path: Path) -> None:
    async with a_service(service_named(service), directory=tmp_path) as running, running.client() as nobody:
        answers = {
            route.name: await nobody.request(route.method, re.sub(r"\{[^}]+\}", "x", route.path))
            for route in named(service)
            if not route.is_public
        }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}
    assert all(answer.json()["code"] == "unauthenticated" for answer in answers.values())


@pytest.mark.parametrize(
    "changed",
    [
        {"permissions": (), "wants_principal": False},
        {"permissions": ()},
        {"permissions": (), "wants_principal": False, "is_public": True},
    ],
    ids=["forgets everything", "asks only who calls", "calls itself public"],
)
def test_the_keeper_sees_a_route_that_forgot(changed: dict[str, Any]) -> None:
    good = WalkedRoute(
        service="inbox",
        method="GET",
        path="/secrets",
        operation_id="listSecrets",
        permissions=(Permission.OPERATE,),
        wants_principal=True,
        is_public=False,
    )

    assert complaint(good) is None
    assert complaint(replace(good, **changed)) is not None
