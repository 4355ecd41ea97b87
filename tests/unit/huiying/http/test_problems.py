"""Problem documents: the right status, the documented shape, and nothing of what was sent in."""

import enum
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, field_validator
from structlog.testing import capture_logs

from huiying.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Rejected,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from huiying.http import problems
from huiying.http.middleware import Edge
from tests.support.calls import AsyncClient, calling

CANARY = "canary-13800138000"


class ThreadClosed(Conflict):
    code = "thread_closed"


class Colour(enum.StrEnum):
    RED = "red"


class Inner(BaseModel):
    id: UUID


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    colour: Colour
    inner: list[Inner]

    @field_validator("name")
    @classmethod
    def _is_short(cls, value: str) -> str:
        if len(value) > 3:
            raise ValueError(f"{value} is too long")
        return value


FAILURES: list[tuple[Failure, int]] = [
    (Rejected("no"), 422),
    (Invalid("no"), 422),
    (Unauthenticated("no"), 401),
    (Forbidden("no"), 403),
    (NotFound("no"), 404),
    (Conflict("no"), 409),
    (ThreadClosed("no"), 409),
    (PreconditionFailed("no"), 412),
    (PreconditionRequired("no"), 428),
    (TooLarge("no"), 413),
    (TooMany("no", retry_after_seconds=7), 429),
    (Unavailable("no", retry_after_seconds=9), 503),
    (Failure("no"), 500),
]


def an_app() -> FastAPI:
    app = FastAPI()

    @app.get("/api/t/v1/fails/{index}")
    async def fails(index: int) -> None:
        raise FAILURES[index][0]

    @app.post("/api/t/v1/things", responses=problems.responses(Conflict, ThreadClosed, NotFound))
    async def things(body: Body, limit: Annotated[int, Query(ge=1)] = 1) -> None: ...

    @app.get("/api/t/v1/bug")
    async def bug() -> None:
        raise RuntimeError(f"SELECT * FROM members WHERE phone = '{CANARY}'")

    @app.get("/api/t/v1/away")
    async def away() -> None:
        raise Unavailable(f"the database did not answer: connection to {CANARY} refused")

    problems.install(app)
    return app


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    async with calling(Edge(an_app(), max_body_bytes=10_000)) as client:
        yield client


@pytest.mark.parametrize(("index", "status"), [(index, status) for index, (_, status) in enumerate(FAILURES)])
async def test_each_class_of_failure_has_its_status(client: AsyncClient, index: int, status: int) -> None:
    answer = await client.get(f"/api/t/v1/fails/{index}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["code"] == FAILURES[index][0].code
    assert answer.json()["instance"] == f"/api/t/v1/fails/{index}"
    assert answer.json()["trace_id"] == answer.headers["x-trace-id"]


async def test_a_failure_that_may_pass_says_when_to_come_back(client: AsyncClient) -> None:
    waits = [
        (await client.get(f"/api/t/v1/fails/{index}")).headers.get("retry-after") for index in range(len(FAILURES))
    ]

    assert [wait for wait in waits if wait] == ["7", "9"]


async def test_who_is_not_known_is_told_how_to_become_known(client: AsyncClient) -> None:
    answer = await client.get("/api/t/v1/fails/2")

    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "body",
    [
        {"name": CANARY, "colour": "red", "inner": []},
        {"name": "a", "colour": CANARY, "inner": []},
        {"name": "a", "colour": "red", "inner": [{"id": CANARY}]},
        {"name": "a", "colour": "red", "inner": CANARY},
        {"name": "a", "colour": "red", "inner": [], f"+{CANARY}": 1},
        CANARY,
        [CANARY],
        None,
    ],
)
async def test_a_problem_never_repeats_what_was_sent_in(client: AsyncClient, body: object) -> None:
    answer = await client.post("/api/t/v1/things", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert CANARY not in answer.text


async def test_a_query_and_a_path_that_were_refused_are_not_repeated_either(client: AsyncClient) -> None:
    query = await client.post(f"/api/t/v1/things?limit={CANARY}", json={"name": "a", "colour": "red", "inner": []})

    assert query.json()["errors"] == [
        {
            "pointer": "/query/limit",
            "code": "int_parsing",
            "message": "Input should be a valid integer, unable to parse string as an integer",
        }
    ]


async def test_a_pointer_leads_to_the_field_in_the_body(client: AsyncClient) -> None:
    answer = await client.post("/api/t/v1/things", json={"name": "a", "colour": "red", "inner": [{"id": "x"}]})

    assert [error["pointer"] for error in answer.json()["errors"]] == ["/inner/0/id"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"name": "' + CANARY.encode()])
async def test_a_body_that_is_not_json_is_refused_without_repeating_it(client: AsyncClient, content: bytes) -> None:
    answer = await client.post("/api/t/v1/things", content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text


async def test_a_bug_says_nothing_but_where_to_look(client: AsyncClient) -> None:
    with capture_logs() as logged:
        answer = await client.get("/api/t/v1/bug", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})

    assert answer.status_code == 500
    assert answer.json()["trace_id"] == "a" * 32
    assert CANARY not in answer.text
    assert "SELECT" not in answer.text
    assert [entry["event"] for entry in logged] == ["request_met_a_bug"]


async def test_what_is_away_is_not_named_to_the_caller(client: AsyncClient) -> None:
    answer = await client.get("/api/t/v1/away")

    assert answer.status_code == 503
    assert CANARY not in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/api/t/v1/bug", 405)])
async def test_the_framework_itself_answers_with_problems(
    client: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {"not_found", "method_not_allowed"}


def test_the_description_documents_problems_and_nothing_of_the_frameworks_own() -> None:
    document = an_app().openapi()

    found = document["paths"]["/api/t/v1/things"]["post"]["responses"]
    assert {"404", "409", "422", "default"} <= set(found)
    assert found["409"]["description"] == "Conflict: `conflict`, `thread_closed`"
    for status in ("404", "409", "422", "default"):
        assert list(found[status]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in str(document)
    assert document["components"]["schemas"]["Problem"]["properties"]["errors"]["items"] == {
        "$ref": "#/components/schemas/FieldProblem"
    }
