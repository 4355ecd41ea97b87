"""LinkedIn documents how it signs, and no vector of it; these were computed with Python's hmac alone."""

import hmac

import pytest
from structlog.testing import capture_logs

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HandshakeRefused, HookRequest, SecretMissing, SignatureRefused
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import NOW, a_request

LINKEDIN = CONNECTORS["linkedin"]
SECRET = "client-secret"
QUESTION = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
ANSWER = "8ab4bbad570533d66462deba280bde93c1cad8b543e7f526d3e962acaf6c391a"
BODY, SIGNATURE = b'{"a":1}', "27417d236855e1c22ea05d6497121fe759fcf90caa7b5dbb8b18e7d7b2c0ef73"


def asked(**query: str) -> HookRequest:
    return HookRequest(method="GET", query=query, headers={}, body=b"", received_at=NOW)


def verify(header: str) -> Proof:
    request = a_request(BODY, headers={"x-li-signature": header})
    return LINKEDIN.verify(request, {"client_secret": ("other", SECRET)}, now=NOW)


def test_the_challenge_is_answered_with_its_signature() -> None:
    answer = LINKEDIN.handshake(asked(challengeCode=QUESTION, applicationId="7"), {"client_secret": (SECRET, "older")})

    assert answer is not None
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert answer.body == b'{"challengeCode":"%s","challengeResponse":"%s"}' % (QUESTION.encode(), ANSWER.encode())


def test_the_signature_is_over_the_prefix_and_the_body() -> None:
    assert verify(SIGNATURE) is Proof.HMAC


@pytest.mark.parametrize("prefix", ["", "hmacsha256="])
def test_a_signature_over_the_body_alone_is_refused_and_logged(prefix: str) -> None:
    over_body = hmac.digest(SECRET.encode(), BODY, "sha256").hex()

    with capture_logs() as logs, pytest.raises(SignatureRefused):
        verify(prefix + over_body)

    assert [entry["event"] for entry in logs] == ["linkedin_signature_would_match"]


@pytest.mark.parametrize("header", ["", f"hmacsha256={SIGNATURE}", SIGNATURE.upper(), SIGNATURE[:-1], "0" * 64])
def test_any_other_signature_is_refused_in_silence(header: str) -> None:
    with capture_logs() as logs, pytest.raises(SignatureRefused):
        verify(header)

    assert logs == []


@pytest.mark.parametrize(
    "question",
    ["", 'hmacsha256={"notifications":[]}', "hmacsha256=", QUESTION + " ", "{" + QUESTION + "}", "\udcff", "1"],
)
def test_a_challenge_that_could_be_a_delivery_is_not_signed(question: str) -> None:
    with pytest.raises(HandshakeRefused):
        LINKEDIN.handshake(asked(challengeCode=question), {"client_secret": (SECRET,)})


def test_a_challenge_waits_for_an_account_that_has_no_secret_yet() -> None:
    with pytest.raises(SecretMissing):
        LINKEDIN.handshake(asked(challengeCode=QUESTION), {})
