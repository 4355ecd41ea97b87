"""What the inbox does with which fact."""

from collections.abc import Sequence

from huiying.events.accounts import AccountConnected, AccountRemoved
from huiying.events.assessments import AssessmentMade
from huiying.events.brands import BrandCreated
from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from huiying.events.envelope import Told
from huiying.events.interactions import InteractionReceived
from huiying.events.members import MemberChanged
from huiying.events.moderation import ModerationApplied, ModerationFailed
from huiying.events.replies import ReplyFailed, ReplySent
from huiying.service.consumer import Handlers
from inbox.storage.unit import InboxUnit
from inbox.usecases.file_assessments import file_assessments
from inbox.usecases.file_corrections import drop_corrections, file_corrections
from inbox.usecases.file_interactions import file_interactions
from inbox.usecases.file_moderation_results import file_applied_moderations, file_failed_moderations
from inbox.usecases.file_reply_results import file_failed, file_sent
from inbox.usecases.file_surroundings import file_accounts, file_brands, file_members, file_removed_accounts


async def on_interactions(unit: InboxUnit, facts: Sequence[Told[InteractionReceived]]) -> None:
    """File what people said and did."""
    await file_interactions(unit, [fact.event.interaction for fact in facts])


async def on_assessments(unit: InboxUnit, facts: Sequence[Told[AssessmentMade]]) -> None:
    """Keep how it reads."""
    await file_assessments(unit, [fact.event for fact in facts])


async def on_corrections_made(unit: InboxUnit, facts: Sequence[Told[CorrectionMade]]) -> None:
    """Keep how members say that it reads."""
    await file_corrections(unit, [fact.event for fact in facts])


async def on_corrections_revoked(unit: InboxUnit, facts: Sequence[Told[CorrectionRevoked]]) -> None:
    """Drop what they took back."""
    await drop_corrections(unit, [fact.event for fact in facts])


async def on_replies_sent(unit: InboxUnit, facts: Sequence[Told[ReplySent]]) -> None:
    """Note that replies went out."""
    await file_sent(unit, [fact.event for fact in facts])


async def on_replies_failed(unit: InboxUnit, facts: Sequence[Told[ReplyFailed]]) -> None:
    """Note that replies did not go out."""
    await file_failed(unit, [fact.event for fact in facts])


async def on_moderations_applied(unit: InboxUnit, facts: Sequence[Told[ModerationApplied]]) -> None:
    """Note what was done to messages."""
    await file_applied_moderations(unit, [fact.event for fact in facts])


async def on_moderations_failed(unit: InboxUnit, facts: Sequence[Told[ModerationFailed]]) -> None:
    """Note what could not be done to messages."""
    await file_failed_moderations(unit, [fact.event for fact in facts])


async def on_accounts_connected(unit: InboxUnit, facts: Sequence[Told[AccountConnected]]) -> None:
    """Remember accounts."""
    await file_accounts(unit, [fact.event for fact in facts])


async def on_accounts_removed(unit: InboxUnit, facts: Sequence[Told[AccountRemoved]]) -> None:
    """Remember that accounts are gone."""
    await file_removed_accounts(unit, [fact.event for fact in facts])


async def on_brands_created(unit: InboxUnit, facts: Sequence[Told[BrandCreated]]) -> None:
    """Remember brands."""
    await file_brands(unit, [fact.event for fact in facts])


async def on_members_changed(unit: InboxUnit, facts: Sequence[Told[MemberChanged]]) -> None:
    """Remember members."""
    await file_members(unit, [fact.event for fact in facts])


HANDLERS: Handlers[InboxUnit] = {
    InteractionReceived: on_interactions,
    AssessmentMade: on_assessments,
    CorrectionMade: on_corrections_made,
    CorrectionRevoked: on_corrections_revoked,
    ReplySent: on_replies_sent,
    ReplyFailed: on_replies_failed,
    ModerationApplied: on_moderations_applied,
    ModerationFailed: on_moderations_failed,
    AccountConnected: on_accounts_connected,
    AccountRemoved: on_accounts_removed,
    BrandCreated: on_brands_created,
    MemberChanged: on_members_changed,
}
