"""What we sign, anybody can check who reads Standard Webhooks."""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from huiying.http.standard_webhooks import new_private_key, new_secret, public_key_of, sign


def test_the_published_vector_is_signed_as_published() -> None:
    # Standard Webhooks, libraries/python/tests/test_webhooks.py, test_sign_function.
    headers = sign(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp_seconds=1614265330,
        keys=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_key_signs_in_its_own_way() -> None:
    headers = sign(b"{}", message_id="m1", timestamp_seconds=1, keys=[new_secret(), new_private_key()])

    assert [one.split(",")[0] for one in headers["webhook-signature"].split(" ")] == ["v1", "v1a"]


def test_a_signature_by_key_holds_under_its_public_half() -> None:
    key = new_private_key()
    signature = sign(b"{}", message_id="m1", timestamp_seconds=1, keys=[key])["webhook-signature"]

    public = Ed25519PublicKey.from_public_bytes(b64decode(public_key_of(key).removeprefix("whpk_")))

    public.verify(b64decode(signature.removeprefix("v1a,")), b"m1.1.{}")
