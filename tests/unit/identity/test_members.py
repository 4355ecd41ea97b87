"""Who may give whom which role, and when it holds."""

import pytest

from huiying.events.members import MemberChanged
from tests.support.calls import AsyncClient
from tests.support.installation import PASSWORD, Installation

OWNER, AGENT, STRANGER = "owner@example.org", "agent@example.org", "stranger@example.org"


@pytest.fixture
async def two_brands(installation: Installation) -> Installation:
    """An owner and an agent of tea; a stranger who owns boats."""
    await installation.has_brands("tea", "boats")
    await installation.has_member(OWNER, roles={"tea": "owner"})
    await installation.has_member(AGENT, roles={"tea": "agent"})
    await installation.has_member(STRANGER, roles={"boats": "owner"})
    return installation


async def id_of(installation: Installation, email: str) -> str:
    listed = (await (await installation.with_key()).get("/members")).json()["items"]
    return str(next(one["id"] for one in listed if one["email"] == email))


async def roles_of(client: AsyncClient) -> dict[str, str]:
    return {one["slug"]: one["role"] for one in (await client.get("/me")).json()["brands"]}


async def test_a_member_without_a_password_gets_a_link_to_choose_one(installation: Installation) -> None:
    await installation.has_brands("tea")
    administrator, browser = await installation.with_key(), await installation.nobody()
    asked = {"email": "Zhou@example.org", "name": "周", "roles": {"tea": "agent"}}

    created = (await administrator.post("/members", json=asked)).json()
    token = created["invitation"]["url"].partition("#")[2]
    chosen = await browser.post("/setup", json={"token": token, "password": PASSWORD})

    assert (chosen.status_code, chosen.json()["is_administrator"]) == (201, False)
    assert await roles_of(await installation.signed_in("zhou@example.org")) == {"tea": "agent"}


async def test_a_fresh_link_replaces_the_one_before(two_brands: Installation) -> None:
    owner, browser = await two_brands.signed_in(OWNER), await two_brands.nobody()
    agent = await id_of(two_brands, AGENT)
    first, second = [(await owner.post(f"/members/{agent}/invitations")).json()["url"] for _ in range(2)]

    answers = [
        (await browser.post("/setup", json={"token": url.partition("#")[2], "password": PASSWORD})).status_code
        for url in (first, second)
    ]

    assert answers == [404, 201]


async def test_one_address_is_one_member(two_brands: Installation) -> None:
    administrator = await two_brands.with_key()

    answer = await administrator.post("/members", json={"email": AGENT.upper(), "name": "again", "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (409, "member_exists")


async def test_an_owner_sees_the_members_of_its_own_brands(two_brands: Installation) -> None:
    owner = await two_brands.signed_in(OWNER)
    await (await two_brands.with_key()).patch(
        f"/members/{await id_of(two_brands, AGENT)}", json={"roles": {"boats": "analyst"}}
    )

    listed = (await owner.get("/members")).json()["items"]

    assert {one["email"]: one["roles"] for one in listed} == {OWNER: {"tea": "owner"}, AGENT: {"tea": "agent"}}


async def test_a_member_of_another_brand_does_not_exist(two_brands: Installation) -> None:
    owner = await two_brands.signed_in(OWNER)
    path = f"/members/{await id_of(two_brands, STRANGER)}"

    answers = [
        await owner.get(path),
        await owner.patch(path, json={"is_active": False}),
        await owner.patch(path, json={"roles": {"tea": "agent"}}),
        await owner.post(f"{path}/invitations"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"roles": {"boats": "agent"}}, 404),
        ({"roles": {"nothing": "agent"}}, 404),
        ({"roles": {}}, 422),
        ({"roles": {"tea": "agent"}, "is_administrator": True}, 403),
        ({"roles": {"tea": "administrator"}}, 422),
        ({"roles": {"tea": "agent"}, "id": "mine"}, 422),
    ],
    ids=str,
)
async def test_an_owner_gives_away_no_more_than_it_has(
    two_brands: Installation, asked: dict[str, object], status: int
) -> None:
    owner = await two_brands.signed_in(OWNER)

    answer = await owner.post("/members", json={"email": "new@example.org", "name": "New", **asked})

    assert answer.status_code == status


async def test_an_owner_cannot_make_itself_an_administrator(two_brands: Installation) -> None:
    owner = await two_brands.signed_in(OWNER)
    path = f"/members/{await id_of(two_brands, OWNER)}"

    answers = [
        await owner.patch(path, json={"is_administrator": True}),
        await owner.patch(path, json={"roles": {"boats": "owner"}}),
    ]

    assert [answer.status_code for answer in answers] == [403, 404]


async def test_whoever_works_for_two_brands_is_disabled_by_neither_owner(two_brands: Installation) -> None:
    agent = await id_of(two_brands, AGENT)
    await (await two_brands.with_key()).patch(f"/members/{agent}", json={"roles": {"boats": "agent"}})
    owner = await two_brands.signed_in(OWNER)

    disabled = await owner.patch(f"/members/{agent}", json={"is_active": False})
    invited = await owner.post(f"/members/{agent}/invitations")
    dismissed = await owner.patch(f"/members/{agent}", json={"roles": {"tea": None}})

    assert (disabled.status_code, invited.status_code, dismissed.status_code) == (403, 403, 200)


async def test_an_agent_changes_nobody(two_brands: Installation) -> None:
    agent = await two_brands.signed_in(AGENT)

    answer = await agent.patch(f"/members/{await id_of(two_brands, AGENT)}", json={"roles": {"tea": "owner"}})

    assert answer.status_code == 403


async def test_another_role_holds_from_the_next_request(two_brands: Installation) -> None:
    agent, owner = await two_brands.signed_in(AGENT), await two_brands.signed_in(OWNER)
    before = await roles_of(agent)

    await owner.patch(f"/members/{await id_of(two_brands, AGENT)}", json={"roles": {"tea": "manager"}})

    assert (before, await roles_of(agent)) == ({"tea": "agent"}, {"tea": "manager"})


async def test_who_is_disabled_is_out_at_once_and_for_good(two_brands: Installation) -> None:
    agent, owner = await two_brands.signed_in(AGENT), await two_brands.signed_in(OWNER)
    path = f"/members/{await id_of(two_brands, AGENT)}"

    await owner.patch(path, json={"is_active": False})

    refused = await agent.get("/me")
    await owner.patch(path, json={"is_active": True})
    still_refused = await agent.get("/me")
    assert (refused.status_code, still_refused.status_code) == (401, 401)


async def test_somebody_always_administers(installation: Installation) -> None:
    only = await installation.has_member("only@example.org", is_administrator=True)
    administrator = await installation.signed_in("only@example.org")

    disabled = await administrator.patch(f"/members/{only}", json={"is_active": False})
    demoted = await administrator.patch(f"/members/{only}", json={"is_administrator": False})
    await installation.has_member("second@example.org", is_administrator=True)
    now_demoted = await administrator.patch(f"/members/{only}", json={"is_administrator": False})

    assert (disabled.json()["code"], demoted.json()["code"]) == ("last_administrator", "last_administrator")
    assert now_demoted.status_code == 200


async def test_pages_of_members_hold_each_of_them_once(two_brands: Installation) -> None:
    administrator = await two_brands.with_key()
    emails, cursor = [], None
    for _ in range(3):
        page = (
            await administrator.get("/members", params={"limit": 1, **({"cursor": cursor} if cursor else {})})
        ).json()
        emails += [one["email"] for one in page["items"]]
        cursor = page["next_cursor"]

    assert (emails, cursor) == ([OWNER, AGENT, STRANGER], None)


async def test_what_becomes_of_a_member_is_told_whole(two_brands: Installation) -> None:
    owner, agent = await two_brands.signed_in(OWNER), await id_of(two_brands, AGENT)

    await owner.patch(f"/members/{agent}", json={"name": "Another name"})

    told = (await two_brands.told(MemberChanged, count=4))[-1]
    assert (told.member_id, told.name, told.is_active) == (agent, "Another name", True)
    assert (told.roles, told.is_administrator) == ({"tea": "agent"}, False)
