"""Signatures that others have published, and libraries that others have written, agree with ours."""

import base64
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException

from huiying.clock import SystemClock
from huiying.events.deliveries import Proof
from huiying.http.standard_webhooks import sign
from ingest.clients.connectors import standard_webhooks
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_crypto import Undecipherable, open_sealed, seal, sealed_reply, signature_of
from tests.contract.connectors.rig import NOW, a_request
from tests.contract.connectors.rigging.generic import whsec
from tests.contract.connectors.rigging.wechat_oa import AES_KEY, APP_ID, sign_wechat_safely

# Standard Webhooks, libraries/python/tests/test_webhooks.py, test_sign_function.
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
STANDARD_BODY = b'{"test": 2432232314}'

# A request that Meta really sent, published with its since rotated secret: david-lev/pywa, tests/test_server.py.
META_SECRET = "1222e786b144d0e85b9f365372d93676"
META_SIGNATURE = "sha256=54edfa1d7259e0eb13c677cc7d73d1b5c86cfa12433d19156e058ab9251bc441"
META_BODY = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"264937493375603","changes":[{"value":{"messaging_product":'
    b'"whatsapp","metadata":{"display_phone_number":"15550953877","phone_number_id":"277321005464405"},"contacts":'
    b'[{"profile":{"name":"PyWa Tests"},"wa_id":"972544401243"}],"messages":[{"from":"972544401243","id":'
    b'"wamid.HBgMOTcyNTQ0NDAxMjQzFQIAEhggM0RFQTNCMEEwRTY3QzUwODYzMDc4NjQ4QzM4ODAxM0YA","timestamp":"1730231903",'
    b'"text":{"body":"Hey there! I am using PyWa."},"type":"text"}]},"field":"messages"}]}]}'
)

# Tencent's sample of an encrypted message, from its WeCom SDK: the cipher is the same, the id at its end the company's.
TENCENT_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TENCENT_ID = "wx5823bf96d3bd56c7"
TENCENT_TOKEN = "QDG6eK"
TENCENT_SEALED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)


def test_the_standards_own_signature_is_believed() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)

    proof = standard_webhooks.verify(STANDARD_BODY, STANDARD_HEADERS, secrets=[STANDARD_SECRET], public_keys=[], now=at)

    assert proof is Proof.HMAC


def test_the_standards_library_believes_what_we_sign() -> None:
    now = SystemClock().now()
    body = '{"text":"你好"}'.encode()

    headers = sign(body, message_id="r1", timestamp_seconds=int(now.timestamp()), keys=[whsec("old"), whsec("new")])

    assert Webhook(whsec("new")).verify(body, headers) == {"text": "你好"}


def test_we_believe_what_the_standards_library_signs() -> None:
    now = SystemClock().now()
    signature = Webhook(whsec("new")).sign("m1", now, STANDARD_BODY.decode())
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": f"v2,ignored nonsense {signature}",
    }

    proof = standard_webhooks.verify(STANDARD_BODY, headers, secrets=[whsec("new")], public_keys=[], now=now)

    assert proof is Proof.HMAC


def test_a_request_that_meta_really_sent_is_believed() -> None:
    request = a_request(META_BODY, headers={"x-hub-signature-256": META_SIGNATURE})

    proof = CONNECTORS["facebook"].verify(request, {"app_secret": ("other", META_SECRET)}, now=NOW)

    assert proof is Proof.HMAC


def test_wechats_plain_signature_is_sorted_sha1() -> None:
    # wechatpy/wechatpy, tests/test_utils.py.
    assert signature_of("test", "1410685589", "test") == "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"


def test_tencents_own_sample_opens() -> None:
    signature = signature_of(TENCENT_TOKEN, "1409659813", "1372623149", TENCENT_SEALED)

    message = open_sealed(TENCENT_SEALED, aes_keys=[TENCENT_KEY], app_ids=[TENCENT_ID])

    assert signature == "477715d11cdb4164915debcba66cb864d751f3e6"
    assert b"<Content><![CDATA[hello]]></Content>" in message


def test_tencents_own_sample_does_not_open_for_another_app() -> None:
    with pytest.raises(Undecipherable):
        open_sealed(TENCENT_SEALED, aes_keys=[TENCENT_KEY], app_ids=["wx0000000000000000"])


@pytest.mark.parametrize("size", range(0, 70, 3))
def test_wechatpy_opens_what_we_seal(size: int) -> None:
    message = "字" * size
    reply = sealed_reply(
        message.encode(), token="token-1", aes_key=AES_KEY, app_id=APP_ID, timestamp_seconds=1790000000, nonce="n1"
    )
    theirs = WeChatCrypto("token-1", AES_KEY, APP_ID)
    signature = reply.decode().split("<MsgSignature><![CDATA[")[1].split("]]>")[0]

    opened = theirs.decrypt_message(reply.decode(), signature, "1790000000", "n1")

    assert opened == message


def test_wechatpy_believes_what_our_tests_sign() -> None:
    request = sign_wechat_safely("<xml>你好</xml>".encode(), AES_KEY, NOW)
    theirs = WeChatCrypto("token-1", AES_KEY, APP_ID)
    arguments = request.query["msg_signature"], request.query["timestamp"], request.query["nonce"]

    assert theirs.decrypt_message(request.body.decode(), *arguments) == "<xml>你好</xml>"
    with pytest.raises(InvalidSignatureException):
        theirs.decrypt_message(request.body.decode(), "0" * 40, *arguments[1:])


def test_we_believe_what_wechatpy_seals() -> None:
    message = "<xml><MsgType>text</MsgType><FromUserName>o1</FromUserName><Content>你好</Content><MsgId>7</MsgId></xml>"
    timestamp = str(int(NOW.timestamp()))
    body = WeChatCrypto("token-1", AES_KEY, APP_ID).encrypt_message(message, "n1", timestamp)
    signature = body.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    query = {"timestamp": timestamp, "nonce": "n1", "encrypt_type": "aes", "msg_signature": signature}
    credentials = {"token": ("token-1",), "app_id": (APP_ID,), "encoding_aes_key": (AES_KEY,)}

    proof = CONNECTORS["wechat_oa"].verify(a_request(body.encode(), query=query), credentials, now=NOW)

    assert proof is Proof.AES


def test_a_sealed_message_in_json_is_believed_too() -> None:
    sealed = seal(b'{"MsgType":"text","MsgId":7}', aes_key=AES_KEY, app_id=APP_ID)
    timestamp = str(int(NOW.timestamp()))
    query = {"timestamp": timestamp, "nonce": "n", "msg_signature": signature_of("token-1", timestamp, "n", sealed)}
    credentials = {"token": ("token-1",), "app_id": (APP_ID,), "encoding_aes_key": (AES_KEY,)}
    body = json.dumps({"ToUserName": "gh_1", "Encrypt": sealed}).encode()

    assert CONNECTORS["wechat_oa"].verify(a_request(body, query=query), credentials, now=NOW) is Proof.AES


@pytest.mark.parametrize(
    "sealed", ["", "AAAA", "not base64!", base64.b64encode(b"x" * 32).decode(), base64.b64encode(b"x" * 48).decode()]
)
def test_what_nobody_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(Undecipherable):
        open_sealed(sealed, aes_keys=[AES_KEY], app_ids=[APP_ID])


def test_metas_challenge_comes_back_as_it_was() -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "verify-me"}
    request = HookRequest(method="GET", query=query, headers={}, body=b"", received_at=NOW)

    answer = CONNECTORS["messenger"].handshake(request, {"verify_token": ("older", "verify-me")})

    assert answer is not None
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.content_type.startswith("text/plain")


def test_wechats_echo_comes_back_as_it_was() -> None:
    query = {"signature": signature_of("t", "1410685589", "test"), "timestamp": "1410685589", "nonce": "test"}
    request = HookRequest(method="GET", query={**query, "echostr": "<b>42"}, headers={}, body=b"", received_at=NOW)

    answer = CONNECTORS["wechat_oa"].handshake(request, {"token": ("t",)})

    assert answer is not None
    assert (answer.status, answer.body, answer.content_type) == (200, b"<b>42", "text/plain; charset=utf-8")
