"""The link that is printed at first start makes one administrator, once."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from identity.main import SERVICE
from tests.support.installation import PASSWORD, Installation
from tests.support.running import a_service

WHO = {"name": "Li Wei", "email": "Li@Example.org", "password": PASSWORD}


def token_of(installation: Installation) -> str:
    link = installation.tools.first_link
    assert link is not None
    return str(link.partition("#")[2])


async def test_whoever_follows_the_link_first_becomes_the_administrator(installation: Installation) -> None:
    browser = await installation.nobody()

    answer = await browser.post("/setup", json={"token": token_of(installation), **WHO})

    assert answer.status_code == 201
    assert answer.json()["is_administrator"] is True
    me = await (await installation.signed_in("li@example.org")).get("/me")
    assert me.json()["is_administrator"] is True


async def test_the_link_works_once(installation: Installation) -> None:
    browser = await installation.nobody()
    await browser.post("/setup", json={"token": token_of(installation), **WHO})

    again = await browser.post("/setup", json={"token": token_of(installation), **WHO, "email": "other@example.org"})

    assert (again.status_code, again.json()["code"]) == (404, "invitation_gone")


async def test_the_link_is_over_after_three_days(installation: Installation) -> None:
    browser = await installation.nobody()
    installation.clock.advance(timedelta(days=3))

    answer = await browser.post("/setup", json={"token": token_of(installation), **WHO})

    assert answer.json()["code"] == "invitation_gone"


async def test_a_link_that_was_made_up_opens_nothing(installation: Installation) -> None:
    browser = await installation.nobody()

    answer = await browser.post("/setup", json={"token": "x" * 52, **WHO})

    assert answer.status_code == 404


@pytest.mark.parametrize("missing", ["name", "email"])
async def test_the_first_administrator_says_who_they_are(installation: Installation, missing: str) -> None:
    browser = await installation.nobody()
    asked = {name: value for name, value in WHO.items() if name != missing}

    answer = await browser.post("/setup", json={"token": token_of(installation), **asked})

    assert answer.status_code == 422


async def test_a_refused_password_does_not_use_the_link_up(installation: Installation) -> None:
    browser = await installation.nobody()
    refused = await browser.post("/setup", json={"token": token_of(installation), **WHO, "password": "password1234"})

    answer = await browser.post("/setup", json={"token": token_of(installation), **WHO})

    assert (refused.json()["code"], answer.status_code) == ("weak_password", 201)


async def test_the_page_allows_its_own_script_and_no_other(installation: Installation) -> None:
    page = await (await installation.nobody()).get("/setup")

    policy = page.headers["content-security-policy"]
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy


async def test_the_link_is_printed_until_there_is_an_administrator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_service(SERVICE, directory=tmp_path) as first:
        printed = re.findall(r"/api/identity/v1/setup#(\w+)", capsys.readouterr().out)
        answer = await first.client().post("/setup", json={"token": printed[0], **WHO})
    async with a_service(SERVICE, directory=tmp_path) as second:
        assert second.runtime.tools.first_link is None

    assert (len(printed), answer.status_code) == (1, 201)
    assert "setup#" not in capsys.readouterr().out
