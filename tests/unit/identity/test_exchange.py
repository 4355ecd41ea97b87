"""What credentials are worth at this moment, and what a page of another site cannot do with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from huiying.auth.principals import Role
from huiying.errors import Forbidden, Unauthenticated
from huiying.http.problems import problem_response
from identity.usecases.authenticate import Credentials, authenticate
from identity.usecases.exchange import Exchange
from tests.support.installation import BOOTSTRAP_KEY, Installation

WANG = "wang@example.org"


@contextmanager
def counted_queries(installation: Installation) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []
    engine = installation.running.runtime.database.engine.sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def cookie_of(installation: Installation, *, roles: dict[str, str] | None = None) -> dict[str, str]:
    await installation.has_member(WANG, roles=roles, is_administrator=not roles)
    browser = await installation.signed_in(WANG)
    return {"cookie": f"other=1; huiying={browser.cookies['huiying']}", "host": "desk.example.org"}


@pytest.fixture
def exchange(installation: Installation) -> Exchange:
    return Exchange(installation.running.runtime)


async def test_nobody_gets_nothing(exchange: Exchange) -> None:
    assert await exchange.authorization({}, method="POST") is None


async def test_a_session_is_worth_a_token_with_the_roles_of_this_moment(
    installation: Installation, exchange: Exchange
) -> None:
    await installation.has_brands("tea", "boats")
    headers = await cookie_of(installation, roles={"tea": "agent"})

    authorization = await exchange.authorization(headers, method="GET")

    assert authorization is not None
    token = authorization.removeprefix("Bearer ")
    principal = installation.tools.verifier.verify(token, now=installation.clock.now())
    assert (principal.kind, principal.brands) == ("member", {"tea": Role.AGENT})
    assert not principal.is_administrator


async def test_an_administrators_token_names_every_brand(installation: Installation) -> None:
    await installation.has_brands("tea", "boats")

    async with installation.running.open_view() as unit:
        principal = await authenticate(unit, Credentials(api_key=BOOTSTRAP_KEY))

    assert principal.is_administrator
    assert principal.brands == {"boats": Role.ADMINISTRATOR, "tea": Role.ADMINISTRATOR}


async def test_a_token_ends_after_five_minutes(installation: Installation, exchange: Exchange) -> None:
    authorization = await exchange.authorization({"authorization": f"Bearer {BOOTSTRAP_KEY}"}, method="GET")
    assert authorization is not None

    installation.clock.advance(timedelta(minutes=5))

    with pytest.raises(Unauthenticated):
        installation.tools.verifier.verify(authorization.removeprefix("Bearer "), now=installation.clock.now())


@pytest.mark.parametrize(
    "authorization",
    ["Bearer nonsense", "Bearer hy_aaaaaaaa_" + "a" * 52, "Basic dXNlcjpwYXNz", "Bearer ", "Bearer " + "é" * 40],
)
async def test_bad_credentials_are_refused_even_where_none_are_needed(exchange: Exchange, authorization: str) -> None:
    with pytest.raises(Unauthenticated):
        await exchange.authorization({"authorization": authorization}, method="GET")


async def test_an_access_token_is_no_credential(installation: Installation, exchange: Exchange) -> None:
    token = await exchange.authorization({"authorization": f"Bearer {BOOTSTRAP_KEY}"}, method="GET")
    assert token is not None

    with pytest.raises(Unauthenticated):
        await exchange.authorization({"authorization": token}, method="GET")


async def test_a_session_that_nobody_knows_is_nobody(exchange: Exchange) -> None:
    assert await exchange.authorization({"cookie": "huiying=made-up"}, method="GET") is None


async def test_a_key_goes_before_a_cookie(installation: Installation, exchange: Exchange) -> None:
    headers = await cookie_of(installation)

    authorization = await exchange.authorization(
        {**headers, "authorization": f"Bearer {BOOTSTRAP_KEY}", "origin": "https://evil.example"}, method="POST"
    )

    assert authorization is not None
    token = authorization.removeprefix("Bearer ")
    assert installation.tools.verifier.verify(token, now=installation.clock.now()).subject == "bootstrap"


@pytest.mark.parametrize(
    "foreign",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://desk.example.org.evil.example"},
        {"origin": "https://desk.example.org:8443"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": "https://desk.example.org"},
    ],
    ids=str,
)
async def test_a_page_of_another_site_changes_nothing(
    installation: Installation, exchange: Exchange, foreign: dict[str, str]
) -> None:
    headers = await cookie_of(installation)

    with pytest.raises(Forbidden) as refused:
        await exchange.authorization({**headers, **foreign}, method="POST")

    assert refused.value.code == "foreign_origin"
    assert problem_response(refused.value, {"type": "http", "path": "/"}).status_code == 403


@pytest.mark.parametrize(
    "own",
    [{}, {"origin": "https://desk.example.org", "sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}],
    ids=str,
)
async def test_a_page_of_this_installation_and_a_program_may_change_things(
    installation: Installation, exchange: Exchange, own: dict[str, str]
) -> None:
    headers = await cookie_of(installation)

    assert await exchange.authorization({**headers, **own}, method="DELETE") is not None


async def test_a_page_of_another_site_may_link_here(installation: Installation, exchange: Exchange) -> None:
    headers = await cookie_of(installation)

    assert await exchange.authorization({**headers, "sec-fetch-site": "cross-site"}, method="GET") is not None


async def test_an_exchange_is_two_queries_at_most(installation: Installation, exchange: Exchange) -> None:
    await installation.has_brands("tea", "boats")
    headers = await cookie_of(installation)

    with counted_queries(installation) as seen:
        await exchange.authorization(headers, method="GET")

    assert len([one for one in seen if one.startswith("SELECT")]) == 2
    assert not [one for one in seen if one.startswith(("UPDATE", "INSERT", "DELETE"))]


async def test_that_a_session_is_in_use_is_written_once_a_minute(
    installation: Installation, exchange: Exchange
) -> None:
    headers = await cookie_of(installation)
    installation.clock.advance(timedelta(minutes=1))

    with counted_queries(installation) as seen:
        for _ in range(3):
            await exchange.authorization(headers, method="GET")

    assert len([one for one in seen if one.startswith("UPDATE sessions")]) == 1


async def test_the_gateway_gets_the_token_in_a_header(installation: Installation) -> None:
    gateway = installation.running.client()

    known = await gateway.get("/forward-auth", headers={"authorization": f"Bearer {BOOTSTRAP_KEY}"})
    nobody = await gateway.get("/forward-auth")
    wrong = await gateway.get("/forward-auth", headers={"authorization": "Bearer nonsense"})

    assert known.status_code == nobody.status_code == 200
    assert known.headers["authorization"].startswith("Bearer ")
    assert "authorization" not in nobody.headers
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_credentials")


async def test_the_gateway_says_what_the_request_would_change(installation: Installation) -> None:
    headers = {**await cookie_of(installation), "origin": "https://evil.example"}
    gateway = installation.running.client()

    reading = await gateway.get("/forward-auth", headers={**headers, "x-forwarded-method": "GET"})
    changing = await gateway.get("/forward-auth", headers={**headers, "x-forwarded-method": "PATCH"})

    assert (reading.status_code, changing.status_code) == (200, 403)


async def test_anybody_can_fetch_the_public_keys_and_no_private_one(installation: Installation) -> None:
    answer = await installation.running.client().get("/jwks")

    assert [set(key) >= {"kty", "crv", "x", "kid"} and "d" not in key for key in answer.json()["keys"]] == [True]
