"""X publishes how it signs, and no vector; these were computed with Python's hmac and base64 alone."""

import pytest

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HandshakeRefused, HookRequest, SecretMissing
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import NOW, a_request
from tests.contract.connectors.rigging.x import signature

X = CONNECTORS["x"]
QUESTION, ANSWER = "challenge_string", "sha256=S/mG8E9n5SjoGuCqHguvP8K8uuu5ogCPF0dOpIdyZlk="


def asked(**query: str) -> HookRequest:
    return HookRequest(method="GET", query=query, headers={}, body=b"", received_at=NOW)


def test_the_challenge_is_answered_with_its_signature() -> None:
    answer = X.handshake(asked(crc_token=QUESTION), {"consumer_secret": ("consumer-secret", "older")})

    assert answer is not None
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert answer.body == b'{"response_token":"%s"}' % ANSWER.encode()


def test_a_body_signed_by_the_consumer_secret_is_believed() -> None:
    body = b'{"for_user_id":"2244994945"}'
    request = a_request(body, headers={"x-twitter-webhooks-signature": signature(body, "consumer-secret")})

    assert X.verify(request, {"consumer_secret": ("consumer-secret",)}, now=NOW) is Proof.HMAC


@pytest.mark.parametrize(
    "question", ["", '{"for_user_id":"1"}', '{"data":{}}', "a b", "a" * 257, "秘密", "\udcff", '"quoted"', "[1]"]
)
def test_a_challenge_that_could_be_a_delivery_is_not_signed(question: str) -> None:
    with pytest.raises(HandshakeRefused):
        X.handshake(asked(crc_token=question), {"consumer_secret": ("consumer-secret",)})


def test_a_challenge_waits_for_an_account_that_has_no_secret_yet() -> None:
    with pytest.raises(SecretMissing):
        X.handshake(asked(crc_token=QUESTION), {})
