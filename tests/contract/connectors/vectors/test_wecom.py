"""Requests that WeCom's own samples and wechatpy publish are answered and believed."""

import json

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HandshakeRefused, HookRequest, SignatureRefused
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_crypto import Undecipherable, open_sealed, signature_of
from tests.contract.connectors.rig import NOW, a_request
from tests.contract.connectors.rigging.wecom import AES_KEY, CORP_ID, sign_wecom

WECOM = CONNECTORS["wecom"]

# Tencent's sample, in the SDKs for WeCom callbacks.
TENCENT = {
    "token": ("QDG6eK",),
    "encoding_aes_key": ("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",),
    "corp_id": ("wx5823bf96d3bd56c7",),
}
# wechatpy/wechatpy, tests/test_crypto.py.
WECHATPY = {
    "token": ("123456",),
    "encoding_aes_key": ("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",),
    "corp_id": ("wx49f0ab532d5d035a",),
}
TENCENT_QUESTION = {
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}
WECHATPY_QUESTION = {
    "msg_signature": "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
    "timestamp": "1411443780",
    "nonce": "437374425",
    "echostr": "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==",
}


def asked(query: dict[str, str]) -> HookRequest:
    return HookRequest(method="GET", query=query, headers={}, body=b"", received_at=NOW)


@pytest.mark.parametrize(
    ("question", "credentials", "answer"),
    [
        (TENCENT_QUESTION, TENCENT, b"1616140317555161061"),
        (WECHATPY_QUESTION, WECHATPY, b"5927782489442352469"),
    ],
)
def test_a_published_question_is_answered_with_what_it_holds(
    question: dict[str, str], credentials: dict[str, tuple[str, ...]], answer: bytes
) -> None:
    acknowledgement = WECOM.handshake(asked(question), credentials)

    assert acknowledgement is not None
    assert (acknowledgement.status, acknowledgement.body) == (200, answer)
    assert acknowledgement.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("changed", "credentials"),
    [
        ({**TENCENT_QUESTION, "nonce": "263014781"}, TENCENT),
        ({**TENCENT_QUESTION, "echostr": WECHATPY_QUESTION["echostr"]}, TENCENT),
        (TENCENT_QUESTION, {**TENCENT, "corp_id": ("wx-another",)}),
        (TENCENT_QUESTION, {**TENCENT, "token": ("another",)}),
        ({}, TENCENT),
    ],
)
def test_a_question_that_was_changed_or_is_for_somebody_else_is_refused(
    changed: dict[str, str], credentials: dict[str, tuple[str, ...]]
) -> None:
    with pytest.raises(HandshakeRefused):
        WECOM.handshake(asked(changed), credentials)


def test_a_body_that_is_not_sealed_is_refused() -> None:
    signature = signature_of("token-1", str(int(NOW.timestamp())), "n1")
    query = {"signature": signature, "timestamp": str(int(NOW.timestamp())), "nonce": "n1"}
    credentials = {"token": ("token-1",), "corp_id": (CORP_ID,), "encoding_aes_key": (AES_KEY,)}

    with pytest.raises(SignatureRefused):
        WECOM.verify(a_request(b"<xml><MsgType>text</MsgType></xml>", query=query), credentials, now=NOW)


def test_wechatpy_opens_what_our_tests_seal() -> None:
    request = sign_wecom("<xml>你好</xml>".encode(), "token-1", NOW)
    theirs = WeChatCrypto("token-1", AES_KEY, CORP_ID)

    opened = theirs.decrypt_message(
        request.body.decode(), request.query["msg_signature"], request.query["timestamp"], request.query["nonce"]
    )

    assert opened == "<xml>你好</xml>"


def test_what_wechatpy_seals_is_believed_in_json_too() -> None:
    timestamp = str(int(NOW.timestamp()))
    message = "<xml><MsgType>text</MsgType><FromUserName>LiLei</FromUserName><MsgId>7</MsgId></xml>"
    sealed = WeChatCrypto("token-1", AES_KEY, CORP_ID).encrypt_message(message, "n1", timestamp)
    encrypted, signature = (
        sealed.split(f"<{name}><![CDATA[")[1].split("]]>")[0] for name in ("Encrypt", "MsgSignature")
    )
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": "n1"}
    credentials = {"token": ("token-1",), "corp_id": (CORP_ID,), "encoding_aes_key": (AES_KEY,)}
    body = json.dumps({"tousername": CORP_ID, "encrypt": encrypted, "agentid": "218"}).encode()

    assert WECOM.verify(a_request(body, query=query), credentials, now=NOW) is Proof.AES


def test_a_message_for_another_company_does_not_open() -> None:
    with pytest.raises(Undecipherable):
        open_sealed(TENCENT_QUESTION["echostr"], aes_keys=TENCENT["encoding_aes_key"], app_ids=["ww0000000000000000"])
