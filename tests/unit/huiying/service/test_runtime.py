"""A whole service at work: its health, its dead letters' routes, its end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from huiying.auth.principals import Role
from huiying.errors import Invalid
from huiying.service.runtime import NotMigrated, open_vault, running
from tests.support.calls import AsyncClient
from tests.support.eventually import eventually
from tests.support.ledger.book import LEDGER, a_brand, written
from tests.support.ledger.desk import recorded
from tests.support.running import Running, a_member, a_service, an_administrator, settings_for


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Running]:
    async with a_service(LEDGER, directory=tmp_path) as ledger:
        yield ledger


async def names(ledger: Running) -> list[str]:
    return await written(ledger.runtime.database)


async def letter_ids(client: AsyncClient) -> list[str]:
    answer = await client.get("/dead-letters")
    return [item["id"] for item in answer.json()["items"]]


async def with_a_dead_letter(ledger: Running) -> str:
    ledger.runtime.tools.faults["bad"] = Invalid("no such brand")
    await ledger.told(a_brand("good"), a_brand("bad"))
    async with ledger.client(an_administrator()) as client:
        (letter_id,) = await eventually(lambda: letter_ids(client))
    return str(letter_id)


async def test_a_healthy_service_has_no_problems(ledger: Running) -> None:
    assert await ledger.runtime.problems() == {}


async def test_a_stopped_consumer_is_a_problem(ledger: Running) -> None:
    ledger.runtime.tools.faults |= {f"n{number}": ZeroDivisionError("oh") for number in range(30)}
    await ledger.told(*(a_brand(f"n{number}") for number in range(30)))

    problems = await eventually(ledger.runtime.problems)

    assert "too_many_bugs" in problems["consumer"]


async def test_a_part_that_dies_is_a_problem(tmp_path: Path) -> None:
    async with a_service(LEDGER, directory=tmp_path) as ledger:

        def crash(_names: object) -> None:
            raise SystemError("the very ground")

        ledger.runtime.consumer._count = crash  # type: ignore[method-assign, assignment]
        await ledger.told(a_brand("a"))

        problems = await eventually(ledger.runtime.problems)

    assert "consumer" in problems


async def test_a_database_that_is_behind_the_code_is_refused_at_the_start(tmp_path: Path) -> None:
    settings = settings_for(LEDGER, tmp_path)
    async with a_service(LEDGER, directory=tmp_path / "other") as other:
        with pytest.raises(NotMigrated, match="migrate"):
            async with running(LEDGER, settings, transport=other.transport, clock=other.runtime.clock):
                pytest.fail("it started")


async def test_stopping_a_service_finishes_the_batch_under_way(tmp_path: Path) -> None:
    hold = asyncio.Event()
    async with a_service(LEDGER, directory=tmp_path) as ledger:
        tools, database = ledger.runtime.tools, ledger.runtime.database
        tools.hold = hold
        await ledger.told(a_brand("a"))
        await eventually(lambda: tools.offered)
        asyncio.get_running_loop().call_later(0.1, hold.set)

    assert await written(database) == ["a"]
    await database.close()


async def test_a_dead_letter_is_shown_whole(ledger: Running) -> None:
    letter_id = await with_a_dead_letter(ledger)

    async with ledger.client(an_administrator()) as client:
        letter = (await client.get(f"/dead-letters/{letter_id}")).json()

    assert (letter["topic"], letter["offset"], letter["code"]) == ("brands", 1, "invalid")
    assert '"slug":"bad"' in letter["value"]
    assert "no such brand" in letter["traceback"]


async def test_a_replayed_dead_letter_is_taken_in_and_gone(ledger: Running) -> None:
    letter_id = await with_a_dead_letter(ledger)
    ledger.runtime.tools.faults.clear()

    async with ledger.client(an_administrator()) as client:
        answer = await client.post(f"/dead-letters/{letter_id}:replay")
        again = await client.post(f"/dead-letters/{letter_id}:replay")
        left = await letter_ids(client)

    assert (answer.status_code, again.status_code, left) == (204, 404, [])
    assert await names(ledger) == ["good", "bad"]


async def test_a_replay_that_is_refused_again_leaves_the_letter_and_says_why(ledger: Running) -> None:
    letter_id = await with_a_dead_letter(ledger)

    async with ledger.client(an_administrator()) as client:
        answer = await client.post(f"/dead-letters/{letter_id}:replay")
        left = await letter_ids(client)

    assert answer.is_client_error
    assert "no such brand" in answer.text
    assert left == [letter_id]
    assert await names(ledger) == ["good"]


async def test_a_letter_of_an_unknown_type_survives_its_replay(ledger: Running) -> None:
    record = recorded(a_brand("a"))
    await ledger.transport.publish([msgspec.structs.replace(record, headers=())])

    async with ledger.client(an_administrator()) as client:
        (letter_id,) = await eventually(lambda: letter_ids(client))
        answer = await client.post(f"/dead-letters/{letter_id}:replay")
        left = await letter_ids(client)

    assert answer.is_client_error
    assert left == [letter_id]


async def test_a_dropped_dead_letter_is_gone_and_was_not_taken_in(ledger: Running) -> None:
    letter_id = await with_a_dead_letter(ledger)

    async with ledger.client(an_administrator()) as client:
        answer = await client.delete(f"/dead-letters/{letter_id}")
        again = await client.delete(f"/dead-letters/{letter_id}")

    assert (answer.status_code, again.status_code) == (204, 404)
    assert await names(ledger) == ["good"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
async def test_dead_letters_are_for_operators_only(ledger: Running, role: Role) -> None:
    letter_id = await with_a_dead_letter(ledger)

    async with ledger.client(a_member(role, "acme")) as client:
        answers = [
            await client.get("/dead-letters"),
            await client.get(f"/dead-letters/{letter_id}"),
            await client.post(f"/dead-letters/{letter_id}:replay"),
            await client.delete(f"/dead-letters/{letter_id}"),
        ]

    assert [answer.status_code for answer in answers] == [403] * 4


async def test_nobody_sees_dead_letters_without_signing_in(ledger: Running) -> None:
    async with ledger.client() as client:
        answer = await client.get("/dead-letters")

    assert answer.status_code == 401


async def test_dead_letters_come_in_pages(ledger: Running) -> None:
    slugs = [f"n{number}" for number in range(5)]
    ledger.runtime.tools.faults |= {slug: Invalid("no") for slug in slugs}
    await ledger.told(*map(a_brand, slugs))
    seen, cursor = list[int](), ""
    async with ledger.client(an_administrator()) as client:
        await eventually(lambda: letter_ids(client))
        while True:
            page = (await client.get("/dead-letters", params={"limit": 2, "cursor": cursor})).json()
            seen += [item["offset"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

    assert seen == [0, 1, 2, 3, 4]


def test_a_key_made_on_one_machine_is_kept(tmp_path: Path) -> None:
    sealed = open_vault(SecretStr(""), tmp_path).seal(b"secret", context="c")

    assert open_vault(SecretStr(""), tmp_path).open(sealed, context="c") == b"secret"
    assert (tmp_path / "sealing.key").stat().st_mode & 0o777 == 0o600


def test_a_key_whose_writing_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "sealing.key.new").write_text("local:AAA")

    sealed = open_vault(SecretStr(""), tmp_path).seal(b"secret", context="c")

    assert open_vault(SecretStr(""), tmp_path).open(sealed, context="c") == b"secret"
