"""Where interactions come from: what all those of one delivery have in common."""

from datetime import datetime

import msgspec

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Action, Actor, Direction, Interaction, Kind, Object, TimeSource
from ingest.clients.connectors.foreign import digest_of


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The account that was written to, and when and how surely we heard of it."""

    account: AccountRef
    received_at: datetime
    verified: Proof

    @classmethod
    def of_delivery(cls, delivery: DeliveryAccepted, account: AccountRef) -> "Origin":
        """Of something that a hook accepted."""
        return cls(account=account, received_at=delivery.received_at, verified=delivery.proof)

    @classmethod
    def of_body(cls, account: AccountRef | None, received_at: datetime) -> "Origin":
        """Of a bare body that nothing vouches for."""
        nobody = AccountRef(id="", external_id="", brand="")
        return cls(account=account or nobody, received_at=received_at, verified=Proof.NONE)

    def belonging_to(self, external_id: str | None) -> "Origin":
        """The same; if no account is known, the one that the body names."""
        if self.account.external_id or not external_id:
            return self
        account = AccountRef(id=self.account.id, external_id=external_id, brand=self.account.brand)
        return Origin(account=account, received_at=self.received_at, verified=self.verified)

    def identify(self, platform: str, native_key: str) -> str:
        """The id of an interaction: the same on every redelivery, poll, backfill and replay of the same thing."""
        return f"{platform}:{self.account.external_id}:{native_key}"

    def when(self, event: datetime | None, *, delivery: datetime | None = None) -> tuple[datetime, TimeSource]:
        """The best known instant, and where it was read."""
        if event is not None:
            return event, TimeSource.EVENT
        if delivery is not None:
            return delivery, TimeSource.DELIVERY
        return self.received_at, TimeSource.RECEIVE

    def unknown(
        self,
        element: object,
        *,
        platform: str,
        raw_kind: str,
        actor: Actor | None = None,
        event: datetime | None = None,
        delivery: datetime | None = None,
    ) -> Interaction:
        """What keeps the place of something we have no word for yet; its bytes stay in the delivery."""
        name = digest_of([element, delivery])
        occurred_at, source = self.when(event, delivery=delivery)
        return Interaction(
            id=self.identify(platform, f"unknown:{name}"),
            platform=platform,
            kind=Kind.UNKNOWN,
            action=Action.UNKNOWN,
            direction=direction_of(actor),
            account=self.account,
            actor=actor,
            object=Object(id=name),
            occurred_at=occurred_at,
            occurred_at_source=source,
            received_at=self.received_at,
            verified=self.verified,
            raw_kind=raw_kind,
        )


def direction_of(actor: Actor | None) -> Direction:
    """Who acted: the brand itself, another, or, if nobody is named, the platform."""
    if actor is None:
        return Direction.SYSTEM
    return Direction.OUTBOUND if actor.is_self else Direction.INBOUND
