"""Take a delivery that is kept once more: after an outage, a mended connector, or a doubt."""

from huiying.auth.principals import Permission, Principal
from huiying.errors import NotFound
from huiying.events.deliveries import DeliveryAccepted, Proof
from ingest.storage.tables import Delivery
from ingest.storage.unit import IngestUnit
from ingest.usecases.normalise_deliveries import body_context


async def get_delivery(unit: IngestUnit, delivery_id: str, *, principal: Principal, permission: Permission) -> Delivery:
    """A delivery that this principal may see.

    Raises NotFound, Forbidden.
    """
    delivery = await unit.session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound(f"no delivery {delivery_id}")
    principal.demand(permission, delivery.brand, what=f"delivery {delivery_id}")
    return delivery


async def replay_delivery(unit: IngestUnit, delivery: Delivery) -> None:
    """Put it on the bus again under its own id. What was published of it before is not published twice."""
    unit.tell(
        DeliveryAccepted(
            delivery_id=delivery.id,
            account_id=delivery.account_id,
            platform=delivery.platform,
            received_at=delivery.received_at,
            content_type=delivery.content_type,
            query=delivery.query,
            headers=delivery.headers,
            proof=Proof(delivery.proof),
            body=unit.tools.vault.open(delivery.body, context=body_context(delivery.id)),
        )
    )
