"""Fetch what a platform did not tell its hook, and publish the whole as an update of what it had told."""

from datetime import timedelta

import msgspec

from huiying.errors import NotFound
from huiying.events.deliveries import Proof
from huiying.events.interactions import Interaction
from huiying.jobs.job import Apply, Done, Failed, Job, Outcome, Retry
from huiying.outbox.unit import OpenUnit
from ingest.storage.feed_tables import Incomplete
from ingest.storage.unit import IngestUnit
from ingest.usecases.access import access_of
from ingest.usecases.ask_platform import Trouble, TroubleKind, ask
from ingest.usecases.note_reconnect import note_reconnect
from ingest.usecases.publish_interactions import CompleteJob, Source, completing, publish

_SECONDS = 16.0
_WITH_ANOTHER_TOKEN = timedelta(minutes=30)


class CompleteInteraction:
    """The job that fetches the rest of one interaction."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        digest = bytes.fromhex(job.read(CompleteJob).digest)
        async with self._open_unit() as unit:
            row, tools = await unit.session.get(Incomplete, digest), unit.tools
        if row is None:
            return Done()
        try:
            account = await tools.accounts.by_id(row.account_id)
        except NotFound:
            return Failed(reason="the account was removed", apply=_forget(digest))
        connector = tools.connectors[account.platform]
        completes = completing(connector)
        if completes is None:
            return Failed(reason=f"nothing here completes {account.platform}", apply=_forget(digest))
        interaction = msgspec.json.decode(row.interaction, type=Interaction)
        question = completes.complete(interaction, access=access_of(account, tools.client))
        found = await ask(question, timeout_seconds=_SECONDS)
        if isinstance(found, Trouble):
            return _later(found, account_id=row.account_id, digest=digest)
        if found is None:
            return Done(apply=_forget(digest))
        # It was asked for, so nobody vouches for it but the platform's own API.
        polled = msgspec.structs.replace(found, verified=Proof.POLLED, account=account.ref)
        source = Source(account_id=account.ref.id, connector=connector, interactions=[polled])
        return Done(apply=_publish(digest, source))


def _later(trouble: Trouble, *, account_id: str, digest: bytes) -> Outcome[IngestUnit]:
    if trouble.kind is TroubleKind.REFUSED:
        return Failed(reason=trouble.detail, apply=_forget(digest))
    if trouble.kind is TroubleKind.RECONNECT:

        async def apply(unit: IngestUnit) -> None:
            await note_reconnect(unit, account_id=account_id, detail=trouble.detail)

        # The owner may take days. It ends when the row is forgotten.
        return Retry(reason=trouble.detail, after=_WITH_ANOTHER_TOKEN, is_counted=False, apply=apply)
    after = timedelta(seconds=trouble.retry_after_seconds) if trouble.retry_after_seconds else None
    return Retry(reason=trouble.detail, after=after, is_counted=trouble.kind is TroubleKind.AWAY)


def _forget(digest: bytes) -> Apply[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        row = await unit.session.get(Incomplete, digest)
        if row is not None:
            await unit.session.delete(row)

    return apply


def _publish(digest: bytes, source: Source) -> Apply[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        await publish(unit, [source])
        await _forget(digest)(unit)

    return apply
