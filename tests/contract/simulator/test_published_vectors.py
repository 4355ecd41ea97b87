"""The simulator's signatures are those that others have published, and other libraries believe them."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from standardwebhooks.webhooks import Webhook
from wechatpy.crypto import WeChatCrypto

from simulator.platforms.generic import GenericSource
from simulator.platforms.platform import utc_now
from simulator.platforms.wechat_oa import WeChatAccount
from simulator.signing import (
    is_standard_webhook,
    meta_signature,
    sorted_sha1,
    standard_signed,
    standard_v1,
    standard_v1a,
    wechat_sealed,
)
from tests.contract.connectors.test_published_vectors import (
    META_BODY,
    META_SECRET,
    META_SIGNATURE,
    STANDARD_BODY,
    STANDARD_HEADERS,
    STANDARD_SECRET,
    TENCENT_ID,
    TENCENT_KEY,
    TENCENT_SEALED,
    TENCENT_TOKEN,
)


def test_metas_published_request_is_signed_the_same() -> None:
    assert meta_signature(META_BODY, app_secret=META_SECRET) == META_SIGNATURE


def test_the_standards_published_signature_is_made() -> None:
    signed = standard_signed(STANDARD_HEADERS["webhook-id"], STANDARD_HEADERS["webhook-timestamp"], STANDARD_BODY)

    assert standard_v1(signed, secret=STANDARD_SECRET) == STANDARD_HEADERS["webhook-signature"]


def test_the_standards_published_signature_is_believed_within_five_minutes() -> None:
    made_at = 1614265330

    answers = [
        is_standard_webhook(STANDARD_HEADERS, STANDARD_BODY, secret=STANDARD_SECRET, now_seconds=made_at + late)
        for late in (0, 299, 301)
    ]

    assert answers == [True, True, False]


def test_a_signature_by_key_is_ed25519_over_the_same_bytes() -> None:
    key, signed = Ed25519PrivateKey.generate(), standard_signed("msg_1", "1614265330", STANDARD_BODY)

    version, _, signature = standard_v1a(signed, key=key).partition(",")

    assert version == "v1a"
    key.public_key().verify(base64.b64decode(signature), b"msg_1.1614265330." + STANDARD_BODY)


def test_the_standards_library_believes_a_delivery() -> None:
    source = GenericSource()
    delivery = source.comment("你好")

    request = source.sign(delivery, at=utc_now())

    assert Webhook(source.secret).verify(request.body, dict(request.headers))["data"]["text"] == "你好"


def test_wechats_published_signature_is_made() -> None:
    # wechatpy/wechatpy, tests/test_utils.py.
    assert sorted_sha1("test", "1410685589", "test") == "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"


def test_tencents_published_message_is_sealed_to_the_same_bytes() -> None:
    key = base64.b64decode(TENCENT_KEY + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(TENCENT_SEALED)) + decryptor.finalize()
    size = int.from_bytes(plain[16:20], "big")

    sealed = wechat_sealed(plain[20 : 20 + size], encoding_aes_key=TENCENT_KEY, app_id=TENCENT_ID, prefix=plain[:16])

    assert sealed == TENCENT_SEALED
    signature = sorted_sha1(TENCENT_TOKEN, "1409659813", "1372623149", sealed)
    assert signature == "477715d11cdb4164915debcba66cb864d751f3e6"


@pytest.mark.parametrize("size", range(0, 70, 7))
def test_wechatpy_opens_a_delivery_in_safe_mode(size: int) -> None:
    account = WeChatAccount()
    theirs = WeChatCrypto(account.app.token, account.app.encoding_aes_key, account.app.app_id)
    delivery = account.text("字" * size + "]]>")

    request = account.sign(delivery, at=utc_now())

    arguments = request.query["msg_signature"], request.query["timestamp"], request.query["nonce"]
    assert theirs.decrypt_message(request.body.decode(), *arguments).encode() == delivery.content
