"""What one platform refuses and the others do not know."""

import pytest

from huiying.errors import Invalid, TooLarge
from huiying.events.interactions import AccountRef
from ingest.clients.connectors.connector import (
    HandshakeRefused,
    HookRequest,
    SecretMissing,
    SignatureRefused,
    Unreadable,
)
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import NOW, altered
from tests.contract.connectors.rigging.generic import sign_generic, whsec
from tests.contract.connectors.rigging.wechat_oa import AES_KEY, APP_ID, OLD_AES_KEY, sign_wechat, sign_wechat_safely
from tests.contract.connectors.rigs import RIGS

WECHAT = CONNECTORS["wechat_oa"]
SAFE = {"app_id": (APP_ID,), "app_secret": ("s",), "token": ("token-1",), "encoding_aes_key": (AES_KEY,)}
PLAIN = {name: values for name, values in SAFE.items() if name != "encoding_aes_key"}
PUSH = next(rig.body for rig in RIGS if rig.name == "wechat-plain")
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><MsgType>&c;</MsgType></xml>'
)
FILE_READER = b'<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>'


def a_get(**query: str) -> HookRequest:
    names = {"mode": "hub.mode", "token": "hub.verify_token", "challenge": "hub.challenge"}
    renamed = {names.get(name, name): value for name, value in query.items()}
    return HookRequest(method="GET", query=renamed, headers={}, body=b"", received_at=NOW)


@pytest.mark.parametrize("body", [BOMB, FILE_READER])
def test_xml_that_defines_entities_is_refused_at_the_edge(body: bytes) -> None:
    with pytest.raises(Unreadable):
        WECHAT.verify(sign_wechat(body, "token-1", NOW), PLAIN, now=NOW)


@pytest.mark.parametrize("body", [BOMB, FILE_READER])
def test_xml_that_defines_entities_is_refused_in_an_encrypted_body_too(body: bytes) -> None:
    with pytest.raises((SignatureRefused, Unreadable)):
        WECHAT.verify(sign_wechat_safely(body, AES_KEY, NOW), SAFE, now=NOW)


def test_a_plain_body_is_refused_by_an_account_in_safe_mode() -> None:
    with pytest.raises(SignatureRefused):
        WECHAT.verify(sign_wechat(PUSH, "token-1", NOW), SAFE, now=NOW)


def test_an_encrypted_body_waits_for_an_account_that_has_no_key_yet() -> None:
    with pytest.raises(SecretMissing):
        WECHAT.verify(sign_wechat_safely(PUSH, AES_KEY, NOW), PLAIN, now=NOW)


def test_a_body_sealed_for_another_app_is_refused_at_the_edge() -> None:
    request = sign_wechat_safely(PUSH, AES_KEY, NOW)

    with pytest.raises(SignatureRefused):
        WECHAT.verify(request, {**SAFE, "app_id": ("wx-another",)}, now=NOW)


def test_in_compatible_mode_only_the_encrypted_part_counts() -> None:
    request = sign_wechat_safely(PUSH, AES_KEY, NOW)
    forged = b"<MsgType>text</MsgType><Content>forged</Content><MsgId>1</MsgId></xml>"
    rig = next(rig for rig in RIGS if rig.name == "wechat-safe")

    (interaction,) = rig.normalise(altered(request, body=request.body.replace(b"</xml>", forged)))

    assert interaction.object.text == "hi"


def test_a_body_far_larger_than_any_push_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge):
        WECHAT.verify(sign_wechat(b"<xml>" + b"a" * 300_000, "token-1", NOW), PLAIN, now=NOW)


def test_an_encrypted_bare_body_says_that_its_account_is_needed() -> None:
    request = sign_wechat_safely(PUSH, AES_KEY, NOW)

    with pytest.raises(Unreadable, match="encrypted"):
        WECHAT.normalise_body(request.body, content_type="text/xml", received_at=NOW)


def test_a_delivery_whose_key_is_gone_is_unreadable() -> None:
    rig = next(rig for rig in RIGS if rig.name == "wechat-safe")
    request = sign_wechat_safely(PUSH, OLD_AES_KEY, NOW)

    with pytest.raises(Unreadable):
        rig.normalise(request)


@pytest.mark.parametrize(
    "request_", [a_get(), a_get(mode="subscribe", token="wrong", challenge="1"), a_get(mode="x", token="verify-me")]
)
def test_metas_challenge_without_our_token_is_refused(request_: HookRequest) -> None:
    with pytest.raises(HandshakeRefused):
        CONNECTORS["facebook"].handshake(request_, {"verify_token": ("verify-me",)})


@pytest.mark.parametrize(
    "request_", [a_get(), a_get(signature="0" * 40, timestamp="1", nonce="n", echostr="e"), a_get(echostr="e")]
)
def test_wechats_echo_without_our_token_is_refused(request_: HookRequest) -> None:
    with pytest.raises(HandshakeRefused):
        WECHAT.handshake(request_, {"token": ("token-1",)})


@pytest.mark.parametrize("platform", ["facebook", "wechat_oa"])
def test_a_handshake_waits_for_an_account_that_has_no_token_yet(platform: str) -> None:
    with pytest.raises(SecretMissing):
        CONNECTORS[platform].handshake(a_get(), {})


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"entry":{}}', b'"text"', b"1"])
def test_a_meta_body_without_entries_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        CONNECTORS["facebook"].normalise_body(body, content_type="", received_at=NOW)


@pytest.mark.parametrize("before", [b'{"entry":[', b'{"entry":[{"changes":[', b'{"entry":[{"messaging":['])
def test_more_updates_than_meta_would_ever_send_are_unreadable(before: bytes) -> None:
    body = before + b",".join([b"{}"] * 10_001) + {1: b"]}", 2: b"]}]}"}[before.count(b"[")]

    with pytest.raises(Unreadable):
        CONNECTORS["facebook"].normalise_body(body, content_type="", received_at=NOW)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"type":"comment.created","data":{}}', "/data/id"),
        (b'{"type":"comment.created"}', "/data"),
        (b'{"data":{"id":"1"}}', "/type"),
        (b'{"type":"comment.created","data":{"id":"1","platform":"Not A Name"}}', "/data/platform"),
        (b'{"type":"comment.created","data":{"id":"1","platform":"a:b"}}', "/data/platform"),
    ],
)
def test_a_generic_body_that_breaks_the_contract_says_where(body: bytes, pointer: str) -> None:
    account = AccountRef(id="a", external_id="e", brand="b")

    with pytest.raises(Unreadable) as refusal:
        CONNECTORS["generic"].normalise_body(body, content_type="", account=account, received_at=NOW)

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("message_id", ["", "a.b"])
def test_a_webhook_id_that_would_blur_what_is_signed_is_refused(message_id: str) -> None:
    request = sign_generic(b"{}", whsec("new"), NOW)
    headers = {**request.headers, "webhook-id": message_id}

    with pytest.raises(SignatureRefused):
        CONNECTORS["generic"].verify(altered(request, headers=headers), {"secret": (whsec("new"),)}, now=NOW)


@pytest.mark.parametrize("timestamp", ["", "1e9", "soon", "-1", "9" * 40, "１２３"])
def test_a_webhook_timestamp_that_is_no_second_is_refused(timestamp: str) -> None:
    request = sign_generic(b"{}", whsec("new"), NOW)
    headers = {**request.headers, "webhook-timestamp": timestamp}

    with pytest.raises(SignatureRefused):
        CONNECTORS["generic"].verify(altered(request, headers=headers), {"secret": (whsec("new"),)}, now=NOW)


@pytest.mark.parametrize(
    ("platform", "name", "value"),
    [
        ("generic", "secret", "no-prefix"),
        ("generic", "secret", "whsec_c2hvcnQ="),
        ("generic", "secret", "whsec_not base64"),
        ("generic", "public_key", "whpk_c2hvcnQ="),
        ("wechat_oa", "encoding_aes_key", "too-short"),
        ("wechat_oa", "encoding_aes_key", "!" * 43),
    ],
)
def test_a_malformed_credential_is_pointed_at(platform: str, name: str, value: str) -> None:
    credentials = {**(SAFE if platform == "wechat_oa" else {}), name: (value,)}

    with pytest.raises(Invalid) as refusal:
        CONNECTORS[platform].check_credentials(credentials)

    assert refusal.value.pointer == f"/credentials/{name}"
