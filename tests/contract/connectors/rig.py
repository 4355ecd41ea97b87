"""A connector together with what its platform would need to sign requests to it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction, Kind
from ingest.clients.connectors.connector import Connector, Credentials, HookRequest

NOW = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
PLAIN_SECRETS = {"new": "secret-new", "old": "secret-old", "forged": "secret-forged"}

Signer = Callable[[bytes, str, datetime], HookRequest]


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A connector, two generations of its secrets, and the platform's side of the signature."""

    name: str
    connector: Connector
    fixed: Mapping[str, str]
    rotating: str
    secret: Mapping[str, str]
    sign: Signer
    proof: Proof
    body: bytes
    account: str = "700100200300400"
    signs_body: bool = True
    signs_time: bool = True
    # What the platform does not have, so that nobody asks it for that.
    has_hook: bool = True
    has_messages: bool = True
    has_answers: bool = True
    # What sort of thing the body tells of.
    kinds: Collection[Kind] = frozenset({Kind.COMMENT, Kind.MESSAGE})

    def __str__(self) -> str:
        return self.name

    def credentials(self, *generations: str) -> Credentials:
        fixed = {name: (value,) for name, value in self.fixed.items()}
        return fixed | {self.rotating: tuple(self.secret[generation] for generation in generations or ("new",))}

    def request(self, body: bytes | None = None, *, at: datetime = NOW, generation: str = "new") -> HookRequest:
        return self.sign(self.body if body is None else body, self.secret[generation], at)

    def normalise(self, request: HookRequest, *, account: AccountRef | None = None) -> Sequence[Interaction]:
        delivery = DeliveryAccepted(
            delivery_id="delivery-1",
            account_id="account-1",
            platform=self.connector.platform,
            received_at=request.received_at,
            content_type=request.headers.get("content-type", ""),
            query={name: request.query[name] for name in self.connector.kept_query & request.query.keys()},
            headers={name: request.headers[name] for name in self.connector.kept_headers & request.headers.keys()},
            proof=self.proof,
            body=request.body,
        )
        ours = account or AccountRef(id="account-1", external_id=self.account, brand="tea-house")
        return self.connector.normalise(delivery, account=ours, credentials=self.credentials())


def a_request(
    body: bytes, *, headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
) -> HookRequest:
    return HookRequest(method="POST", query=query or {}, headers=headers or {}, body=body, received_at=NOW)


def altered(request: HookRequest, **changes: object) -> HookRequest:
    return msgspec.structs.replace(request, **changes)
