"""Kuaishou's signature, its test, and what it wants to hear back."""

import pytest

from ingest.clients.connectors.connector import SignatureRefused
from ingest.clients.connectors.kuaishou import KuaishouConnector, signature_of
from tests.contract.connectors.rig import NOW, a_request, altered
from tests.contract.connectors.rigging.kuaishou import RIGS, sign_kuaishou

KUAISHOU = KuaishouConnector()
CREDENTIALS = {"app_id": ("ks1",), "app_secret": ("secret",)}


def test_the_signature_is_the_hash_of_body_and_secret() -> None:
    # Computed from the document's words: it prints no example.
    assert signature_of(b'{"event":"TEST"}', secret="secret") == "f48a244da6b1ae224630f287e831a6e3"


@pytest.mark.parametrize("signed", [True, False])
def test_the_test_is_passed_with_its_own_message_id(signed: bool) -> None:
    body = b'{"app_id":"ks1","event":"TEST","timestamp":1622518497536,"message_id":"Ch1","data":{}}'
    request = sign_kuaishou(body, "secret", NOW) if signed else a_request(body)

    answer = KUAISHOU.handshake(request, CREDENTIALS)

    assert answer is not None
    assert (answer.status, answer.body) == (200, b'{"result":1,"message_id":"Ch1"}')


def test_a_comment_that_says_test_is_a_comment() -> None:
    request = RIGS[0].request(RIGS[0].body.replace(b'"hi"', b'"TEST"'))

    assert KUAISHOU.handshake(request, CREDENTIALS) is None


@pytest.mark.parametrize(
    ("message_id", "acknowledged"),
    [
        ('"Ch2"', b'{"result":1,"message_id":"Ch2"}'),
        ("7", b'{"result":1,"message_id":"7"}'),
        ("null", b'{"result":1}'),
        ("{}", b'{"result":1}'),
        ('""', b'{"result":1}'),
    ],
)
def test_what_was_taken_is_acknowledged_by_its_id(message_id: str, acknowledged: bytes) -> None:
    body = b'{"event":"AUTHORIZE","message_id":' + message_id.encode() + b"}"

    assert KUAISHOU.acknowledge(a_request(body)).body == acknowledged


def test_a_hash_in_capitals_is_the_same_hash() -> None:
    request = sign_kuaishou(b"{}", "secret", NOW)
    headers = {"kwaisign": request.headers["kwaisign"].upper()}

    KUAISHOU.verify(altered(request, headers=headers), CREDENTIALS, now=NOW)


def test_a_hash_of_secret_and_body_in_the_other_order_is_none() -> None:
    request = a_request(b"{}", headers={"kwaisign": signature_of(b"secret", secret="{}")})

    with pytest.raises(SignatureRefused):
        KUAISHOU.verify(request, CREDENTIALS, now=NOW)
