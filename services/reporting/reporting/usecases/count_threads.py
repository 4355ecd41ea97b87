"""Counts what happens to threads: opened, answered, resolved, reopened."""

from collections.abc import Sequence
from typing import TypeVar

from huiying.events.threads import ThreadAnswered, ThreadOpened, ThreadReopened, ThreadResolved
from reporting.domain.cells import Additions, Cell, bucket_of
from reporting.storage.folding import fold
from reporting.storage.known import digest_of, note_answered, note_facts, note_resolved, note_threads
from reporting.storage.tables import ThreadCounts
from reporting.storage.unit import ReportingUnit

ThreadFact = ThreadOpened | ThreadAnswered | ThreadResolved | ThreadReopened
Ending = TypeVar("Ending", ThreadResolved, ThreadReopened)


async def count_opened(unit: ReportingUnit, facts: Sequence[ThreadOpened]) -> None:
    """Count each thread once, and add it to the backlog."""
    opened = {fact.thread_id: fact for fact in reversed(facts)}
    additions = Additions()
    new = await note_threads(unit.session, {thread_id: fact.occurred_at for thread_id, fact in opened.items()})
    for thread_id in new:
        additions.count(cell_of(opened[thread_id]), "opened", "backlog_change")
    await fold(unit.session, ThreadCounts, additions)


async def count_answers(unit: ReportingUnit, facts: Sequence[ThreadAnswered]) -> None:
    """Count each answer once, and each thread as answered with its first."""
    told = {digest_of(fact.type, fact.answer_id): fact for fact in reversed(facts)}
    new = await note_facts(unit.session, told, on=unit.clock.now().date())
    answers = [told[digest] for digest in new]
    additions = Additions()
    for fact in answers:
        cell = cell_of(fact)
        additions.count(cell, "answers")
        if fact.response_seconds is not None:
            additions.observe(cell, "first_response" if fact.first else "next_response", max(0, fact.response_seconds))
    threads = {fact.thread_id: fact for fact in answers}
    for thread_id, opened_at in (await note_answered(unit.session, threads)).items():
        additions.count(cell_of(threads[thread_id])._replace(bucket=bucket_of(opened_at)), "answered_threads")
    await fold(unit.session, ThreadCounts, additions)


async def count_resolved(unit: ReportingUnit, facts: Sequence[ThreadResolved]) -> None:
    """Take threads out of the backlog, and see how long they took."""
    additions = Additions()
    for fact in await _changes(unit, facts, is_resolved=True):
        cell = cell_of(fact)
        additions.count(cell, "backlog_change", by=-1)
        additions.observe(cell, "resolution", max(0, fact.resolution_seconds))
    await fold(unit.session, ThreadCounts, additions)


async def count_reopened(unit: ReportingUnit, facts: Sequence[ThreadReopened]) -> None:
    """Put threads back into the backlog."""
    additions = Additions()
    for fact in await _changes(unit, facts, is_resolved=False):
        additions.count(cell_of(fact), "backlog_change")
    await fold(unit.session, ThreadCounts, additions)


def cell_of(fact: ThreadFact) -> Cell:
    """Where a fact about a thread counts."""
    return Cell(fact.brand, bucket_of(fact.occurred_at), fact.platform, fact.kind, fact.account_id)


async def _changes(unit: ReportingUnit, facts: Sequence[Ending], *, is_resolved: bool) -> list[Ending]:
    """The facts that are new and change what is known of their threads.

    A thread whose opening was never told counts nowhere, so that the backlog cannot fall below nothing.
    """
    told = {digest_of(fact.type, fact.thread_id, fact.occurred_at.isoformat()): fact for fact in reversed(facts)}
    new = await note_facts(unit.session, told, on=unit.clock.now().date())
    # The told ones go backwards, so that of several about one thread the first stays.
    threads = {fact.thread_id: fact for digest, fact in told.items() if digest in new}
    changed = await note_resolved(unit.session, threads, is_resolved=is_resolved)
    return [threads[thread_id] for thread_id in changed]
