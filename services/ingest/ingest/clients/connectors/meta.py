"""What all of Meta's page products share: one app secret, one challenge, entries of changes and of messages.

A page's feed and its messages arrive at whatever address the app has, so both connectors read both: what is said on the
page is `facebook`, what is said in private is `messenger`, whichever hook it came through.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import graph
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    Credentials,
    HandshakeRefused,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    SignatureRefused,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.facebook import read_change
from ingest.clients.connectors.foreign import check_json, list_of, mapping_of, parse_json, text_of
from ingest.clients.connectors.messenger import read_message
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.page import Entry

_SIGNATURE_HEADER = "x-hub-signature-256"
_SIGNATURE_PREFIX = "sha256="
_CHECKS = MappingProxyType({"app_secret": any_text, "verify_token": any_text, "access_token": any_text})
# Meta sends at most a thousand updates at a time; a body with far more is nobody's.
_MAX_ELEMENTS = 10_000


class MetaConnector:
    """A Facebook page's comments and a Messenger inbox, both ways."""

    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()

    def __init__(self, platform: str) -> None:
        self.platform = platform

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=frozenset(_CHECKS))

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        tokens = secrets(credentials, "verify_token")
        offered = request.query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
        if request.query.get("hub.mode") != "subscribe" or not fits_any(offered, (token.encode() for token in tokens)):
            raise HandshakeRefused("hub.verify_token is not the one of this account")
        challenge = request.query.get("hub.challenge", "").encode("utf-8", "surrogatepass")
        return Acknowledgement(status=200, content_type="text/plain; charset=utf-8", body=challenge)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "app_secret")
        given = request.headers.get(_SIGNATURE_HEADER, "")
        offered = given.removeprefix(_SIGNATURE_PREFIX).encode("utf-8", "surrogatepass")
        macs = [hmac.digest(key.encode(), request.body, "sha256").hex().encode() for key in keys]
        if not given.startswith(_SIGNATURE_PREFIX) or not fits_any(offered, macs):
            raise SignatureRefused(f"{_SIGNATURE_HEADER} is missing or not by the app secret of this account")
        check_json(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(status=200, content_type="text/plain; charset=utf-8", body=b"")

    def normalise(
        self,
        delivery: DeliveryAccepted,
        *,
        account: AccountRef,
        credentials: Credentials,
    ) -> Sequence[Interaction]:
        return self._read(parse_json(delivery.body), Origin.of_delivery(delivery, account))

    def normalise_body(
        self,
        body: bytes,
        *,
        content_type: str,
        account: AccountRef | None = None,
        received_at: datetime,
    ) -> Sequence[Interaction]:
        return self._read(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await graph.send(reply, tokens=secrets(access.credentials, "access_token"), access=access)

    def _read(self, body: object, origin: Origin) -> Sequence[Interaction]:
        if not isinstance(body, dict) or not isinstance(body.get("entry"), list):
            raise Unreadable("a Meta body is {object, entry[]}", pointer="/entry")
        # Another product's update (object=instagram, user, …) means something else by the same words.
        product = text_of(body.get("object")) or "page"
        if sum(map(_size, body["entry"])) > _MAX_ELEMENTS:
            raise Unreadable(f"more than {_MAX_ELEMENTS} updates in one body", pointer="/entry")
        return list(self._elements(body["entry"], product, origin))

    def _elements(self, entries: Sequence[object], product: str, origin: Origin) -> Iterator[Interaction]:
        for raw in entries:
            if not isinstance(raw, dict) or product != "page":
                yield origin.unknown(raw, platform=self.platform, raw_kind=product)
                continue
            entry = Entry.of(raw, origin)
            found = [*_changes(raw, entry), *_messages(raw, entry)]
            yield from found or [entry.unknown(raw, platform=self.platform, raw_kind="entry")]


def _size(raw: object) -> int:
    entry = mapping_of(raw)
    return sum(len(list_of(entry.get(name))) for name in ("changes", "messaging", "standby")) or 1


def _changes(raw: Mapping[str, Any], entry: Entry) -> list[Interaction]:
    changes = list_of(raw.get("changes"))
    if not changes and "field" in raw:
        # Some products put the one change straight into its entry.
        changes = [{"field": raw["field"], "value": raw.get("value")}]
    return [read_change(change, entry) for change in changes]


def _messages(raw: Mapping[str, Any], entry: Entry) -> list[Interaction]:
    ours = [read_message(item, entry, standby=False) for item in list_of(raw.get("messaging"))]
    return ours + [read_message(item, entry, standby=True) for item in list_of(raw.get("standby"))]
