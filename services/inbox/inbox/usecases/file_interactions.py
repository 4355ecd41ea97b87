"""Finding each interaction its place: a message in a thread, a revision of one, a mark on a post and a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from huiying.db.statements import insert_all, take_turns
from huiying.events.interactions import Direction, Interaction
from huiying.events.threads import ThreadAnswered, ThreadReopened
from inbox.domain.anchors import anchors_of
from inbox.domain.filing import Filing, filing_of, turns_of
from inbox.domain.revision import revise
from inbox.domain.thread import Said, Thread
from inbox.storage import contacts, messages, readings
from inbox.storage.tables import MESSAGES
from inbox.storage.threads import place
from inbox.storage.unit import InboxUnit
from inbox.usecases.apply_revisions import apply_revisions
from inbox.usecases.desk import Desk
from inbox.usecases.link_echoes import link_echoes
from inbox.usecases.thread_facts import fact_fields


async def file_interactions(unit: InboxUnit, interactions: Sequence[Interaction]) -> None:
    """File these interactions, each of them once however often it comes, in whatever order they come."""
    # How it reads may be filed elsewhere at this moment, and neither would see the other.
    await take_turns(unit.session, turns_of(interaction.account.id for interaction in interactions))
    piles: dict[Filing, list[Interaction]] = {filing: [] for filing in Filing}
    for interaction in interactions:
        piles[filing_of(interaction)].append(interaction)
    await contacts.meet(unit.session, [*piles[Filing.MESSAGE], *piles[Filing.MARK]])
    await contacts.mark(unit.session, piles[Filing.MARK])
    await _file_messages(unit, piles[Filing.MESSAGE])
    await _file_revisions(unit, piles[Filing.REVISION])


async def _file_messages(unit: InboxUnit, interactions: Sequence[Interaction]) -> None:
    by_id = {interaction.id: interaction for interaction in interactions}
    known = await messages.filed(unit.session, by_id) if by_id else set()
    fresh = [interaction for interaction in by_id.values() if interaction.id not in known]
    if not fresh:
        return
    groups = [anchors_of(interaction) for interaction in fresh]
    placement = await place(unit.session, groups)
    desk = await Desk.lay(unit, {*placement.thread_of.values(), *placement.merged})
    desk.merge(placement.merged)
    thread_of = {one.id: placement.thread_of[anchors[0]] for one, anchors in zip(fresh, groups, strict=True)}
    echoes = await link_echoes(unit, fresh, thread_of=thread_of)
    said = [interaction for interaction in fresh if interaction.id not in echoes]
    rows = await _rows(unit, desk, said, thread_of)
    await insert_all(unit.session, MESSAGES, rows)
    # What was edited or deleted before it came may have been read before that, too.
    await readings.erase(unit.session, {one for row in rows for one in messages.gone_from(row)})
    # Scoring may have been faster.
    for row, reading in await readings.of_messages(unit.session, [one.id for one in said]):
        if reading is not None:
            desk.read(row.thread_id, reading)
    await desk.clear()


async def _rows(
    unit: InboxUnit, desk: Desk, said: Sequence[Interaction], thread_of: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The messages' rows, their threads having taken them in."""
    revisions = await messages.revisions_of(unit.session, {messages.key_of(one) for one in said})
    rows = []
    for interaction in said:
        revision = revisions.get(messages.key_of(interaction), messages.UNREVISED)
        row = messages.message_row(interaction, thread_id=thread_of[interaction.id], revision=revision)
        thread = desk.open(row["thread_id"], interaction)
        row["is_answer"] = _take_in(unit, desk, thread, interaction, row)
        rows.append(row)
    return rows


def _take_in(unit: InboxUnit, desk: Desk, thread: Thread, interaction: Interaction, row: dict[str, Any]) -> bool:
    """Let the thread take in a message and tell what follows; whether the message is an answer."""
    at = interaction.occurred_at
    said = Said(
        direction=interaction.direction,
        kind=interaction.kind,
        text=row["text"],
        at=at,
        contact_id=contacts.contact_id_of(interaction),
    )
    if interaction.direction is Direction.INBOUND:
        if thread.hear(said, now=unit.clock.now()):
            unit.tell(ThreadReopened(**fact_fields(thread), occurred_at=at))
        return False
    thread.speak(said)
    answer = thread.answer(at=at, until=at)
    if answer is None:
        return False
    fact = ThreadAnswered(
        **fact_fields(thread),
        occurred_at=at,
        answer_id=row["id"],
        response_seconds=answer.response_seconds,
        first=answer.is_first,
    )
    desk.answered(thread, answer, fact)
    return True


async def _file_revisions(unit: InboxUnit, interactions: Sequence[Interaction]) -> None:
    if not interactions:
        return
    keys = {messages.key_of(interaction) for interaction in interactions}
    revisions = await messages.revisions_of(unit.session, keys)
    for interaction in interactions:
        key = messages.key_of(interaction)
        revisions[key] = revise(revisions.get(key, messages.UNREVISED), interaction)
    await messages.keep_revisions(unit.session, dict(sorted(revisions.items())))
    await apply_revisions(unit, revisions)
