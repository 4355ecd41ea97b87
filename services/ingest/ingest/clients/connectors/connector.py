"""What every connector promises, and the values that go in and out of one.

The edge asks `handshake`, then `verify`, then answers with `acknowledge`; the consumer asks `normalise`, a job `send`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from huiying.errors import Forbidden, Invalid, Rejected, Unauthenticated, Unavailable
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget, Visibility
from huiying.http.client import HTTPClient

# Every secret may have several values, so that a platform and we can change one without a gap; the first is the newest.
Credentials = Mapping[str, tuple[str, ...]]

PLAIN_TEXT = "text/plain; charset=utf-8"


class HookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a hook, untouched. Header names are lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform wants to hear back; most want no more than a status. What has a body says its type."""

    status: int = 200
    content_type: str = ""
    body: bytes = b""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What a call to a platform needs: whose account, its secrets, and where the API is, if not at its usual place."""

    account: AccountRef
    credentials: Credentials
    client: HTTPClient
    api_base: str | None = None

    def base(self, usual: str) -> str:
        """The address that paths are appended to."""
        return (self.api_base or usual).rstrip("/")


class OutgoingReply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply on its way out.

    `reply_id` stays the same however often it is tried; `attempted_at` is the moment of this attempt, which some sign.
    `may_be_said`: nobody knows what came of an attempt before this one.
    """

    reply_id: str
    target: ReplyTarget
    visibility: Visibility
    text: str
    attachments: tuple[ReplyAttachment, ...] = ()
    requested_at: datetime
    attempted_at: datetime
    may_be_said: bool = False


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The platform took it; `object_id` is its own id for it, the one its echo will carry, where it gives one."""

    object_id: str | None = None


class LimitScope(StrEnum):
    """What has an allowance of its own."""

    ACCOUNT = "account"
    CONVERSATION = "conversation"


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """At most `count` sends `per` that time, for the whole account or in each conversation."""

    count: int
    per: timedelta
    scope: LimitScope = LimitScope.ACCOUNT


class SignatureRefused(Unauthenticated):
    """The request does not prove that it comes from the platform."""

    code = "signature_refused"


class LocallyIgnored(SignatureRefused):
    """The same, from a platform whose rules want a success for an answer, and nothing else to come of it."""

    code = "locally_ignored"


class StaleDelivery(Unauthenticated):
    """The signature is right, but was made too long ago or too far ahead."""

    code = "stale_delivery"


class HandshakeRefused(Forbidden):
    """Somebody tried to register this address with the platform, but not with our token."""

    code = "handshake_refused"


class SecretMissing(Unavailable):
    """The account lacks the secret that would prove the request, so nothing is believed until it has one."""

    code = "secret_missing"


class Unreadable(Invalid):
    """The body is not in the platform's format; it will never be."""

    code = "unreadable"


class CallRefused(Rejected):
    """The platform will not do this; `reason` says what anyone can do about it."""

    code = "call_refused"

    def __init__(self, message: str, *, reason: FailureReason = FailureReason.REFUSED) -> None:
        super().__init__(message)
        self.reason = reason


class PlatformBusy(Unavailable):
    """The platform said that it did nothing, and that asking again may help."""

    code = "platform_busy"


class RateLimited(PlatformBusy):
    """The account has used up what the platform allows; `retry_after_seconds` says when there will be more."""

    code = "rate_limited"


class Connector(Protocol):
    """One platform, both ways."""

    platform: str
    # Whether the platform takes the same reply twice for one: then an uncertain one may simply be sent again.
    sends_are_idempotent: bool
    # What of a request is kept beside its body: never a signature, a token or anything else that proves or opens.
    kept_headers: frozenset[str]
    kept_query: frozenset[str]
    # What the platform allows an account to say in a while; what is over waits for its turn.
    limits: Sequence[Limit]

    def check_credentials(self, credentials: Credentials) -> None:
        """Raises Invalid, with a pointer to the credential, for what could not work."""

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        """The answer to the platform's question whether this address is ours; None if it asks no such thing.

        Raises HandshakeRefused if what asks does not know our token, SecretMissing if we have none.
        """

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        """How the request proves that it comes from the platform, now, and is in the platform's format.

        Raises SignatureRefused, StaleDelivery, SecretMissing, or Unreadable for a body that is not even JSON or XML.
        """

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        """What the platform takes as: this request is yours now."""

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        """Everything the delivery tells, one interaction each; what is not known to us as kind `unknown`.

        Raises Unreadable, and nothing else whatever the bytes are.
        """

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        """The same for a bare, unencrypted body; without an account, the body says whose it is.

        Raises Unreadable. An empty body, which is what a handshake has, tells nothing.
        """

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        """Say it on the platform, once.

        Raises CallRefused for good; PlatformBusy, RateLimited, SecretMissing or the client's Unreached if it surely was
        not said and may be tried again; the client's OutcomeUnknown if nobody can tell.
        """
