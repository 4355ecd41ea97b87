"""Weibo's own example of a signature is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HandshakeRefused, HookRequest, SignatureRefused, StaleDelivery
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_crypto import signature_of
from tests.contract.connectors.rig import NOW, a_request

WEIBO = CONNECTORS["weibo"]

# open.weibo.com, wiki of the message service: its page shows the first 15 characters, the others were computed.
SECRET = {"app_secret": ("xyz123xyz",)}
SIGNED = {
    "signature": "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1",
    "timestamp": "1397022061823",
    "nonce": "57155157",
}
SIGNED_AT = datetime.fromtimestamp(1397022061.823, UTC)
BODY = b'{"type":"text","sender_id":1,"receiver_id":2,"text":"x"}'


def test_the_example_is_believed_at_its_time() -> None:
    proof = WEIBO.verify(a_request(BODY, query=SIGNED), SECRET, now=SIGNED_AT + timedelta(minutes=1))

    assert proof is Proof.URL_DIGEST


def test_the_example_is_stale_today() -> None:
    with pytest.raises(StaleDelivery):
        WEIBO.verify(a_request(BODY, query=SIGNED), SECRET, now=NOW)


def test_the_question_whether_an_address_is_ours_is_answered_as_it_was_asked() -> None:
    question = HookRequest(method="GET", query={**SIGNED, "echostr": "<b>42"}, headers={}, body=b"", received_at=NOW)

    answer = WEIBO.handshake(question, SECRET)

    assert answer is not None
    assert (answer.status, answer.body, answer.content_type) == (200, b"<b>42", "text/plain; charset=utf-8")
    with pytest.raises(HandshakeRefused):
        WEIBO.handshake(question, {"app_secret": ("another",)})


def test_a_timestamp_in_seconds_is_understood() -> None:
    seconds = str(int(NOW.timestamp()))
    query = {"signature": signature_of("xyz123xyz", seconds, "1"), "timestamp": seconds, "nonce": "1"}

    assert WEIBO.verify(a_request(BODY, query=query), SECRET, now=NOW) is Proof.URL_DIGEST


@pytest.mark.parametrize("timestamp", ["now", "1" * 11, "1" * 20, "-790000000", "１７９００００００００００"])
def test_a_timestamp_that_is_no_time_is_refused(timestamp: str) -> None:
    query = {"signature": signature_of("xyz123xyz", timestamp, "1"), "timestamp": timestamp, "nonce": "1"}

    with pytest.raises(SignatureRefused):
        WEIBO.verify(a_request(BODY, query=query), SECRET, now=NOW)
