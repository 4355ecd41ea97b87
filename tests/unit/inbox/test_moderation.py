"""What is done to a message on its platform is asked for once, and shows."""

from datetime import timedelta

import pytest

from huiying.events.interactions import Capability
from huiying.events.moderation import ModerationApplied, ModerationFailed, ModerationKind, ModerationRequested
from huiying.events.replies import FailureReason
from inbox.domain.moderation import NotModeratable
from inbox.storage.tables import MODERATIONS
from inbox.usecases.file_moderation_results import file_applied_moderations, file_failed_moderations
from inbox.usecases.moderate_message import moderate_message
from tests.support.inboxes import AGENT, Inbox, a_comment, a_deletion, at

HIDE = (Capability.HIDE, Capability.DELETE)


async def moderate(inbox: Inbox, kind: ModerationKind, *, message: int = 0) -> ModerationRequested:
    message_id = (await inbox.messages())[message].id
    async with inbox.unit() as unit:
        await moderate_message(unit, AGENT, message_id=message_id, kind=kind)
    return (await inbox.facts(ModerationRequested))[-1]


def done(asked: ModerationRequested, *, minutes: float = 1) -> ModerationApplied:
    return ModerationApplied(
        moderation_id=asked.moderation_id,
        thread_id=asked.thread_id,
        brand=asked.brand,
        account_id=asked.account_id,
        platform=asked.platform,
        kind=asked.kind,
        applied_at=at(minutes),
    )


async def test_hiding_a_comment_is_one_request_that_names_it_as_its_platform_does(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", by="ann", capabilities=HIDE))

    asked = await moderate(inbox, ModerationKind.HIDE)

    assert (asked.kind, asked.target.object_id, asked.target.post_id) == (ModerationKind.HIDE, "c1", "post-1")
    assert (asked.target.counterpart_id, asked.requested_by) == ("ann", AGENT.subject)


@pytest.mark.parametrize("kind", [ModerationKind.LIKE, ModerationKind.UNLIKE])
async def test_what_the_platform_does_not_offer_is_refused_before_it_is_asked(
    inbox: Inbox, kind: ModerationKind
) -> None:
    await inbox.hears(a_comment("c1", capabilities=HIDE))

    with pytest.raises(NotModeratable):
        await moderate(inbox, kind)


async def test_a_comment_that_is_gone_cannot_be_hidden(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", capabilities=HIDE), a_deletion("c1"))

    with pytest.raises(NotModeratable):
        await moderate(inbox, ModerationKind.HIDE)


async def test_once_it_is_done_the_message_is_hidden_also_if_the_platform_never_says_so(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", capabilities=HIDE))
    asked = await moderate(inbox, ModerationKind.HIDE)

    for _ in range(2):
        async with inbox.unit() as unit:
            await file_applied_moderations(unit, [done(asked)])

    (message,) = await inbox.messages()
    (row,) = await inbox.rows(MODERATIONS)
    assert message.is_hidden
    assert (row.status, row.ended_at) == ("done", at(1))


async def test_hiding_and_showing_again_end_as_the_later_of_them_whatever_comes_first(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", capabilities=HIDE))
    hide, show = await moderate(inbox, ModerationKind.HIDE), await moderate(inbox, ModerationKind.UNHIDE)

    async with inbox.unit() as unit:
        await file_applied_moderations(unit, [done(show, minutes=2)])
        await file_applied_moderations(unit, [done(hide, minutes=1)])

    (message,) = await inbox.messages()
    assert not message.is_hidden


async def test_deleting_takes_the_text_away(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", text="rude", capabilities=HIDE))
    asked = await moderate(inbox, ModerationKind.DELETE)

    async with inbox.unit() as unit:
        await file_applied_moderations(unit, [done(asked)])

    (message,) = await inbox.messages()
    assert (message.text, message.deleted_at) == (None, at(1))


async def test_our_own_words_may_be_taken_back_once_the_platform_has_them(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", minutes=-1))
    reply_id = await inbox.reply((await inbox.thread()).id, "sorry!")
    with pytest.raises(NotModeratable):
        await moderate(inbox, ModerationKind.DELETE, message=1)
    await inbox.sent(reply_id, object_id="c2")

    asked = await moderate(inbox, ModerationKind.DELETE, message=1)

    assert asked.target.object_id == "c2"


async def test_why_it_could_not_be_done_shows_on_the_message(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", capabilities=HIDE))
    asked = await moderate(inbox, ModerationKind.HIDE)
    failed = ModerationFailed(
        moderation_id=asked.moderation_id,
        thread_id=asked.thread_id,
        brand=asked.brand,
        account_id=asked.account_id,
        platform=asked.platform,
        kind=asked.kind,
        reason=FailureReason.NEEDS_RECONNECT,
        detail="the token was revoked",
        failed_at=inbox.clock.now() + timedelta(minutes=1),
    )

    async with inbox.unit() as unit:
        await file_failed_moderations(unit, [failed])

    (row,) = await inbox.rows(MODERATIONS)
    (message,) = await inbox.messages()
    assert (row.status, row.error) == ("failed", "needs_reconnect: the token was revoked")
    assert not message.is_hidden
