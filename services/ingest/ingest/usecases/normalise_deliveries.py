"""Turn what platforms delivered into interactions, each of them once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import structlog
from sqlalchemy import update

from huiying.crypto import NotSealedHere
from huiying.db.statements import insert_new, table_of, upsert
from huiying.errors import NotFound, Rejected
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.envelope import Told
from huiying.events.interactions import Direction, Interaction, InteractionReceived
from ingest.clients.connectors.table import CONNECTORS
from ingest.domain.keys import interaction_digest, text_digest
from ingest.storage.account_book import OpenAccount
from ingest.storage.tables import Account, Delivery, Echo, PublishedInteraction
from ingest.storage.unit import IngestUnit

log = structlog.get_logger(__name__)

NORMALISED, REFUSED = "normalised", "refused"

_ACCOUNTS, _DELIVERIES, _ECHOES = table_of(Account), table_of(Delivery), table_of(Echo)
_ERROR_LENGTH = 500


class Opened(msgspec.Struct, kw_only=True):
    """A delivery, and what came out of it."""

    delivery: DeliveryAccepted
    account: OpenAccount | None = None
    interactions: Sequence[Interaction] = ()
    new_count: int = 0
    error: str | None = None


async def normalise_deliveries(unit: IngestUnit, facts: Sequence[Told[DeliveryAccepted]]) -> None:
    """File each delivery, and publish every interaction in it that was never published before.

    One that cannot be read is filed as refused, whole and with the reason: there an operator sees and replays it.
    """
    opened = [await _open(unit, told.event) for told in facts]
    await _publish(unit, opened)
    await _file(unit, opened)


async def _open(unit: IngestUnit, delivery: DeliveryAccepted) -> Opened:
    found = Opened(delivery=delivery)
    try:
        found.account = await unit.tools.accounts.by_id(delivery.account_id)
        connector = CONNECTORS[delivery.platform]
        found.interactions = connector.normalise(
            delivery, account=found.account.ref, credentials=found.account.credentials
        )
    except NotFound:
        found.error = "the account was removed"
    except (Rejected, NotSealedHere) as error:
        found.error = str(error)[:_ERROR_LENGTH]
    return found


async def _publish(unit: IngestUnit, opened: Sequence[Opened]) -> None:
    by_digest = {interaction_digest(each.id): each for found in opened for each in found.interactions}
    if not by_digest:
        return
    new = await insert_new(
        unit.session, PublishedInteraction, [{"digest": digest} for digest in by_digest], key="digest"
    )
    fresh = {by_digest[digest].id for digest in new}
    echoes = []
    for found in opened:
        for interaction in found.interactions:
            if interaction.id not in fresh:
                continue
            fresh.discard(interaction.id)
            found.new_count += 1
            unit.tell(InteractionReceived(interaction=interaction))
            if interaction.direction is Direction.OUTBOUND and interaction.object.text:
                echoes.append(_echo(interaction))
    if echoes:
        await insert_new(unit.session, Echo, echoes, key="interaction_id")


async def _file(unit: IngestUnit, opened: Sequence[Opened]) -> None:
    rows = [_row(unit, found) for found in opened]
    # A delivery that is taken again, by a replay or after a crash, keeps its row and gets the newer outcome.
    statement = upsert(unit.session, _DELIVERIES)
    outcome = {name: statement.excluded[name] for name in ("status", "interaction_count", "error")}
    await unit.session.execute(statement.on_conflict_do_update(index_elements=[_DELIVERIES.c.id], set_=outcome), rows)
    for account_id, last in _last_by_account(opened).items():
        values: dict[str, datetime | str | None] = {
            "last_delivery_at": last.delivery.received_at,
            "last_error": last.error,
        }
        await unit.session.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.id == account_id).values(values))


def _row(unit: IngestUnit, found: Opened) -> dict[str, object]:
    delivery = found.delivery
    return {
        "id": delivery.delivery_id,
        "account_id": delivery.account_id,
        "brand": found.account.ref.brand if found.account else "",
        "platform": delivery.platform,
        "status": REFUSED if found.error else NORMALISED,
        "interaction_count": len(found.interactions),
        "new_count": found.new_count,
        "error": found.error,
        "proof": delivery.proof.value,
        "content_type": delivery.content_type,
        "size_bytes": len(delivery.body),
        "query": delivery.query,
        "headers": delivery.headers,
        "body": unit.tools.vault.seal(delivery.body, context=body_context(delivery.delivery_id)),
        "received_at": delivery.received_at,
    }


def body_context(delivery_id: str) -> str:
    """What a delivery's body is sealed for."""
    return f"ingest/deliveries/body/{delivery_id}"


def _echo(interaction: Interaction) -> dict[str, object]:
    return {
        "interaction_id": interaction.id,
        "account_id": interaction.account.id,
        "object_id": interaction.object.id,
        "text_digest": text_digest(interaction.object.text or ""),
        "occurred_at": interaction.occurred_at,
    }


def _last_by_account(opened: Iterable[Opened]) -> dict[str, Opened]:
    return {found.delivery.account_id: found for found in opened}
