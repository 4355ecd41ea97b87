"""Tell of interactions, each of them once, whichever way they came: by a delivery, a list, a backfill or a replay."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import cast

import msgspec
from sqlalchemy import delete
from sqlmodel import col

from huiying import jobs
from huiying.db.statements import Row, insert_new
from huiying.errors import Rejected
from huiying.events.interactions import Direction, Interaction, InteractionReceived
from ingest.clients.connectors.abilities import Completes, Lists
from ingest.clients.connectors.connector import Connector
from ingest.domain.keys import interaction_digest
from ingest.storage.feed_tables import Incomplete
from ingest.storage.tables import Echo, PublishedInteraction
from ingest.storage.unit import IngestUnit
from ingest.usecases.find_echo import echo_row

COMPLETE_INTERACTION = "complete_interaction"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Interactions that came together, for one account."""

    account_id: str
    connector: Connector
    interactions: Sequence[Interaction]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the ids that are `new`, what could not be told and why, and the digests known before."""

    new: frozenset[str] = frozenset()
    untold: Mapping[str, str] = {}
    known: frozenset[bytes] = frozenset()


class CompleteJob(msgspec.Struct, frozen=True):
    """Of which interaction the rest is to be fetched, by the digest of its id."""

    digest: str


async def publish(unit: IngestUnit, sources: Sequence[Source]) -> Published:
    """Tell what was never told before, remember that, and have the rest fetched of what came without its content."""
    by_digest = {interaction_digest(one.id): one.id for source in sources for one in source.interactions}
    if not by_digest:
        return Published()
    # In one order everywhere, or two batches that tell the same things would wait for each other.
    rows = [{"digest": digest} for digest in sorted(by_digest)]
    new = await insert_new(unit.session, PublishedInteraction, rows, key="digest")
    telling = _Telling({by_digest[digest] for digest in new})
    for source in sources:
        telling.tell(unit, source)
    await telling.file(unit)
    return Published(
        new=frozenset(telling.told),
        untold=telling.untold,
        known=frozenset(digest for digest in by_digest if digest not in new),
    )


class _Telling:
    """Tells what is fresh, which then is no longer, and collects what is to be written beside it."""

    def __init__(self, fresh: set[str]) -> None:
        self._fresh = fresh
        self._echoes: list[Row] = []
        self._incomplete: list[tuple[str, Interaction]] = []
        self.told: set[str] = set()
        self.untold: dict[str, str] = {}

    def tell(self, unit: IngestUnit, source: Source) -> None:
        completes = completing(source.connector)
        for interaction in source.interactions:
            if interaction.id not in self._fresh:
                continue
            self._fresh.discard(interaction.id)
            try:
                unit.tell(InteractionReceived(interaction=interaction))
            except Rejected as error:
                # Larger than a topic takes. Where it came from is kept, and it can be told once there is room.
                self.untold[interaction.id] = str(error)
                continue
            self.told.add(interaction.id)
            if interaction.direction is Direction.OUTBOUND and (row := echo_row(interaction)) is not None:
                self._echoes.append(row)
            if completes is not None and completes.lacks_content(interaction):
                self._incomplete.append((source.account_id, interaction))

    async def file(self, unit: IngestUnit) -> None:
        if self._echoes:
            await insert_new(unit.session, Echo, self._echoes, key="interaction_id")
        if self.untold:
            digests = [interaction_digest(one) for one in self.untold]
            await unit.session.execute(
                delete(PublishedInteraction).where(col(PublishedInteraction.digest).in_(digests))
            )
        if self._incomplete:
            await _have_completed(unit, self._incomplete)


def listing(connector: Connector) -> Lists | None:
    """The connector as one that lists, if it does."""
    # Asking a protocol costs more than all else here, and is asked of each delivery; its method is name enough.
    return cast("Lists", connector) if hasattr(connector, "list_feed") else None


def completing(connector: Connector) -> Completes | None:
    """The connector as one that completes, if it does."""
    # As above.
    return cast("Completes", connector) if hasattr(connector, "lacks_content") else None


async def _have_completed(unit: IngestUnit, found: Sequence[tuple[str, Interaction]]) -> None:
    wanted = {interaction_digest(interaction.id): (account_id, interaction) for account_id, interaction in found}
    rows = [
        {
            "digest": digest,
            "account_id": account_id,
            "interaction": msgspec.json.encode(interaction).decode(),
            "noted_at": unit.clock.now(),
        }
        for digest, (account_id, interaction) in sorted(wanted.items(), key=itemgetter(0))
    ]
    await insert_new(unit.session, Incomplete, rows, key="digest")
    for digest in wanted:
        payload = CompleteJob(digest=digest.hex())
        await jobs.add(unit, kind=COMPLETE_INTERACTION, payload=payload, dedupe_key=f"complete:{digest.hex()}")
