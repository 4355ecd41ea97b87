"""Turn what platforms delivered into interactions, each of them once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import ColumnElement, or_, select, update

from huiying.crypto import NotSealedHere
from huiying.db.statements import table_of, upsert
from huiying.errors import NotFound, Rejected
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.envelope import Told
from huiying.events.interactions import Interaction
from ingest.clients.connectors.connector import Connector
from ingest.storage.account_book import OpenAccount
from ingest.storage.hours import Arrival, count_hours
from ingest.storage.tables import Account, Delivery
from ingest.storage.unit import IngestUnit
from ingest.usecases.find_gaps import note_late
from ingest.usecases.keep_feeds import wake_feeds
from ingest.usecases.publish_interactions import Source, listing, publish

log = structlog.get_logger(__name__)

NORMALISED, REFUSED = "normalised", "refused"

_ACCOUNTS, _DELIVERIES = table_of(Account), table_of(Delivery)
_ERROR_LENGTH = 500


class Opened(msgspec.Struct, kw_only=True):
    """A delivery, and what came out of it."""

    delivery: DeliveryAccepted
    account: OpenAccount | None = None
    connector: Connector | None = None
    interactions: Sequence[Interaction] = ()
    new_count: int = 0
    brand: str = ""
    error: str | None = None


async def normalise_deliveries(unit: IngestUnit, facts: Sequence[Told[DeliveryAccepted]]) -> None:
    """File each delivery, and publish every interaction in it that was never published before.

    One that cannot be read is filed as refused, whole and with the reason: there an operator sees and replays it.
    """
    opened = [await _open(unit, told.event) for told in facts]
    await _name_brands(unit, [found for found in opened if found.account is None])
    await _publish(unit, opened)
    await _file(unit, opened)
    await count_hours(unit.session, map(_arrival, opened))
    await wake_feeds(unit, _woken(opened))


async def _open(unit: IngestUnit, delivery: DeliveryAccepted) -> Opened:
    found = Opened(delivery=delivery)
    try:
        found.account = await unit.tools.accounts.by_id(delivery.account_id)
        found.brand = found.account.ref.brand
        found.connector = unit.tools.connectors[delivery.platform]
        found.interactions = found.connector.normalise(
            delivery, account=found.account.ref, credentials=found.account.credentials
        )
    except NotFound:
        found.error = "the account was removed"
    except (Rejected, NotSealedHere) as error:
        found.error = str(error)[:_ERROR_LENGTH]
    return found


async def _name_brands(unit: IngestUnit, orphans: Sequence[Opened]) -> None:
    """Whose deliveries these were, although their accounts are gone."""
    if not orphans:
        return
    ids = {found.delivery.account_id for found in orphans}
    query = select(_ACCOUNTS.c.id, _ACCOUNTS.c.brand).where(_ACCOUNTS.c.id.in_(ids))
    brands = {row.id: row.brand for row in await unit.session.execute(query)}
    for found in orphans:
        found.brand = brands.get(found.delivery.account_id, "")


async def _publish(unit: IngestUnit, opened: Sequence[Opened]) -> None:
    sources = [
        Source(account_id=found.delivery.account_id, connector=found.connector, interactions=found.interactions)
        for found in opened
        if found.connector is not None and found.interactions
    ]
    published = await publish(unit, sources)
    await note_late(unit, published.known)
    left = set(published.new)
    for found in opened:
        for interaction in found.interactions:
            if interaction.id in left:
                left.discard(interaction.id)
                found.new_count += 1
            elif interaction.id in published.untold:
                found.error = published.untold[interaction.id][:_ERROR_LENGTH]


def _arrival(found: Opened) -> Arrival:
    return Arrival(
        account_id=found.delivery.account_id,
        at=found.delivery.received_at,
        deliveries=1,
        unreadable=1 if found.error else 0,
        interactions=found.new_count,
    )


def _woken(opened: Sequence[Opened]) -> dict[str, set[str]]:
    """The feeds in which something waits, by account."""
    woken: dict[str, set[str]] = {}
    for found in opened:
        lists = listing(found.connector) if found.connector is not None else None
        names = lists.woken(found.interactions) if lists is not None and found.interactions else ()
        if names:
            woken.setdefault(found.delivery.account_id, set()).update(names)
    return woken


async def _file(unit: IngestUnit, opened: Sequence[Opened]) -> None:
    rows = [_row(unit, found) for found in opened]
    # A delivery that is taken again, by a replay or after a crash, keeps its row and gets the newer outcome.
    statement = upsert(unit.session, _DELIVERIES)
    outcome: dict[str, ColumnElement[Any]] = {
        "status": statement.excluded.status,
        "interaction_count": statement.excluded.interaction_count,
        "new_count": _DELIVERIES.c.new_count + statement.excluded.new_count,
        "error": statement.excluded.error,
    }
    await unit.session.execute(statement.on_conflict_do_update(index_elements=[_DELIVERIES.c.id], set_=outcome), rows)
    for account_id, last in _last_by_account(opened).items():
        received_at = last.delivery.received_at
        values: dict[str, datetime | str | None] = {"last_delivery_at": received_at, "last_error": last.error}
        # A replay of what came long ago says nothing about how the account does now.
        is_latest = or_(_ACCOUNTS.c.last_delivery_at.is_(None), _ACCOUNTS.c.last_delivery_at <= received_at)
        await unit.session.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.id == account_id, is_latest).values(values))


def _row(unit: IngestUnit, found: Opened) -> dict[str, object]:
    delivery = found.delivery
    return {
        "id": delivery.delivery_id,
        "account_id": delivery.account_id,
        "brand": found.brand,
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


def _last_by_account(opened: Iterable[Opened]) -> dict[str, Opened]:
    return {found.delivery.account_id: found for found in sorted(opened, key=lambda found: found.delivery.received_at)}
