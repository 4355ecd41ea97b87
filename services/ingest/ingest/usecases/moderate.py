"""Hide, delete or like something on its platform."""

from collections.abc import Sequence
from typing import Any

from huiying import jobs
from huiying.errors import NotFound
from huiying.events.envelope import Told
from huiying.events.moderation import ModerationApplied, ModerationFailed, ModerationRequested
from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown
from huiying.jobs.job import Done, Failed, Job, Outcome, Retry
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.abilities import Moderates, Moderation
from ingest.clients.connectors.connector import CallRefused
from ingest.storage.unit import IngestUnit
from ingest.usecases.access import access_of
from ingest.usecases.note_reconnect import expects_another, note_reconnect

MODERATE = "moderate"


async def file_moderations(unit: IngestUnit, facts: Sequence[Told[ModerationRequested]]) -> None:
    """File each as a job, once, behind what was asked for in the same thread before."""
    for told in facts:
        asked = told.event
        await jobs.add(unit, kind=MODERATE, payload=asked, queue=asked.thread_id, dedupe_key=asked.moderation_id)


class Moderate:
    """The job that does it. The platform call is outside any transaction, and may be repeated."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        asked = job.read(ModerationRequested)
        async with self._open_unit() as unit:
            tools = unit.tools
        try:
            account = await tools.accounts.by_id(asked.account_id)
            connector = tools.connectors.get(account.platform)
            if not isinstance(connector, Moderates):
                return _failed(asked, FailureReason.REFUSED, f"{account.platform} has no way to {asked.kind}")
            moderation = Moderation(kind=asked.kind, target=asked.target)
            await connector.moderate(moderation, access=access_of(account, tools.client))
        except NotFound:
            return _failed(asked, FailureReason.NEEDS_RECONNECT, "the account was removed")
        except CallRefused as refusal:
            return await self._refused(asked, refusal)
        except OutcomeUnknown as doubt:
            return Retry(reason=str(doubt))
        return _done(asked)

    async def _refused(self, asked: ModerationRequested, refusal: CallRefused) -> Outcome[IngestUnit]:
        """The end of it, unless only the token was refused and there will be another."""
        if refusal.reason is FailureReason.NEEDS_RECONNECT:
            async with self._open_unit() as unit:
                if await expects_another(unit, asked.account_id):
                    await note_reconnect(unit, account_id=asked.account_id, detail=str(refusal))
                    return Retry(reason=str(refusal))
        return _failed(asked, refusal.reason, str(refusal))


async def give_up_moderating(unit: IngestUnit, job: Job, reason: str) -> None:
    """Say that it could not be done however often it was tried."""
    unit.tell(_failure(unit, job.read(ModerationRequested), FailureReason.GAVE_UP, reason))


def _done(asked: ModerationRequested) -> Done[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        unit.tell(ModerationApplied(**_common(asked), applied_at=unit.clock.now()))

    return Done(apply=apply)


def _failed(asked: ModerationRequested, reason: FailureReason, detail: str) -> Failed[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        unit.tell(_failure(unit, asked, reason, detail))
        if reason is FailureReason.NEEDS_RECONNECT:
            await note_reconnect(unit, account_id=asked.account_id, detail=detail)

    return Failed(reason=detail, apply=apply)


def _failure(unit: IngestUnit, asked: ModerationRequested, reason: FailureReason, detail: str) -> ModerationFailed:
    return ModerationFailed(**_common(asked), reason=reason, detail=detail[:500], failed_at=unit.clock.now())


def _common(asked: ModerationRequested) -> dict[str, Any]:
    names = ("moderation_id", "thread_id", "brand", "account_id", "platform", "kind")
    return {name: getattr(asked, name) for name in names}
