"""Bilibili's signature over six headers, and its question."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.clients.connectors import bilibili_signatures
from ingest.clients.connectors.bilibili import BilibiliConnector
from ingest.clients.connectors.connector import SignatureRefused, StaleDelivery, Unreadable
from tests.contract.connectors.rig import NOW, a_request, altered
from tests.contract.connectors.rigging.bilibili import CLIENT_ID, sign_bilibili

BILIBILI = BilibiliConnector()
CREDENTIALS = {"client_id": (CLIENT_ID,), "app_secret": ("secret",)}

# Made with SignUtility.cs of bilibili-openplatform/SignatureAlgorithm_DotnetDemo and with blivedm, which agree.
SIGNED_BODY = b'{"code":"OWNER-AUTH-CODE","app_id":1787439765162}'
SIGNED_HEADERS = {
    "x-bili-accesskeyid": "akid-golden-0001",
    "x-bili-content-md5": "a0eda7d45905af8a3c47c956cc317c82",
    "x-bili-signature-method": "HMAC-SHA256",
    "x-bili-signature-nonce": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "x-bili-signature-version": "1.0",
    "x-bili-timestamp": "1785000000",
}
SIGNATURE = "219c5d3668350dc85343e0e12941a968be2459f096f81e2f64fd49a4cf902681"

# The example of Bilibili's page on webhooks.
QUESTION = b'{"event":"verify_webhooks","content":{"data":1371848576},"timestamp":"2021-01-01 12:01:01"}'


def test_the_signature_that_others_make_is_made() -> None:
    assert bilibili_signatures.hash_of(SIGNED_BODY) == SIGNED_HEADERS["x-bili-content-md5"]
    assert bilibili_signatures.signature_of(SIGNED_HEADERS, secret="secret-golden-0001") == SIGNATURE


def test_a_request_that_others_signed_is_believed_when_it_was_made() -> None:
    request = a_request(SIGNED_BODY, headers={**SIGNED_HEADERS, "authorization": SIGNATURE})
    credentials = {"client_id": ("akid-golden-0001",), "app_secret": ("secret-golden-0001",)}

    BILIBILI.verify(request, credentials, now=datetime.fromtimestamp(1785000000, UTC))


@pytest.mark.parametrize("signed", [True, False])
def test_the_published_question_is_answered_with_its_number(signed: bool) -> None:
    request = sign_bilibili(QUESTION, "secret", NOW) if signed else a_request(QUESTION)

    answer = BILIBILI.handshake(request, CREDENTIALS)

    assert answer is not None
    assert (answer.status, answer.body) == (200, b'{"data":1371848576}')


def test_a_question_that_somebody_else_signed_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        BILIBILI.handshake(sign_bilibili(QUESTION, "another", NOW), CREDENTIALS)


def test_a_question_that_is_no_number_is_not_repeated() -> None:
    with pytest.raises(Unreadable):
        BILIBILI.handshake(a_request(b'{"event":"verify_webhooks","content":{"data":[1]}}'), CREDENTIALS)


def test_an_event_that_only_speaks_of_the_question_is_none() -> None:
    body = b'{"event":"video_fail","content":{"state_desc":"verify_webhooks"}}'

    assert BILIBILI.handshake(sign_bilibili(body, "secret", NOW), CREDENTIALS) is None


@pytest.mark.parametrize("name", sorted(SIGNED_HEADERS))
def test_no_signed_header_may_be_missing(name: str) -> None:
    request = sign_bilibili(b"{}", "secret", NOW)
    headers = {other: value for other, value in request.headers.items() if other != name}
    headers["authorization"] = bilibili_signatures.signature_of(headers, secret="secret")

    with pytest.raises(SignatureRefused):
        BILIBILI.verify(altered(request, headers=headers), CREDENTIALS, now=NOW)


@pytest.mark.parametrize(
    ("name", "value"), [("x-bili-accesskeyid", "another"), ("x-bili-signature-method", "HMAC-MD5")]
)
def test_the_signature_is_for_this_application_and_of_this_method(name: str, value: str) -> None:
    request = sign_bilibili(b"{}", "secret", NOW)
    headers = {**request.headers, name: value}
    headers["authorization"] = bilibili_signatures.signature_of(headers, secret="secret")

    with pytest.raises(SignatureRefused):
        BILIBILI.verify(altered(request, headers=headers), CREDENTIALS, now=NOW)


def test_a_request_is_stale_after_ten_minutes() -> None:
    request = sign_bilibili(b"{}", "secret", NOW)

    with pytest.raises(StaleDelivery):
        BILIBILI.verify(request, CREDENTIALS, now=NOW + timedelta(minutes=10, seconds=1))
