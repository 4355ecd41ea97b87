"""Douyin's signatures: those that it has published, and what its kind of hash would let somebody forge."""

import hashlib
import struct
from datetime import UTC, datetime, timedelta

import pytest

from huiying.events.deliveries import Proof
from ingest.clients.connectors import douyin_live
from ingest.clients.connectors.connector import HookRequest, SignatureRefused, StaleDelivery, Unreadable
from ingest.clients.connectors.douyin import DouyinConnector, signature_of
from tests.contract.connectors.rig import NOW, a_request, altered
from tests.contract.connectors.rigging.douyin import sign_douyin, sign_douyin_live

CREDENTIALS = {"client_key": ("awk1",), "client_secret": ("secret",), "live_secret": ("live",)}

# The example of Douyin's page on webhooks, hashed with a secret of our own: it prints none.
CHALLENGE = b'{"event":"verify_webhook","client_key":"abc","content":{"challenge":12345}}'
CHALLENGE_SIGNATURE = "277df63c0efb431eccf64a233b0eee5ea94b6c4a"

# Douyin's page on signatures of live interaction prints these, and the result.
LIVE_HEADERS = {"x-nonce-str": "123456", "x-timestamp": "456789", "x-roomid": "268", "x-msg-type": "user_group"}
LIVE_SIGNATURE = "GAkalGmhzqlUGQO/TgvMug=="


def test_the_signature_is_the_hash_of_secret_and_body() -> None:
    assert signature_of(CHALLENGE, secret="secret") == CHALLENGE_SIGNATURE


def test_the_published_signature_of_a_live_push_is_made() -> None:
    made = douyin_live.signature_of(LIVE_HEADERS, "abc123你好".encode(), secret="123abc")

    assert made == LIVE_SIGNATURE


def test_a_signed_challenge_comes_back_as_the_same_number() -> None:
    request = a_request(CHALLENGE, headers={"x-douyin-signature": CHALLENGE_SIGNATURE})

    answer = DouyinConnector().handshake(request, CREDENTIALS)

    assert answer is not None
    assert (answer.status, answer.body, answer.content_type) == (200, b'{"challenge":12345}', "application/json")


def test_a_challenge_that_somebody_else_signed_is_refused() -> None:
    request = sign_douyin(CHALLENGE, "another", NOW)

    with pytest.raises(SignatureRefused):
        DouyinConnector().handshake(request, CREDENTIALS)


def test_a_message_that_only_speaks_of_the_challenge_is_none() -> None:
    body = b'{"event":"im_receive_msg","content":{"text":"what is verify_webhook?"}}'

    assert DouyinConnector().handshake(sign_douyin(body, "secret", NOW), CREDENTIALS) is None


def test_a_challenge_that_is_no_number_is_not_repeated() -> None:
    body = b'{"event":"verify_webhook","content":{"challenge":{"a":1}}}'

    with pytest.raises(Unreadable):
        DouyinConnector().handshake(sign_douyin(body, "secret", NOW), CREDENTIALS)


@pytest.mark.parametrize("appended", [b'{"event":"im_receive_msg"}', b"", b" ", b"]"])
def test_a_body_that_was_appended_to_without_the_secret_is_unreadable(appended: bytes) -> None:
    seen = b'{"event":"new_follow_action","from_user_id":"u1","content":"{}"}'
    forged, signature = extended(seen, signature_of(seen, secret="secret"), appended, secret_bytes=len("secret"))
    request = a_request(forged, headers={"x-douyin-signature": signature})

    with pytest.raises(Unreadable):
        DouyinConnector().verify(request, CREDENTIALS, now=NOW)

    # The forgery is real: the hash alone would have let it pass.
    assert signature_of(forged, secret="secret") == signature


def test_a_live_push_is_believed_with_its_own_secret() -> None:
    request = sign_douyin_live(b'[{"msg_id":"1","content":"hi"}]', "live", NOW)

    assert DouyinConnector().verify(request, CREDENTIALS, now=NOW) is Proof.BODY_DIGEST


@pytest.mark.parametrize("name", ["x-msg-type", "x-nonce-str", "x-roomid", "x-timestamp"])
@pytest.mark.parametrize("value", ["", "1&x-roomid=2", "7300 000", "签"])
def test_a_live_push_whose_headers_could_be_read_two_ways_is_refused(name: str, value: str) -> None:
    request = sign_douyin_live(b"[]", "live", NOW)
    headers = {**request.headers, name: value}
    headers["x-signature"] = douyin_live.signature_of(headers, b"[]", secret="live")

    with pytest.raises(SignatureRefused):
        DouyinConnector().verify(altered(request, headers=headers), CREDENTIALS, now=NOW)


def test_a_live_push_is_stale_after_five_minutes() -> None:
    request = sign_douyin_live(b"[]", "live", NOW)

    with pytest.raises(StaleDelivery):
        DouyinConnector().verify(request, CREDENTIALS, now=NOW + timedelta(minutes=5, seconds=1))


def test_a_handshake_is_no_get() -> None:
    request = HookRequest(method="GET", query={}, headers={}, body=b"", received_at=datetime(2026, 9, 21, tzinfo=UTC))

    assert DouyinConnector().handshake(request, CREDENTIALS) is None


def extended(body: bytes, signature: str, appended: bytes, *, secret_bytes: int) -> tuple[bytes, str]:
    """The body with its hash's own padding and more behind it, and the hash of that: all without the secret."""
    padding = sha1_padding(secret_bytes + len(body))
    state = struct.unpack(">5I", bytes.fromhex(signature))
    total = secret_bytes + len(body) + len(padding) + len(appended)
    rest = appended + sha1_padding(total)
    for start in range(0, len(rest), 64):
        state = sha1_round(state, rest[start : start + 64])
    return body + padding + appended, struct.pack(">5I", *state).hex()


def sha1_padding(size: int) -> bytes:
    return b"\x80" + b"\0" * ((55 - size) % 64) + struct.pack(">Q", size * 8)


def sha1_round(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = list(struct.unpack(">16I", block))
    for index in range(16, 80):
        words.append(rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1))
    a, b, c, d, e = state
    for index, word in enumerate(words):
        mixed, constant = (
            ((b & c) | (~b & d), 0x5A827999),
            (b ^ c ^ d, 0x6ED9EBA1),
            ((b & c) | (b & d) | (c & d), 0x8F1BBCDC),
            (b ^ c ^ d, 0xCA62C1D6),
        )[index // 20]
        a, b, c, d, e = (rotated(a, 5) + mixed + e + constant + word) & 0xFFFFFFFF, a, rotated(b, 30), c, d
    return tuple((old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d, e), strict=True))


def rotated(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & 0xFFFFFFFF


def test_the_rounds_above_are_those_of_sha1() -> None:
    state = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)

    made = struct.pack(">5I", *sha1_round(state, b"abc" + sha1_padding(3))).hex()

    assert made == hashlib.sha1(b"abc").hexdigest()
