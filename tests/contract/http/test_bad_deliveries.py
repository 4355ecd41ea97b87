"""Whatever comes to a hook that is not a platform's delivery is refused, said why, and not kept."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col
from starlette.types import Message

from huiying.http.problems import PROBLEM_TYPE
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from ingest.storage.account_book import seal_credentials
from ingest.storage.tables import Account
from tests.contract.connectors.rig import NOW, Rig, altered
from tests.contract.connectors.rigs import RIGS
from tests.support.clock import FrozenClock
from tests.support.edges import Edge, Response, an_edge, told_bare

# One for each way of proving. That every connector proves as it should is asked in tests/contract/connectors, and that
# every hook listens to it in test_every_hook.py.
WAYS = [
    rig
    for rig in RIGS
    if rig.name in {"generic", "generic-by-key", "facebook", "messenger", "wechat-plain", "wechat-safe"}
]
CANARY = b"canary-in-the-body-4711"
SIGNED_IN_TIME = [rig for rig in WAYS if rig.signs_time]
JSON_RIGS = [rig for rig in WAYS if rig.connector.platform != "wechat_oa"]
XML_BOMB = (
    b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><MsgType>&c;</MsgType></xml>'
)
UNREADABLE = [b"", b"\xff\xfe" * 20, b"\x00", b"{", b"<xml", b"null\xc3\x28"]
TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    async with an_edge(tmp_path, now=FrozenClock(NOW)) as it:
        yield it


@pytest.fixture(params=WAYS, ids=str)
def rig(request: pytest.FixtureRequest) -> Rig:
    chosen: Rig = request.param
    return chosen


async def connected(edge: Edge, rig: Rig) -> dict[str, Any]:
    return await edge.connects(rig.connector.platform, rig.credentials())


def a_delivery(rig: Rig, **more: Any) -> HookRequest:
    """A good one, whose body could be recognised."""
    return rig.request(rig.body.replace(b"hi", CANARY), **more)


def is_refused(answer: Response, rig: Rig, *, status: int, code: str) -> bool:
    """Whether the answer is this problem, and tells nothing that was sent in or is secret."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM_TYPE), answer.text
    problem = answer.json()
    assert (problem["code"], problem["status"]) == (code, status), answer.text
    assert len(problem["trace_id"]) == 32
    told = answer.text
    assert CANARY.decode() not in told
    assert "Traceback" not in told
    assert not [secret for secret in (*rig.fixed.values(), *rig.secret.values()) if secret in told]
    return True


async def nothing_was_kept(edge: Edge) -> bool:
    assert await edge.accepted() == []
    assert (await edge.api.get("/deliveries")).json()["items"] == []
    return True


def flipped(value: str, position: int) -> str:
    position %= len(value)
    other = "A" if value[position] != "A" else "B"
    return value[:position] + other + value[position + 1 :]


def with_each_signature_bent(request: HookRequest) -> Iterator[HookRequest]:
    for name in ("webhook-signature", "x-hub-signature-256"):
        for position in (3, 10, -10) if name in request.headers else ():
            yield altered(request, headers={**request.headers, name: flipped(request.headers[name], position)})
    # In safe mode the plain signature beside it proves nothing, so nobody looks at it.
    name = "msg_signature" if "msg_signature" in request.query else "signature"
    for position in (0, 10, -1) if name in request.query else ():
        yield altered(request, query={**request.query, name: flipped(request.query[name], position)})


async def test_a_good_delivery_is_taken(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)

    answer = await edge.asked(account, a_delivery(rig))

    (delivery,) = await edge.accepted()
    assert answer.is_success
    assert (delivery.account_id, delivery.proof) == (account["id"], rig.proof)


async def test_a_delivery_signed_with_another_secret_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)

    answer = await edge.asked(account, a_delivery(rig, generation="forged"))

    assert is_refused(answer, rig, status=401, code="signature_refused")
    assert await nothing_was_kept(edge)


async def test_a_signature_of_which_one_bit_is_another_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    bent = list(with_each_signature_bent(a_delivery(rig)))

    answers = [await edge.asked(account, one) for one in bent]

    assert bent
    assert all(is_refused(answer, rig, status=401, code="signature_refused") for answer in answers)
    assert await nothing_was_kept(edge)


@pytest.mark.parametrize("rig", [rig for rig in WAYS if rig.signs_body], ids=str)
async def test_a_signed_body_of_which_one_bit_is_another_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    good = a_delivery(rig)
    # From the middle, where in safe mode the sealed part is.
    places = range(len(good.body) // 3, len(good.body) * 2 // 3, max(1, len(good.body) // 40))
    bodies = [good.body[:at] + bytes([good.body[at] ^ 1]) + good.body[at + 1 :] for at in places]

    answers = [await edge.asked(account, altered(good, body=body)) for body in bodies]

    assert all(is_refused(answer, rig, status=401, code="signature_refused") for answer in answers)
    assert await nothing_was_kept(edge)


async def test_a_delivery_without_its_proof_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)

    answer = await edge.asked(account, altered(a_delivery(rig), headers={}, query={}))

    assert is_refused(answer, rig, status=401, code="signature_refused")
    assert await nothing_was_kept(edge)


async def test_a_signed_body_that_cannot_be_read_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)

    answers = [await edge.asked(account, rig.request(body)) for body in UNREADABLE]

    # What safe mode unseals to nonsense was not sealed by the platform, whoever signed it.
    status, code = (401, "signature_refused") if rig.name == "wechat-safe" else (422, "unreadable")
    assert all(is_refused(answer, rig, status=status, code=code) for answer in answers)
    assert await nothing_was_kept(edge)


async def test_a_body_cut_short_on_its_way_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    good = a_delivery(rig)

    answers = [await edge.asked(account, altered(good, body=good.body[:size])) for size in (0, 1, len(good.body) - 1)]

    assert all(answer.status_code in {401, 422} for answer in answers)
    assert all(answer.headers["content-type"] == PROBLEM_TYPE for answer in answers)
    assert await nothing_was_kept(edge)


@pytest.mark.parametrize("rig", SIGNED_IN_TIME, ids=str)
async def test_a_delivery_of_another_time_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    requests = [a_delivery(rig, at=NOW + timedelta(seconds=seconds)) for seconds in (-86_400, -601, 601, 3_600)]

    answers = [await edge.asked(account, request) for request in requests]

    assert all(is_refused(answer, rig, status=401, code="stale_delivery") for answer in answers)
    assert await nothing_was_kept(edge)


@pytest.mark.parametrize("rig", SIGNED_IN_TIME, ids=str)
async def test_a_delivery_cannot_be_made_fresh_by_another_timestamp(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    stale = a_delivery(rig, at=NOW - timedelta(hours=1))
    now = str(int(NOW.timestamp()))
    headers = {**stale.headers, "webhook-timestamp": now} if "webhook-timestamp" in stale.headers else stale.headers
    query = {**stale.query, "timestamp": now} if stale.query else stale.query

    answer = await edge.asked(account, altered(stale, headers=headers, query=query))

    assert is_refused(answer, rig, status=401, code="signature_refused")
    assert await nothing_was_kept(edge)


async def test_a_hook_that_nobody_has_is_not_there(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    key = account["hook_path"].rsplit("/", 1)[1]
    platform = rig.connector.platform
    other = next(name for name in CONNECTORS if name != platform)
    paths = [
        f"/hooks/{platform}/{'a' * 39}",
        f"/hooks/{other}/{key}",
        f"/hooks/{platform}/{key}/more",
        f"/hooks/{platform}/{key}/",
        f"/hooks/{platform}/{key.upper()}",
        f"/hooks/{platform}/",
        f"/hooks/{platform}",
        f"/hooks/nowhere/{key}",
        "/hooks/",
        f"/hooks/{platform}/%00",
        f"/hooks/{platform}/{key}%00",
        f"/hooks/{platform}/%ff%fe",
        f"/hooks/{platform}/茶",
        f"/hooks/{platform}/..%2f..%2fetc%2fpasswd",
        f"/hooks/{platform}/{'k' * 8_000}",
        f"/hooks/{platform}/' OR 1=1 --",
    ]

    answers = [await edge.asked(account, a_delivery(rig), path=path) for path in paths]

    assert all(is_refused(answer, rig, status=404, code="not_found") for answer in answers)
    assert await nothing_was_kept(edge)


async def test_a_method_that_no_platform_uses_is_refused(edge: Edge) -> None:
    rig = RIGS[0]
    account = await connected(edge, rig)
    methods = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

    answers = [await edge.asked(account, a_delivery(rig), method=method) for method in methods]
    head = await edge.asked(account, a_delivery(rig), method="HEAD")

    assert all(is_refused(answer, rig, status=405, code="method_not_allowed") for answer in answers)
    assert {answer.headers["allow"] for answer in (*answers, head)} == {"GET, POST"}
    assert head.status_code == 405
    assert await nothing_was_kept(edge)


async def test_a_question_that_is_no_handshake_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)

    answer = await edge.hooks.get(account["hook_path"], params={"hub.mode": "subscribe", "hub.challenge": "1"})

    refused = (405, "method_not_allowed") if rig.connector.platform == "generic" else (403, "handshake_refused")
    assert is_refused(answer, rig, status=refused[0], code=refused[1])


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_of_ten_megabytes_is_refused_however_it_comes(edge: Edge, rig: Rig, is_chunked: bool) -> None:
    account = await connected(edge, rig)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(TEN_MEGABYTES // 65_536):
            yield b" " * 65_536

    content = chunks() if is_chunked else b" " * TEN_MEGABYTES
    answer = await edge.asked(account, a_delivery(rig), content=content)

    assert is_refused(answer, rig, status=413, code="too_large")
    assert answer.headers["connection"] == "close"
    assert await nothing_was_kept(edge)


async def test_a_body_that_hides_its_length_is_read_no_further_than_the_limit(edge: Edge) -> None:
    account = await connected(edge, RIGS[0])
    chunks: list[dict[str, Any]] = [{"type": "http.request", "body": b" " * 1_048_576, "more_body": True}] * 100
    waiting = list(chunks)

    answer = await told_bare(edge.running.application, path=account["hook_path"], messages=waiting)

    assert answer is not None
    assert answer.status == 413


async def test_a_length_that_is_none_harms_nobody(edge: Edge) -> None:
    path = (await connected(edge, RIGS[0]))["hook_path"]
    lengths = (b"-1", b"x", b"1e9", b"", "٣".encode(), b"9" * 400)

    answers = [
        await told_bare(edge.running.application, path=path, headers=[(b"content-length", length)])
        for length in lengths
    ]

    assert [answer and answer.status for answer in answers] == [401, 401, 401, 401, 401, 413]


@pytest.mark.parametrize("is_complete_json", [False, True])
async def test_whoever_goes_away_in_mid_body_is_not_believed(edge: Edge, is_complete_json: bool) -> None:
    rig = next(rig for rig in RIGS if rig.name == "facebook")
    account = await connected(edge, rig)
    request = rig.request()
    part = request.body if is_complete_json else request.body[:50]
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": True},
        {"type": "http.disconnect"},
    ]

    answer = await told_bare(
        edge.running.application,
        path=account["hook_path"],
        headers=[(name.encode(), value.encode()) for name, value in request.headers.items()],
        messages=messages,
    )

    assert answer is None
    assert await nothing_was_kept(edge)


@pytest.mark.parametrize("rig", JSON_RIGS, ids=str)
async def test_json_nested_deeper_than_anyone_means_is_refused(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    bodies = [b"[" * depth + b"]" * depth for depth in (66, 10_000, 500_000)]

    answers = [await edge.asked(account, rig.request(body)) for body in bodies]

    assert all(is_refused(answer, rig, status=422, code="unreadable") for answer in answers)
    assert await nothing_was_kept(edge)


async def test_xml_that_multiplies_itself_is_refused(edge: Edge) -> None:
    rig = next(rig for rig in RIGS if rig.name == "wechat-plain")
    account = await connected(edge, rig)

    answer = await edge.asked(account, rig.request(XML_BOMB))

    assert is_refused(answer, rig, status=422, code="unreadable")
    assert await nothing_was_kept(edge)


async def test_of_a_parameter_given_twice_the_last_counts_for_everything(edge: Edge) -> None:
    rig = next(rig for rig in RIGS if rig.name == "wechat-plain")
    account = await connected(edge, rig)
    request = rig.request()
    good, bad = list(request.query.items()), [("signature", "0" * 40)]

    refused = await edge.hooks.post(account["hook_path"], params=[*good, *bad], content=request.body)
    taken = await edge.hooks.post(account["hook_path"], params=[*bad, *good], content=request.body)

    assert is_refused(refused, rig, status=401, code="signature_refused")
    assert taken.is_success
    assert len(await edge.accepted()) == 1


async def test_an_account_without_its_secret_believes_nothing_yet(edge: Edge, rig: Rig) -> None:
    account = await connected(edge, rig)
    await keep(edge, account, {name: (value,) for name, value in rig.fixed.items()})

    answer = await edge.asked(account, a_delivery(rig))

    assert is_refused(answer, rig, status=503, code="secret_missing")
    assert int(answer.headers["retry-after"]) > 0
    assert await nothing_was_kept(edge)


async def keep(edge: Edge, account: Mapping[str, Any], credentials: Mapping[str, tuple[str, ...]]) -> None:
    """Leave the account with these credentials, which the API would not take."""
    async with edge.running.open_unit() as unit:
        sealed = seal_credentials(unit.tools.vault, account["id"], credentials)
        await unit.session.execute(update(Account).where(col(Account.id) == account["id"]).values(credentials=sealed))
        unit.forget_accounts()


_NAMES = st.sampled_from([
    "signature", "timestamp", "nonce", "msg_signature", "encrypt_type", "echostr", "hub.mode", "hub.verify_token",
    "hub.challenge", "webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256", "content-type",
    "content-length", "user-agent", "traceparent",
])  # fmt: skip
_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["aes", "sha256=", "v1,", "v1a,AAAA", "1790000000", "9" * 30, "subscribe", "-1", "\x00"]),
)


@pytest.mark.parametrize("rig", WAYS, ids=str)
def test_nothing_that_a_stranger_sends_is_taken_or_breaks_anything(rig: Rig, tmp_path: Path) -> None:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(an_edge(tmp_path, now=FrozenClock(NOW))) as edge,
    ):
        account = portal.call(connected, edge, rig)

        @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(
            body=st.binary(max_size=200) | st.just(rig.body),
            method=st.sampled_from(["GET", "POST", "POST", "HEAD", "PUT"]),
            query=st.binary(max_size=60) | st.dictionaries(_NAMES, _VALUES).map(urlencode),
            headers=st.dictionaries(_NAMES, _VALUES, max_size=5),
            tail=st.sampled_from(["", "", "", "/", "\x00", "\ufffd", "x" * 100]),
        )
        def probe(body: bytes, method: str, query: Any, headers: dict[str, str], tail: str) -> None:
            async def ask() -> Any:
                return await told_bare(
                    edge.running.application,
                    path=account["hook_path"] + tail,
                    method=method,
                    query=query if isinstance(query, bytes) else query.encode(),
                    headers=[(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
                    messages=[{"type": "http.request", "body": body, "more_body": False}],
                )

            answer = portal.call(ask)
            assert 400 <= answer.status < 500
            assert answer.headers["content-type"] == PROBLEM_TYPE

        probe()
        assert portal.call(nothing_was_kept, edge)


@pytest.mark.parametrize("rig", WAYS, ids=str)
def test_whatever_a_platform_signs_is_refused_at_once_or_filed(rig: Rig, tmp_path: Path) -> None:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(an_edge(tmp_path, now=FrozenClock(NOW))) as edge,
    ):
        account = portal.call(connected, edge, rig)
        statuses: list[int] = []

        @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(noise=st.binary(max_size=60), at=st.integers(0, len(rig.body)), cut=st.integers(0, 20))
        def probe(noise: bytes, at: int, cut: int) -> None:
            request = rig.request(rig.body[:at] + noise + rig.body[at + cut :])
            answer = portal.call(lambda: edge.asked(account, request))
            assert answer.status_code in {200, 202, 401, 422}, answer.text
            statuses.append(answer.status_code)

        probe()
        taken = sum(status < 300 for status in statuses)
        portal.call(lambda: edge.filed(count=min(taken, 200)))
        letters = portal.call(lambda: edge.api.get("/dead-letters")).json()

    assert letters["items"] == []
