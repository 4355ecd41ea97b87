"""QQ's signatures: those that it has published, and what its question to an address could be misused for."""

from datetime import UTC, datetime

import msgspec
import pytest

from huiying.events.deliveries import Proof
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import (
    Credentials,
    HandshakeRefused,
    SecretMissing,
    SignatureRefused,
    Unreadable,
)
from ingest.clients.connectors.qq import QQConnector
from ingest.clients.connectors.qq_signatures import is_signed, signature_of
from tests.contract.connectors.rig import NOW, a_request
from tests.contract.connectors.rigging.qq import APP_ID, sign_qq

QQ = QQConnector(AccessTokens())

# tencent-connect/bot-docs, docs/develop/api-v2/dev-prepare/interface-framework/event-emit.md.
VALIDATION_SECRET = "DG5g3B4j9X2KOErG"
VALIDATION = b'{"op":13,"d":{"plain_token":"Arq0D5A61EgUu4OxUvOp","event_ts":"1725442341"}}'
VALIDATION_SIGNATURE = (
    "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
    "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
)

# tencent-connect/botgo, interaction/signature/interaction_test.go.
EVENT_SECRET = "123456abcdef"
EVENT_TIMESTAMP = "1728981195"
EVENT_BODY = (
    '{"id":"ROBOT1.0_veoihSEXDc8Q.g-6eLpNIa11bH8MisOjn-m-LKxCPntMk6exUXgcWCGpVO7L2QKTNZzjZzFFDSbiOFcqAPWyVA!!",'
    '"content":"哦一下","timestamp":"2024-10-15T16:33:15+08:00","author":{"id":"675860273","user_openid":"675860273"}}'
).encode()
EVENT_SIGNATURE = (
    "e949b5b94ef4103df903fb031d1d16e358db3db83e79e117edd404c8508be3ce"
    "8a76d7bad1bed353194c126a1a5915b4ad8b5288c1191cc53a12acffccd82004"
)


def credentials(secret: str) -> Credentials:
    return {"app_id": (APP_ID,), "app_secret": (secret,)}


def test_the_published_question_is_answered_with_the_published_signature() -> None:
    answer = QQ.handshake(a_request(VALIDATION), credentials(VALIDATION_SECRET))

    assert answer is not None
    assert answer.status == 200
    assert msgspec.json.decode(answer.body) == {
        "plain_token": "Arq0D5A61EgUu4OxUvOp",
        "signature": VALIDATION_SIGNATURE,
    }


def test_the_published_event_is_believed_when_it_was_sent() -> None:
    headers = {"x-signature-ed25519": EVENT_SIGNATURE, "x-signature-timestamp": EVENT_TIMESTAMP}
    at = datetime.fromtimestamp(int(EVENT_TIMESTAMP), UTC)

    proof = QQ.verify(a_request(EVENT_BODY, headers=headers), credentials(EVENT_SECRET), now=at)

    assert proof is Proof.ED25519
    assert signature_of(EVENT_BODY, timestamp=EVENT_TIMESTAMP, secret=EVENT_SECRET) == EVENT_SIGNATURE


@pytest.mark.parametrize(
    "question",
    [
        {"plain_token": '{"op":0,"t":"C2C_MESSAGE_CREATE","d":{}}', "event_ts": "1728981195"},
        {"plain_token": '"d":{}}', "event_ts": '1728981195{"op":0,'},
        {"plain_token": "}", "event_ts": "1"},
        {"plain_token": "abc", "event_ts": "1728981195{"},
        {"plain_token": "", "event_ts": "1728981195"},
        {"plain_token": ["a"], "event_ts": "1728981195"},
        {},
    ],
)
def test_nothing_is_signed_that_could_be_sent_as_a_delivery(question: dict[str, object]) -> None:
    body = msgspec.json.encode({"op": 13, "d": {"plain_token": "", **question}})

    with pytest.raises(HandshakeRefused):
        QQ.handshake(a_request(body), credentials("secret"))


@pytest.mark.parametrize("plain_token", ["7", "null", "true"])
def test_the_answer_to_anybodys_question_is_no_delivery(plain_token: str) -> None:
    question = msgspec.json.encode({"op": 13, "d": {"plain_token": plain_token, "event_ts": "1790000000"}})
    answer = QQ.handshake(a_request(question), credentials("secret"))
    assert answer is not None
    signature = msgspec.json.decode(answer.body)["signature"]
    headers = {"x-signature-ed25519": signature, "x-signature-timestamp": "1790000000"}

    with pytest.raises(Unreadable):
        QQ.verify(
            a_request(plain_token.encode(), headers=headers),
            credentials("secret"),
            now=datetime.fromtimestamp(1790000000, UTC),
        )


def test_a_message_that_speaks_of_the_question_is_none() -> None:
    body = b'{"op":0,"t":"C2C_MESSAGE_CREATE","d":{"id":"1","author":{"user_openid":"u"},"content":"plain_token?"}}'

    assert QQ.handshake(sign_qq(body, "secret", NOW), credentials("secret")) is None


def test_without_a_secret_no_question_is_answered() -> None:
    with pytest.raises(SecretMissing):
        QQ.handshake(a_request(VALIDATION), {"app_id": (APP_ID,)})


@pytest.mark.parametrize(
    "signature", ["", "zz", EVENT_SIGNATURE[:-2], EVENT_SIGNATURE + "00", EVENT_SIGNATURE[:-2] + "e4"]
)
def test_a_signature_of_another_form_is_none(signature: str) -> None:
    assert not is_signed(EVENT_BODY, signature, timestamp=EVENT_TIMESTAMP, secret=EVENT_SECRET)


@pytest.mark.parametrize("timestamp", ["", "1e9", "-1", "1728981195 ", "１７"])
def test_a_timestamp_of_another_form_is_refused(timestamp: str) -> None:
    request = sign_qq(b"{}", "secret", NOW)
    headers = {**request.headers, "x-signature-timestamp": timestamp}
    headers["x-signature-ed25519"] = signature_of(b"{}", timestamp=timestamp, secret="secret")

    with pytest.raises(SignatureRefused):
        QQ.verify(a_request(b"{}", headers=headers), credentials("secret"), now=NOW)


def test_a_delivery_is_acknowledged_in_qqs_own_words() -> None:
    assert QQ.acknowledge(a_request(b"{}")).body == b'{"op":12,"d":0}'
