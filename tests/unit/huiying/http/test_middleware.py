"""What every request passes: limits, headers, a trace id."""

from collections.abc import AsyncIterator

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from huiying.http.middleware import Edge
from tests.support.calls import AsyncClient, calling

LIMIT_BYTES = 1_000


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    bound = structlog.contextvars.get_contextvars()
    response: Response = JSONResponse({"size": len(body), "trace_id": bound.get("trace_id")})
    if scope["path"] == "/own":
        response = Response("", headers={"content-security-policy": "sandbox"})
    await response(scope, receive, send)


def guarded(app: ASGIApp) -> Edge:
    return Edge(app, max_body_bytes=LIMIT_BYTES)


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    async with calling(guarded(echo)) as client:
        yield client


async def chunks(size_bytes: int) -> AsyncIterator[bytes]:
    for _ in range(size_bytes // 100):
        yield b"x" * 100


async def test_a_body_up_to_the_limit_reaches_the_application_whole(client: AsyncClient) -> None:
    answer = await client.post("/form", content=b"x" * LIMIT_BYTES)

    assert answer.json()["size"] == LIMIT_BYTES


async def test_a_body_that_declares_too_much_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/form", content=b"x" * (LIMIT_BYTES + 1))

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert answer.headers["connection"] == "close"


async def test_a_body_in_chunks_is_counted_while_it_comes(client: AsyncClient) -> None:
    fits = await client.post("/form", content=chunks(LIMIT_BYTES))
    too_large = await client.post("/form", content=chunks(LIMIT_BYTES + 100))

    assert fits.json()["size"] == LIMIT_BYTES
    assert too_large.status_code == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
async def test_a_write_to_the_api_must_say_that_it_is_json(client: AsyncClient, content_type: str) -> None:
    answer = await client.post("/api/t/v1/things", content=b"{}", headers={"content-type": content_type})

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/Merge-Patch+JSON"]
)
async def test_json_by_any_of_its_names_passes(client: AsyncClient, content_type: str) -> None:
    answer = await client.patch("/api/t/v1/things", content=b"{}", headers={"content-type": content_type})

    assert answer.status_code == 200


async def test_a_write_without_a_body_needs_no_content_type(client: AsyncClient) -> None:
    answer = await client.post("/api/t/v1/things:claim")

    assert answer.status_code == 200


async def test_every_answer_has_the_headers_that_protect_a_browser(client: AsyncClient) -> None:
    answers = [await client.get("/"), await client.post("/form", content=b"x" * 2_000)]

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers


async def test_over_tls_the_browser_is_told_to_stay_there() -> None:
    async with calling(guarded(echo), base_url="https://test") as client:
        answer = await client.get("/")

    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_a_route_may_have_a_policy_of_its_own(client: AsyncClient) -> None:
    answer = await client.get("/own")

    assert answer.headers["content-security-policy"] == "sandbox"


async def test_what_the_api_answers_is_stored_nowhere(client: AsyncClient) -> None:
    assert (await client.get("/api/t/v1/things")).headers["cache-control"] == "no-store"
    assert "cache-control" not in (await client.get("/assets/app.js")).headers


@pytest.mark.parametrize(
    "parent",
    ["", "nonsense", f"00-{'0' * 32}-{'b' * 16}-01", f"ff-{'a' * 32}-{'b' * 16}-01", f"00-{'A' * 32}-{'b' * 16}-01"],
)
async def test_a_request_without_a_proper_traceparent_gets_a_trace_id_of_its_own(
    client: AsyncClient, parent: str
) -> None:
    answer = await client.get("/", headers={"traceparent": parent})

    assert len(answer.headers["x-trace-id"]) == 32
    assert answer.headers["x-trace-id"] not in {"0" * 32, "a" * 32, "A" * 32}


async def test_the_trace_id_of_the_caller_is_kept_and_bound_to_the_log(client: AsyncClient) -> None:
    answer = await client.get("/", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})

    assert answer.headers["x-trace-id"] == "a" * 32
    assert answer.json()["trace_id"] == "a" * 32


async def test_half_an_answer_that_met_a_bug_breaks_the_connection() -> None:
    async def breaks(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("gone")

    async with calling(guarded(breaks)) as client:
        with pytest.raises(RuntimeError, match="gone"):
            await client.get("/")
