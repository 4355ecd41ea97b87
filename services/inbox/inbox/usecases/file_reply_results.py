"""What became of replies: sent, or not."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, or_, select

from huiying.events.interactions import Direction
from huiying.events.replies import ReplyFailed, ReplySent
from huiying.events.threads import ThreadAnswered
from inbox.domain.anchors import Anchor, object_anchor
from inbox.domain.echo import ECHO_WINDOW, Utterance, is_echo
from inbox.domain.reply import Delivery
from inbox.storage import messages
from inbox.storage.tables import MESSAGES, REPLIES
from inbox.storage.threads import place
from inbox.storage.unit import InboxUnit
from inbox.usecases.apply_revisions import apply_revisions
from inbox.usecases.desk import Desk
from inbox.usecases.thread_facts import fact_fields


async def file_sent(unit: InboxUnit, facts: Sequence[ReplySent]) -> None:
    """These replies reached their platforms: they answer their threads, and their echoes become one with them."""
    results = {fact.reply_id: fact for fact in facts}
    replies = await _replies(unit, results, but=(Delivery.SENT,))
    if not replies:
        return
    twins = _pair(replies, results, await _twins(unit, replies, results))
    merged, placed = await _place(unit, replies, results)
    thread_of = {row.id: placed.get(row.thread_id, row.thread_id) for row in replies}
    desk = await Desk.lay(unit, {*thread_of.values(), *merged})
    desk.merge(merged)
    for row in replies:
        _answer(unit, desk, row, results[row.id], thread_id=thread_of[row.id], twin=twins.get(row.id))
    await _store(unit, replies, results, twins)
    await desk.clear()
    keys = {(row.account_id, object_id) for row in replies if (object_id := results[row.id].object_id) is not None}
    await apply_revisions(unit, await messages.revisions_of(unit.session, keys))


async def file_failed(unit: InboxUnit, facts: Sequence[ReplyFailed]) -> None:
    """These replies did not go out, as far as anybody knows; one that was sent all the same stays sent."""
    results = {fact.reply_id: fact for fact in facts}
    replies = await _replies(unit, results, but=(Delivery.SENT, Delivery.FAILED))
    failed = Delivery.FAILED.value
    changes = [(row.id, {"status": failed, "error": _reason(results[row.id])}) for row in replies]
    await messages.change(unit.session, REPLIES, changes)
    desk = await Desk.lay(unit, {row.thread_id for row in replies})
    for row in replies:
        desk.get(row.thread_id)
    await desk.clear()


def _reason(fact: ReplyFailed) -> str:
    return f"{fact.reason}: {fact.detail}"


def _answer(
    unit: InboxUnit, desk: Desk, row: Row[Any], fact: ReplySent, *, thread_id: str, twin: Row[Any] | None
) -> None:
    thread = desk.get(thread_id)
    if twin is not None:
        thread.message_count -= 1
        desk.count_again(thread)
        # The echo came first, and was told as an answer when it did.
        if twin.is_answer:
            return
    # A reply answers what whoever wrote it could see, not what was said while it was on its way.
    answer = thread.answer(at=fact.sent_at, until=row.answers_until or fact.sent_at)
    if answer is None:
        return
    told = ThreadAnswered(
        **fact_fields(thread),
        occurred_at=fact.sent_at,
        answer_id=row.id,
        response_seconds=answer.response_seconds,
        first=answer.is_first,
        member_id=row.member_id,
    )
    desk.answered(thread, answer, told)


async def _replies(unit: InboxUnit, results: Mapping[str, object], *, but: Sequence[Delivery]) -> list[Row[Any]]:
    query = (
        select(MESSAGES, REPLIES.c.member_id, REPLIES.c.answers_until)
        .join(REPLIES, REPLIES.c.id == MESSAGES.c.id)
        .where(REPLIES.c.id.in_(results), REPLIES.c.status.not_in(but))
        .order_by(MESSAGES.c.id)
    )
    return list((await unit.session.execute(query)).all())


async def _twins(unit: InboxUnit, replies: Sequence[Row[Any]], results: Mapping[str, ReplySent]) -> list[Row[Any]]:
    """Messages that may be the echoes of these replies, filed before anybody could know."""
    by_object = and_(
        MESSAGES.c.account_id.in_({row.account_id for row in replies}),
        MESSAGES.c.object_id.in_([fact.object_id for fact in results.values() if fact.object_id is not None]),
    )
    nameless = [row for row in replies if results[row.id].object_id is None]
    by_text = [
        and_(
            MESSAGES.c.thread_id == row.thread_id,
            MESSAGES.c.direction == Direction.OUTBOUND,
            MESSAGES.c.occurred_at >= results[row.id].sent_at - ECHO_WINDOW,
        )
        for row in nameless
    ]
    query = (
        select(MESSAGES)
        .outerjoin(REPLIES, REPLIES.c.id == MESSAGES.c.id)
        .where(or_(by_object, *by_text), REPLIES.c.id.is_(None))
        .order_by(MESSAGES.c.occurred_at, MESSAGES.c.id)
    )
    return list((await unit.session.execute(query)).all())


def _pair(
    replies: Sequence[Row[Any]], results: Mapping[str, ReplySent], candidates: list[Row[Any]]
) -> dict[str, Row[Any]]:
    """Each reply's own echo among the candidates, by the reply's id."""
    pairs: dict[str, Row[Any]] = {}
    for row in replies:
        fact = results[row.id]
        sent = Utterance(object_id=fact.object_id, text=row.text, at=fact.sent_at)
        for candidate in candidates:
            heard = Utterance(object_id=candidate.object_id, text=candidate.text, at=candidate.occurred_at)
            same_place = row.account_id == candidate.account_id
            if fact.object_id is None:
                same_place = row.thread_id == candidate.thread_id
            if same_place and is_echo(sent, heard):
                pairs[row.id] = candidate
                candidates.remove(candidate)
                break
    return pairs


async def _place(
    unit: InboxUnit, replies: Sequence[Row[Any]], results: Mapping[str, ReplySent]
) -> tuple[Mapping[str, str], dict[str, str]]:
    """Anchor the replies, so that who answers them is heard in their threads, even one that came before.

    Gives the threads that were merged by it, and where each reply's thread is now.
    """
    belonging: dict[Anchor, str] = {}
    groups = []
    for row in replies:
        object_id = results[row.id].object_id
        if object_id is not None and row.conversation_id is None:
            thread_anchor = Anchor(row.account_id, f"thread:{row.thread_id}")
            belonging[thread_anchor] = row.thread_id
            groups.append((object_anchor(row.account_id, object_id), thread_anchor))
    if not groups:
        return {}, {}
    placement = await place(unit.session, groups, belonging=belonging)
    return placement.merged, {belonging[anchor]: placement.thread_of[anchor] for anchor in belonging}


async def _store(
    unit: InboxUnit, replies: Sequence[Row[Any]], results: Mapping[str, ReplySent], twins: Mapping[str, Row[Any]]
) -> None:
    if twins:
        gone = [twin.id for twin in twins.values()]
        await unit.session.execute(delete(MESSAGES).where(MESSAGES.c.id.in_(gone)))
    said = [
        (
            row.id,
            {
                "object_id": results[row.id].object_id,
                "interaction_id": twins[row.id].interaction_id if row.id in twins else row.interaction_id,
                "is_answer": True,
            },
        )
        for row in replies
    ]
    await messages.change(unit.session, MESSAGES, said)
    sent = Delivery.SENT.value
    changes = [(row.id, {"status": sent, "error": None, "sent_at": results[row.id].sent_at}) for row in replies]
    await messages.change(unit.session, REPLIES, changes)
