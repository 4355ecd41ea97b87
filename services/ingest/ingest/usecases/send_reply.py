"""Take a reply to its platform, once, in the order of its thread."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import bindparam, func, update

from huiying import jobs
from huiying.db.statements import insert_new, table_of
from huiying.errors import NotFound
from huiying.events.envelope import Told, decode, encode
from huiying.events.replies import FailureReason, ReplyFailed, ReplyRequested, ReplySent
from huiying.http.client import OutcomeUnknown
from huiying.jobs.job import Done, Failed, Job, Outcome, Retry
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.connector import CallRefused, OutgoingReply, RateLimited
from ingest.storage.account_book import OpenAccount
from ingest.storage.tables import Send
from ingest.storage.unit import IngestTools, IngestUnit
from ingest.usecases.access import access_of
from ingest.usecases.find_echo import take_echo
from ingest.usecases.keep_feeds import read_all_feeds
from ingest.usecases.keep_limits import pause_account, spend_allowance
from ingest.usecases.note_reconnect import expects_another, note_reconnect

SEND_REPLY = "send_reply"
WAITING, SENT, FAILED = "waiting", "sent", "failed"

_RECONCILE_EVERY = timedelta(seconds=10)
_READ_EVERY = timedelta(minutes=1)
_ATTEMPT_SECONDS = 16.0
_LONGEST_ID = 300
_SENDS = table_of(Send)


class SendJob(msgspec.Struct, frozen=True):
    """Which reply is to be sent."""

    reply_id: str


async def file_replies(unit: IngestUnit, facts: Sequence[Told[ReplyRequested]]) -> None:
    """File each requested reply as a send, once, behind its predecessor of the same thread."""
    rows = [_row(told.event) for told in facts]
    new = await insert_new(unit.session, Send, rows, key="reply_id")
    for told in facts:
        reply = told.event
        if reply.reply_id in new:
            new.discard(reply.reply_id)
            payload = SendJob(reply_id=reply.reply_id)
            await jobs.add(unit, kind=SEND_REPLY, payload=payload, queue=reply.thread_id, dedupe_key=reply.reply_id)


class SendReply:
    """The job that sends one reply. Each platform call is outside any transaction."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        async with self._open_unit() as unit:
            request = await _request(unit, job.read(SendJob).reply_id)
            tools, now = unit.tools, unit.clock.now()
            account = await _account_of(unit, request)
            # An account whose bridge speaks for another platform is answered by the bridge.
            obstacle = await _obstacle(unit, request, job, platform=account.platform if account else request.platform)
        if obstacle is not None:
            return obstacle
        if account is None:
            return _failed(request, FailureReason.NEEDS_RECONNECT, "the account was removed")
        try:
            outgoing = _outgoing(request, now, may_be_said=job.was_interrupted)
            return await _attempt(request, outgoing, account, tools=tools)
        except CallRefused as refusal:
            return await self._refused(request, refusal)

    async def _refused(self, request: ReplyRequested, refusal: CallRefused) -> Outcome[IngestUnit]:
        """The end of it, unless only the token was refused and there will be another."""
        if refusal.reason is FailureReason.NEEDS_RECONNECT:
            async with self._open_unit() as unit:
                if await expects_another(unit, request.account_id):
                    await note_reconnect(unit, account_id=request.account_id, detail=str(refusal))
                    return Retry(reason=str(refusal), after=_RECONCILE_EVERY)
        return _failed(request, refusal.reason, str(refusal))


async def _account_of(unit: IngestUnit, request: ReplyRequested) -> OpenAccount | None:
    try:
        return await unit.tools.accounts.by_id(request.account_id)
    except NotFound:
        return None


async def _obstacle(
    unit: IngestUnit, request: ReplyRequested, job: Job, *, platform: str
) -> Outcome[IngestUnit] | None:
    """Why the reply is not to be said now; if there is nothing, it is counted as said."""
    connector = unit.tools.connectors.get(platform)
    if connector is None:
        return _failed(request, FailureReason.NEEDS_RECONNECT, f"nothing here speaks {platform}")
    if job.was_interrupted:
        reconciled = await _reconcile(unit, request, may_repeat=connector.sends_are_idempotent)
        if reconciled is not None:
            return reconciled
    window, now = request.target.window_expires_at, unit.clock.now()
    if window is not None and window <= now:
        return _failed(request, FailureReason.WINDOW_CLOSED, f"it could be answered until {window}")
    turn = await spend_allowance(unit, request, connector.limits)
    return Retry(reason="the account has said as much as it may", after=turn, is_counted=False) if turn else None


async def _reconcile(unit: IngestUnit, request: ReplyRequested, *, may_repeat: bool) -> Outcome[IngestUnit] | None:
    """What is known of an attempt whose end nobody saw; None if the reply may simply be said again."""
    doubted_at = await _doubt(unit, request)
    echo = await take_echo(unit, request)
    if echo is not None:
        return _done(request, object_id=echo)
    if may_repeat:
        return None
    waited = unit.clock.now() - doubted_at
    # Where the platform has a list of what was said, that may tell sooner than the echo, or instead of it. It is read
    # at first and once a minute: some count, or charge for, every look.
    if waited % _READ_EVERY < _RECONCILE_EVERY:
        await read_all_feeds(unit, request.account_id)
    return _wait_for_echo(request, is_over=waited >= unit.tools.echo_patience)


async def _attempt(
    request: ReplyRequested, outgoing: OutgoingReply, account: OpenAccount, *, tools: IngestTools
) -> Outcome[IngestUnit]:
    """One try. Raises CallRefused, or Unavailable if it surely was not said: then the job comes again."""
    connector = tools.connectors[account.platform]
    try:
        async with asyncio.timeout(_ATTEMPT_SECONDS):
            sent = await connector.send(outgoing, access=access_of(account, tools.client))
    except RateLimited as limit:
        return _hold_back(request, limit, outgoing.attempted_at)
    except (OutcomeUnknown, TimeoutError) as doubt:
        # Where it is not said again, the echo is waited for, and that is not one more attempt.
        is_counted = connector.sends_are_idempotent
        reason = str(doubt) or f"no answer within {_ATTEMPT_SECONDS} s"
        return Retry(reason=reason, after=_RECONCILE_EVERY, outcome_unknown=True, is_counted=is_counted)
    return _done(request, object_id=sent.object_id)


def _hold_back(request: ReplyRequested, limit: RateLimited, now: datetime) -> Retry[IngestUnit]:
    """Later, and so everything else that this account has to say."""
    pause = timedelta(seconds=limit.retry_after_seconds)

    async def apply(unit: IngestUnit) -> None:
        await pause_account(unit, request.account_id, until=now + pause)

    return Retry(reason=f"{limit.code}: {limit}", after=pause, apply=apply)


async def give_up(unit: IngestUnit, job: Job, reason: str) -> None:
    """Say that a reply could not be sent however often it was tried."""
    request = await _request(unit, job.read(SendJob).reply_id)
    why = FailureReason.UNKNOWN if job.was_interrupted else FailureReason.GAVE_UP
    await _end(unit, request, status=FAILED, error=reason)
    unit.tell(_failure(request, why, reason, unit.clock.now()))


def _wait_for_echo(request: ReplyRequested, *, is_over: bool) -> Outcome[IngestUnit]:
    if not is_over:
        return Retry(reason="waiting for the platform's echo", after=_RECONCILE_EVERY, is_counted=False)
    return _failed(
        request, FailureReason.UNKNOWN, "the platform did not say whether it took this; look before repeating"
    )


def _done(request: ReplyRequested, *, object_id: str | None) -> Done[IngestUnit]:
    if object_id is not None and len(object_id) > _LONGEST_ID:
        # No platform has such ids, and nothing is lost without it but the knowledge of which echo is ours.
        object_id = None

    async def apply(unit: IngestUnit) -> None:
        await _end(unit, request, status=SENT, object_id=object_id)
        unit.tell(
            ReplySent(
                reply_id=request.reply_id,
                thread_id=request.thread_id,
                brand=request.brand,
                account_id=request.account_id,
                platform=request.platform,
                object_id=object_id,
                sent_at=unit.clock.now(),
            )
        )

    return Done(apply=apply)


def _failed(request: ReplyRequested, reason: FailureReason, detail: str) -> Failed[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        await _end(unit, request, status=FAILED, error=detail)
        unit.tell(_failure(request, reason, detail, unit.clock.now()))
        if reason is FailureReason.NEEDS_RECONNECT:
            await note_reconnect(unit, account_id=request.account_id, detail=detail)

    return Failed(reason=detail, apply=apply)


def _failure(request: ReplyRequested, reason: FailureReason, detail: str, now: datetime) -> ReplyFailed:
    return ReplyFailed(
        reply_id=request.reply_id,
        thread_id=request.thread_id,
        brand=request.brand,
        account_id=request.account_id,
        platform=request.platform,
        reason=reason,
        detail=detail[:500],
        failed_at=now,
    )


async def _end(
    unit: IngestUnit, request: ReplyRequested, *, status: str, object_id: str | None = None, error: str | None = None
) -> None:
    values = {"status": status, "object_id": object_id, "error": error[:500] if error else None}
    await unit.session.execute(
        update(_SENDS).where(_SENDS.c.reply_id == request.reply_id).values(ended_at=unit.clock.now(), **values)
    )


async def _request(unit: IngestUnit, reply_id: str) -> ReplyRequested:
    found = await unit.session.get(Send, reply_id)
    if found is None:
        raise NotFound(f"no send {reply_id}")
    return decode(ReplyRequested, found.request.encode())


async def _doubt(unit: IngestUnit, request: ReplyRequested) -> datetime:
    """Since when nobody knows what became of this reply; from now on, if that was not noticed before."""
    since = func.coalesce(_SENDS.c.doubted_at, bindparam("now", unit.clock.now(), type_=_SENDS.c.doubted_at.type))
    statement = update(_SENDS).where(_SENDS.c.reply_id == request.reply_id).values(doubted_at=since)
    doubted_at: datetime = (await unit.session.execute(statement.returning(_SENDS.c.doubted_at))).scalar_one()
    return doubted_at


def _row(reply: ReplyRequested) -> dict[str, object]:
    return {
        "reply_id": reply.reply_id,
        "thread_id": reply.thread_id,
        "account_id": reply.account_id,
        "brand": reply.brand,
        "platform": reply.platform,
        "status": WAITING,
        "request": encode(reply).decode(),
        "requested_at": reply.requested_at,
    }


def _outgoing(request: ReplyRequested, now: datetime, *, may_be_said: bool) -> OutgoingReply:
    return OutgoingReply(
        reply_id=request.reply_id,
        target=request.target,
        visibility=request.visibility,
        text=request.text,
        attachments=request.attachments,
        requested_at=request.requested_at,
        attempted_at=now,
        may_be_said=may_be_said,
    )
