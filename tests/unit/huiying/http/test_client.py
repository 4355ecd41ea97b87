"""Calling out: where a call may go, and what is known when no answer comes back. On sockets of this machine."""

import asyncio
import datetime
import json
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from huiying.errors import Invalid
from huiying.http.client import AnswerTooLarge, DestinationRefused, HTTPClient, OutcomeUnknown, Resolver, Unreached
from tests.support.listening import Serve, listening

pytestmark = pytest.mark.enable_socket

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@asynccontextmanager
async def a_client(
    *,
    private: bool = True,
    resolve: Resolver | None = None,
    context: ssl.SSLContext | None = None,
    timeout_seconds: float = 2.0,
    max_response_bytes: int = 1_000,
) -> AsyncIterator[HTTPClient]:
    client = HTTPClient(
        allow_private_addresses=private,
        timeout_seconds=timeout_seconds,
        max_response_bytes=max_response_bytes,
        resolve=resolve,
        ssl_context=context,
    )
    try:
        yield client
    finally:
        await client.close()


def answering(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    return serve


def resolving_to(*addresses: str) -> Resolver:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


async def test_a_request_is_sent_as_asked_and_its_answer_given_back() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(7))
        writer.write(b'HTTP/1.1 201 Created\r\nX-Name: V\r\ncontent-length: 8\r\n\r\n{"id":1}')

    async with listening(serve) as port, a_client() as client:
        answer = await client.request(
            "POST", f"http://127.0.0.1:{port}/things", params={"q": "a b"}, json={"a": 1}, headers={"X-Key": "k"}
        )

    assert (answer.status, answer.headers["x-name"], answer.json(), answer.is_success) == (201, "V", {"id": 1}, True)
    assert asked[0].startswith(b"POST /things?q=a+b HTTP/1.1\r\n") or asked[0].startswith(b"POST /things?q=a%20b HTTP")
    assert b"x-key: k\r\n" in asked[0]
    assert asked[0].endswith(b'{"a":1}')


ATTACKS = [
    "https://127.0.0.1/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://172.16.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://100.64.0.1/",
    "https://example.org:8443/",
    "https://example.org:22/",
    "http://example.org/",
    "https://user:password@example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "unix:///run/docker.sock",
    "//example.org/",
    "example.org",
    "https://",
    "https://exa mple.org/",
    "https://example.org:99999999/",
    "https://" + "a" * 300 + ".example/",
]


@pytest.mark.parametrize("url", ATTACKS)
async def test_a_url_that_leads_inside_is_refused(url: str) -> None:
    async with a_client(private=False) as client:
        with pytest.raises((DestinationRefused, Unreached)):
            await client.request("GET", url)


@pytest.mark.parametrize("url", [url for url in ATTACKS[:17] if "http" in url])
async def test_a_url_that_leads_inside_is_refused_for_good_and_not_for_now(url: str) -> None:
    async with a_client(private=False) as client:
        with pytest.raises(DestinationRefused):
            await client.request("GET", url)


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async with a_client(private=False, resolve=resolving_to("8.8.8.8", "10.0.0.1")) as client:
        with pytest.raises(DestinationRefused):
            await client.request("GET", "https://example.org/")


async def test_a_name_is_looked_up_once_and_the_connection_goes_to_the_address_that_was_checked() -> None:
    looked_up: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["127.0.0.2"]

    async with listening(answering(OK)) as port, a_client(resolve=resolve) as client:
        answer = await client.request("GET", f"http://rebinding.example:{port}/")

    assert answer.status == 200
    assert looked_up == ["rebinding.example"]


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    async with listening(answering(moved)) as port, a_client() as client:
        answer = await client.request("GET", f"http://127.0.0.1:{port}/")

    assert answer.status == 302


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with listening(answering(OK)) as port, a_client() as client:
        answer = await client.request("GET", f"http://127.0.0.1:{port}/")

    assert answer.status == 200


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with listening(answering(OK)) as port, a_client(resolve=resolving_to("127.0.0.9", "127.0.0.1")) as client:
        answer = await client.request("GET", f"http://two.example:{port}/")

    assert answer.status == 200


async def test_a_refused_connection_never_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with a_client() as client:
        with pytest.raises(Unreached):
            await client.request("POST", f"http://127.0.0.1:{port}/")


async def test_a_name_without_an_address_never_left() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror("no such host")

    async with a_client(resolve=resolve) as client:
        with pytest.raises(Unreached):
            await client.request("POST", "http://nowhere.example/")


async def test_a_look_up_that_takes_too_long_never_left() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with a_client(resolve=resolve, timeout_seconds=0.1) as client:
        with pytest.raises(Unreached):
            await client.request("POST", "http://slow.example/")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", b"nonsense\r\n\r\n"])
async def test_a_connection_that_is_lost_after_sending_leaves_the_outcome_unknown(answer: bytes) -> None:
    async with listening(answering(answer)) as port, a_client() as client:
        with pytest.raises(OutcomeUnknown):
            await client.request("POST", f"http://127.0.0.1:{port}/", json={})


async def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as port, a_client(timeout_seconds=5) as client:
        with pytest.raises(OutcomeUnknown):
            await client.request("POST", f"http://127.0.0.1:{port}/", json={}, timeout_seconds=0.5)


async def test_the_time_limit_is_for_all_of_the_answer_and_not_for_each_byte() -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")
        hung_up = asyncio.ensure_future(reader.read())
        while not hung_up.done():
            writer.write(b"x")
            await writer.drain()
            await asyncio.wait({hung_up}, timeout=0.02)

    async with listening(dripping) as port, a_client(timeout_seconds=1) as client:
        with pytest.raises(OutcomeUnknown):
            await client.request("GET", f"http://127.0.0.1:{port}/")


async def test_an_answer_over_the_limit_is_not_read_to_its_end() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with listening(endless) as port, a_client() as client:
        with pytest.raises(AnswerTooLarge):
            await client.request("GET", f"http://127.0.0.1:{port}/")


async def test_an_answer_that_is_not_json_is_invalid() -> None:
    html = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\n\r\n<html>"
    async with listening(answering(html)) as port, a_client() as client:
        answer = await client.request("GET", f"http://127.0.0.1:{port}/")

    with pytest.raises(Invalid, match="502"):
        answer.json()


def certified(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server called `name`, and for a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "server.pem").write_bytes(pem + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(directory / "server.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


async def test_tls_verifies_the_name_and_not_the_address(tmp_path: Path) -> None:
    server_tls, client_tls = certified(tmp_path, "right.example")

    async with (
        listening(answering(OK), context=server_tls) as port,
        a_client(resolve=resolving_to("127.0.0.1"), context=client_tls) as client,
    ):
        right = await client.request("GET", f"https://right.example:{port}/")
        with pytest.raises(Unreached):
            await client.request("GET", f"https://wrong.example:{port}/")

    assert json.loads(right.body) == {}
