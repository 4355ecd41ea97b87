"""Route by role by brand: what a role may do it may do for its own brand, and another brand's objects do not exist.

The cases are made from the routes themselves and from the table of grants, so a new route or role is tested or missed
loudly.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from huiying.auth.principals import GRANTS, Permission, Principal, Role
from huiying.events.brands import BrandCreated
from tests.support.asks import OTHER, OWN, About, Ask, World, send
from tests.support.brand_objects import ASKS
from tests.support.routes import WalkedRoute, routes_of, service_named
from tests.support.running import a_member, a_service, an_administrator
from tests.support.sources import SERVICES


def guarded(service: str) -> list[WalkedRoute]:
    """The routes of a service that ask for a permission."""
    return [route for route in routes_of(service) if route.permissions]


def ask_of(route: WalkedRoute) -> Ask:
    """How this route is asked, from the table."""
    return ASKS[route.service][str(route.operation_id)]


def may(role: Role, route: WalkedRoute) -> bool:
    """Whether the table of grants lets this role through."""
    return set(route.permissions) <= GRANTS[role]


def somebody(role: Role) -> Principal:
    """Somebody with this role for one's own brand; administrators have it for all."""
    return an_administrator(OWN, OTHER) if role is Role.ADMINISTRATOR else a_member(role, OWN)


def expected(role: Role, route: WalkedRoute, *, slug: str) -> set[int]:
    """The statuses that are right."""
    if not may(role, route):
        return {403}
    ask = ask_of(route)
    if slug == OTHER and role is not Role.ADMINISTRATOR and ask.about in {About.OBJECT, About.BRAND}:
        return {404}
    return set(ask.answers)


@asynccontextmanager
async def a_world(service: str, directory: Path) -> AsyncIterator[World]:
    """A running service that has heard of both brands."""
    async with a_service(service_named(service), directory=directory) as running:
        world = World(running)
        if service == "identity":
            for slug in (OWN, OTHER):
                await world.made("/brands", {"slug": slug, "name": slug})
        else:
            now = running.runtime.clock.now()
            await running.told(*(BrandCreated(slug=slug, name=slug, created_at=now) for slug in (OWN, OTHER)))
        yield world


async def wrong_answers(world: World, route: WalkedRoute, *, slug: str) -> list[str]:
    """Every role for which this route answers about this brand as it should not."""
    ask, found = ask_of(route), []
    object_id = await ask.make(world, slug)
    # A stream does not end for whoever may hear it, so only the others are tried.
    for role in (role for role in Role if ask.about is not About.STREAM or not may(role, route)):
        client = world.running.client(somebody(role))
        answer = await send(client, route.method, route.path, ask=ask, object_id=object_id, slug=slug)
        if answer.status_code not in expected(role, route, slug=slug):
            found.append(f"{role} of {OWN}, asking about {slug}: {answer.status_code} {answer.text}")
        if answer.is_success and route.method != "GET":
            # It may be gone or changed now.
            object_id = await ask.make(world, slug)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_says_what_it_is_about(service: str) -> None:
    assert {route.operation_id for route in guarded(service)} == set(ASKS[service])


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_with_an_id_is_about_an_object(service: str) -> None:
    with_id = [route for route in guarded(service) if "{" in route.path and Permission.OPERATE not in route.permissions]

    assert [route.name for route in with_id if ask_of(route).about is not About.OBJECT] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_may_do_what_it_is_granted_for_its_own_brand_alone(service: str, tmp_path: Path) -> None:
    async with a_world(service, tmp_path) as world:
        wrong = {
            f"{route.name} of {slug}": await wrong_answers(world, route, slug=slug)
            for route in guarded(service)
            for slug in (OWN, OTHER)
        }

    assert {name: answers for name, answers in wrong.items() if answers} == {}


async def refusals(
    world: World, route: WalkedRoute, *, role: Role, object_ids: tuple[str, ...]
) -> list[tuple[int, str]]:
    """Status and code of what this role is answered about each of these objects."""
    client, ask = world.running.client(somebody(role)), ask_of(route)
    answers = [
        await send(client, route.method, route.path, ask=ask, object_id=object_id, slug=OTHER)
        for object_id in object_ids
    ]
    return [(answer.status_code, answer.json()["code"]) for answer in answers]


@pytest.mark.parametrize("service", SERVICES)
async def test_another_brands_object_and_none_at_all_get_the_same_answer(service: str, tmp_path: Path) -> None:
    about_objects = [route for route in guarded(service) if ask_of(route).about is About.OBJECT]
    async with a_world(service, tmp_path) as world:
        for route in about_objects:
            others = await ask_of(route).make(world, OTHER)
            # Of the same form, so that it is looked for and not found.
            missing = others[:-8] + others[-8:][::-1]

            for role in set(Role) - {Role.ADMINISTRATOR}:
                told = await refusals(world, route, role=role, object_ids=(others, missing))

                assert told[0] == told[1], f"{route.name} as {role}"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_list_holds_nothing_of_another_brand(service: str, tmp_path: Path) -> None:
    lists = [route for route in guarded(service) if ask_of(route).about is About.LIST]
    async with a_world(service, tmp_path) as world:
        for route in lists:
            ask = ask_of(route)
            own, others = await ask.make(world, OWN), await ask.make(world, OTHER)
            for role in (role for role in Role if may(role, route)):
                client = world.running.client(somebody(role))
                answer = await client.request(route.method, route.path, params={"limit": "200"})

                assert own in answer.text, f"{route.name} as {role}"
                assert (others in answer.text) is (role is Role.ADMINISTRATOR), f"{route.name} as {role}"
