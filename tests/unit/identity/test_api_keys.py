"""Keys for programs: shown once, as strong as whoever made them allows, and gone when they are taken back."""

from datetime import timedelta

import pytest

from identity.domain.api_keys import read
from tests.support.calls import AsyncClient
from tests.support.installation import Installation

OWNER = "owner@example.org"


@pytest.fixture
async def owner(installation: Installation) -> AsyncClient:
    await installation.has_brands("tea", "boats")
    await installation.has_member(OWNER, roles={"tea": "owner"})
    return await installation.signed_in(OWNER)


async def test_a_key_does_what_its_role_may_for_its_brand(installation: Installation, owner: AsyncClient) -> None:
    made = (await owner.post("/api-keys", json={"name": "crm", "roles": {"tea": "agent"}})).json()

    me = (await (await installation.with_key(made["key"])).get("/me")).json()

    assert (me["kind"], me["name"], me["is_administrator"]) == ("api_key", "crm", False)
    assert [(one["slug"], one["role"]) for one in me["brands"]] == [("tea", "agent")]
    assert made["key"].startswith(f"hy_{made['id']}_")


async def test_the_whole_key_is_shown_once(owner: AsyncClient) -> None:
    made = (await owner.post("/api-keys", json={"name": "crm", "roles": {"tea": "agent"}})).json()
    secret = made["key"].rpartition("_")[2]

    listed, one = await owner.get("/api-keys"), await owner.get(f"/api-keys/{made['id']}")

    assert [found["id"] for found in listed.json()["items"]] == [made["id"]]
    assert secret not in listed.text + one.text


async def test_the_secret_is_stored_nowhere(installation: Installation, owner: AsyncClient) -> None:
    made = (await owner.post("/api-keys", json={"name": "crm", "roles": {"tea": "agent"}})).json()
    secret = made["key"].rpartition("_")[2].encode()

    directory = installation.running.runtime.settings.storage.data_dir
    files = [path for path in directory.rglob("*") if path.is_file()]

    assert files
    assert not [path.name for path in files if secret in path.read_bytes()]


async def test_a_key_that_was_taken_back_opens_nothing(installation: Installation, owner: AsyncClient) -> None:
    made = (await owner.post("/api-keys", json={"name": "crm", "roles": {"tea": "agent"}})).json()
    program = await installation.with_key(made["key"])
    before = await program.get("/me")

    deleted = await owner.delete(f"/api-keys/{made['id']}")

    assert (before.status_code, deleted.status_code) == (200, 204)
    assert (await program.get("/me")).status_code == 401
    assert (await owner.get(f"/api-keys/{made['id']}")).status_code == 404


async def test_a_key_ends_when_it_says(installation: Installation, owner: AsyncClient) -> None:
    expires_at = (installation.clock.now() + timedelta(hours=1)).isoformat()
    asked = {"name": "crm", "roles": {"tea": "agent"}, "expires_at": expires_at}
    program = await installation.with_key((await owner.post("/api-keys", json=asked)).json()["key"])

    answers = [(await program.get("/me")).status_code]
    installation.clock.advance(timedelta(hours=1))
    answers.append((await program.get("/me")).status_code)

    assert answers == [200, 401]


async def test_the_right_id_with_another_secret_is_refused(installation: Installation, owner: AsyncClient) -> None:
    made = (await owner.post("/api-keys", json={"name": "crm", "roles": {"tea": "agent"}})).json()
    forged = f"hy_{made['id']}_{'a' * 52}"

    assert (await (await installation.with_key(forged)).get("/me")).status_code == 401


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"roles": {"boats": "agent"}}, 404),
        ({"roles": {"tea": "agent", "boats": "agent"}}, 404),
        ({"is_administrator": True}, 403),
        ({}, 422),
        ({"roles": {"tea": "agent"}, "expires_at": "2020-01-01T00:00:00Z"}, 422),
        ({"roles": {"tea": "agent"}, "expires_at": "2099-01-01T00:00:00"}, 422),
    ],
    ids=str,
)
async def test_nobody_makes_a_key_that_reaches_further(
    owner: AsyncClient, asked: dict[str, object], status: int
) -> None:
    answer = await owner.post("/api-keys", json={"name": "crm", **asked})

    assert answer.status_code == status


async def test_a_key_that_reaches_further_does_not_exist(installation: Installation, owner: AsyncClient) -> None:
    administrator = await installation.with_key()
    wider = [
        (await administrator.post("/api-keys", json={"name": "wide", **asked})).json()["id"]
        for asked in ({"roles": {"tea": "agent", "boats": "agent"}}, {"is_administrator": True})
    ]

    answers = [await owner.delete(f"/api-keys/{key_id}") for key_id in wider]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await owner.get("/api-keys")).json()["items"] == []
    assert len((await administrator.get("/api-keys")).json()["items"]) == 2


async def test_that_a_key_is_in_use_can_be_seen(installation: Installation, owner: AsyncClient) -> None:
    made = (await owner.post("/api-keys", json={"name": "crm", "roles": {"tea": "agent"}})).json()

    await (await installation.with_key(made["key"])).get("/me")

    used_at = (await owner.get(f"/api-keys/{made['id']}")).json()["used_at"]
    assert made["used_at"] is None
    assert used_at == installation.clock.now().isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("text", ["", "hy_", "hy_short_secret", "HY_AAAAAAAA_" + "A" * 52, "hy_aaaaaaaa_" + "a" * 53])
def test_what_is_no_key_is_not_looked_up(text: str) -> None:
    assert read(text) is None
