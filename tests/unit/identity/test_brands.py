"""Brands: added by administrators, known to whoever has a role for them, told to all services."""

import pytest

from huiying.events.brands import BrandCreated
from tests.support.installation import Installation

AGENT = "agent@example.org"


async def test_a_new_brand_is_told_to_all_services(installation: Installation) -> None:
    await installation.has_brands("tea")

    told = await installation.told(BrandCreated, count=1)

    assert [(brand.slug, brand.name, brand.key) for brand in told] == [("tea", "Tea", "tea")]


async def test_a_slug_is_taken_once(installation: Installation) -> None:
    await installation.has_brands("tea")

    answer = await (await installation.with_key()).post("/brands", json={"slug": "tea", "name": "Another"})

    assert (answer.status_code, answer.json()["code"]) == (409, "brand_exists")


async def test_the_same_request_sent_twice_gets_the_same_answer(installation: Installation) -> None:
    administrator = await installation.with_key()
    headers = {"idempotency-key": "once"}

    first, second = [
        await administrator.post("/brands", json={"slug": "tea", "name": "Tea"}, headers=headers) for _ in range(2)
    ]

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len(await installation.told(BrandCreated, count=1)) == 1


async def test_members_know_their_own_brands_alone(installation: Installation) -> None:
    await installation.has_brands("tea", "boats")
    await installation.has_member(AGENT, roles={"tea": "agent"})
    agent = await installation.signed_in(AGENT)

    listed = (await agent.get("/brands")).json()["items"]

    assert [brand["slug"] for brand in listed] == ["tea"]
    assert [(await agent.get(f"/brands/{slug}")).status_code for slug in ("tea", "boats", "none")] == [200, 404, 404]


async def test_only_an_administrator_adds_brands(installation: Installation) -> None:
    await installation.has_brands("tea")
    await installation.has_member(AGENT, roles={"tea": "owner"})

    answer = await (await installation.signed_in(AGENT)).post("/brands", json={"slug": "new", "name": "New"})

    assert answer.status_code == 403


@pytest.mark.parametrize("slug", ["", "Tea", "-tea", "tea house", "茶", "a" * 64, "tea\x00", "tea\n"])
async def test_a_slug_fits_into_an_address(installation: Installation, slug: str) -> None:
    answer = await (await installation.with_key()).post("/brands", json={"slug": slug, "name": "Tea"})

    assert answer.status_code == 422
