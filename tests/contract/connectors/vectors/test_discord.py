"""Discord publishes no signature; one that its community library verifies is believed here too."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.clients.connectors.connector import SignatureRefused, StaleDelivery
from ingest.clients.connectors.discord import DiscordConnector
from tests.contract.connectors.rig import a_request, altered

# Made with PyNaCl 1.6.2 from the seed b"published by nobody", filled with dashes to 32 bytes, and verified with
# discord-interactions 0.4.0 (`verify_key`).
PUBLIC_KEY = "e91775fc6c060116e970938ac2a1da243aab9cd7148bb0c5c60d7a83d443a747"
TIMESTAMP = "1790000000"
SIGNATURE = (
    "a2981cfed6830339779367b71d344fa4c3c03d0bc12be39333ffd482ddcd22d9"
    "6361930bb9878e2c174cd77852d05a605fbea0e6bd45007cb08ec9a0ae9bfa03"
)
BODY = (
    '{"application_id":"1200300400500600700","id":"1551597205192704001","token":"made-up","type":1,"version":1,'
    '"user":{"id":"5","username":"山楂"}}'
).encode()
HEADERS = {"x-signature-ed25519": SIGNATURE, "x-signature-timestamp": TIMESTAMP}
AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)
REQUEST = altered(a_request(BODY, headers=HEADERS), received_at=AT)
DISCORD = DiscordConnector()


@pytest.mark.parametrize("key", [PUBLIC_KEY, PUBLIC_KEY.upper()])
def test_a_ping_signed_by_another_library_is_answered(key: str) -> None:
    answer = DISCORD.handshake(REQUEST, {"public_key": ("0" * 64, key)})

    assert answer is not None
    assert answer.body == b'{"type":1}'


def test_under_another_key_it_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        DISCORD.handshake(REQUEST, {"public_key": ("0" * 64,)})


@pytest.mark.parametrize("signature", ["", "zz", SIGNATURE[:-2], SIGNATURE + "00", "0" * 128])
def test_a_signature_of_another_shape_is_refused(signature: str) -> None:
    headers = {**HEADERS, "x-signature-ed25519": signature}

    with pytest.raises(SignatureRefused):
        DISCORD.handshake(altered(REQUEST, headers=headers), {"public_key": (PUBLIC_KEY,)})


def test_after_ten_minutes_it_is_stale() -> None:
    with pytest.raises(StaleDelivery):
        DISCORD.verify(REQUEST, {"public_key": (PUBLIC_KEY,)}, now=AT + timedelta(minutes=11))
