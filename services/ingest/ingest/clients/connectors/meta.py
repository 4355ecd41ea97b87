"""What the hooks of all of Meta's products share: one app secret, one challenge, entries of changes and of messages."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from huiying.crypto import mac
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors.connector import (
    PLAIN_TEXT,
    Acknowledgement,
    Credentials,
    HandshakeRefused,
    HookRequest,
    SignatureRefused,
    Unreadable,
)
from ingest.clients.connectors.credentials import Check, any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import check_json, list_of, mapping_of, parse_json, text_of
from ingest.clients.connectors.meta_entry import FREE_WINDOW, Entry, answer_window
from ingest.clients.connectors.meta_messages import read_message
from ingest.clients.connectors.origin import Origin

_SIGNATURE_HEADER = "x-hub-signature-256"
_SIGNATURE_PREFIX = "sha256="
_REQUIRED = MappingProxyType({"app_secret": any_text, "verify_token": any_text, "access_token": any_text})
# Meta sends at most a thousand updates at a time; a body with far more is nobody's.
_MAX_ELEMENTS = 10_000


class MetaHook(ABC):
    """The hook of one platform of Meta's: `product` is what its bodies call it.

    Another product's body means something else by the same words, so it is kept as unknown. Where its entries are not
    named after accounts, `names_account` is false, and their elements are.
    """

    platform: str
    product: str
    names_account = True
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()
    # What an account may know besides.
    further_credentials: Mapping[str, Check] = MappingProxyType({})

    @abstractmethod
    def read_entry(self, raw: dict[str, Any], entry: Entry) -> Sequence[Interaction]:
        """Everything that an entry tells; nothing if there is no word for it."""

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks={**_REQUIRED, **self.further_credentials}, required=frozenset(_REQUIRED))

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        tokens = secrets(credentials, "verify_token")
        offered = request.query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
        if request.query.get("hub.mode") != "subscribe" or not fits_any(offered, (token.encode() for token in tokens)):
            raise HandshakeRefused("hub.verify_token is not the one of this account")
        challenge = request.query.get("hub.challenge", "").encode("utf-8", "surrogatepass")
        return Acknowledgement(content_type=PLAIN_TEXT, body=challenge)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "app_secret")
        given = request.headers.get(_SIGNATURE_HEADER, "")
        offered = given.removeprefix(_SIGNATURE_PREFIX).encode("utf-8", "surrogatepass")
        macs = [mac(key.encode(), request.body).hex().encode() for key in keys]
        if not given.startswith(_SIGNATURE_PREFIX) or not fits_any(offered, macs):
            raise SignatureRefused(f"{_SIGNATURE_HEADER} is missing or not by the app secret of this account")
        check_json(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self,
        delivery: DeliveryAccepted,
        *,
        account: AccountRef,
        credentials: Credentials,
    ) -> Sequence[Interaction]:
        origin = Origin.of_delivery(delivery, account)
        return self._read(parse_json(delivery.body), origin, answer_window(credentials))

    def normalise_body(
        self,
        body: bytes,
        *,
        content_type: str,
        account: AccountRef | None = None,
        received_at: datetime,
    ) -> Sequence[Interaction]:
        return self._read(parse_json(body), Origin.of_body(account, received_at), FREE_WINDOW) if body else ()

    def _read(self, body: object, origin: Origin, answer_for: timedelta) -> Sequence[Interaction]:
        if not isinstance(body, dict) or not isinstance(body.get("entry"), list):
            raise Unreadable("a Meta body is {object, entry[]}", pointer="/entry")
        product = text_of(body.get("object")) or self.product
        if sum(map(_size, body["entry"])) > _MAX_ELEMENTS:
            raise Unreadable(f"more than {_MAX_ELEMENTS} updates in one body", pointer="/entry")
        return list(self._elements(body["entry"], product, origin, answer_for))

    def _elements(
        self, entries: Sequence[object], product: str, origin: Origin, answer_for: timedelta
    ) -> Iterator[Interaction]:
        for raw in entries:
            if not isinstance(raw, dict) or product != self.product:
                yield origin.unknown(raw, platform=self.platform, raw_kind=product)
                continue
            entry = Entry.of(raw, origin, answer_for=answer_for, names_account=self.names_account)
            yield from self.read_entry(raw, entry) or [entry.unknown(raw, platform=self.platform, raw_kind="entry")]


def changes_in(raw: Mapping[str, Any]) -> list[Any]:
    """The changes of an entry."""
    changes = list_of(raw.get("changes"))
    if not changes and "field" in raw:
        # Some products put the one change straight into its entry.
        changes = [{"field": raw["field"], "value": raw.get("value")}]
    return changes


def messages_in(raw: Mapping[str, Any], entry: Entry, *, platform: str) -> list[Interaction]:
    """The messages of an entry; `standby` are those in conversations that another app holds."""
    ours = [read_message(item, entry, platform=platform) for item in list_of(raw.get("messaging"))]
    return ours + [read_message(item, entry, platform=platform, standby=True) for item in list_of(raw.get("standby"))]


def _size(raw: object) -> int:
    entry = mapping_of(raw)
    return sum(len(list_of(entry.get(name))) for name in ("changes", "messaging", "standby")) or 1
