"""What platforms deliver to the hooks, kept byte for byte."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from huiying.events.envelope import Event


class Proof(StrEnum):
    """How strongly the platform vouched for a body, strongest first."""

    ED25519 = "ed25519"
    HMAC = "hmac"
    AES = "aes"
    BODY_DIGEST = "body_digest"
    URL_DIGEST = "url_digest"
    STATIC_TOKEN = "static_token"  # noqa: S105 - the name of a kind of proof, not a secret
    POLLED = "polled"
    NONE = "none"


class DeliveryAccepted(Event, frozen=True, kw_only=True):
    """A platform's request was verified and is ours now: answering 2xx promised that."""

    type: ClassVar[str] = "delivery.accepted"

    delivery_id: str
    account_id: str
    platform: str
    received_at: datetime
    content_type: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    proof: Proof
    body: bytes

    @property
    def key(self) -> str:
        return self.account_id
