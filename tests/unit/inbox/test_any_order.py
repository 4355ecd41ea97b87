"""In whatever order, however often and in whatever batches a conversation is told, it reads the same."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huiying.events.assessments import AssessmentMade, IntentCode, RiskCode, SentimentLabel
from huiying.events.interactions import Action, Interaction
from huiying.outbox.unit import producer_name
from inbox.storage.reading_tables import THREAD_CODES
from inbox.storage.tables import METADATA
from tests.support.clock import FrozenClock
from tests.support.databases import sqlite
from tests.support.inboxes import Inbox, a_comment, a_deletion, a_message, an_assessment, an_edit, an_interaction

SAID = (
    a_comment("c1", by="ann", text="first"),
    a_comment("c2", by="bob", parent="c1", minutes=1),
    a_comment("c3", by="cem", parent="c2", minutes=2),
    a_comment("c4", by="dee", parent="c3", minutes=3, text="deep"),
    a_comment("c5", by="eve", minutes=4),
    a_comment("c6", parent="c5", minutes=5, is_ours=True),
    an_edit("c1", text="second", minutes=6),
    an_edit("c1", text="third", minutes=7),
    a_deletion("c4", minutes=8),
    an_edit("c4", text="too late", minutes=9),
    an_interaction("c2", action=Action.HIDDEN, minutes=10),
    a_message("m1", by="ann", minutes=11),
    a_message("m2", by="ann", minutes=12, is_ours=True),
    a_message("m3", by="ann", minutes=13),
    a_message("m4", by="ann", minutes=13),
)
FEELINGS = (*SentimentLabel, None)
# The answer c6 is followed by nothing in its thread, m2 by m3 and m4, which were said in the same moment.
READ = tuple(
    an_assessment(
        one,
        FEELINGS[place % len(FEELINGS)],
        intents=list(IntentCode)[place : place + 2],
        risks=list(RiskCode)[place % len(RiskCode) :][:1],
        urgency=round(place * 0.37 % 1, 2),
    )
    for place, one in enumerate(SAID)
)
Fact = Interaction | AssessmentMade
TOLD: tuple[Fact, ...] = (*SAID, *READ)

Picture = frozenset[tuple[object, ...]]


async def picture_of(batches: Sequence[Sequence[Fact]]) -> Picture:
    """How threads and messages read after these batches."""
    with tempfile.TemporaryDirectory() as directory:
        async with sqlite(Path(directory), METADATA, schema="inbox") as database:
            await producer_name(database)
            inbox = Inbox(database, FrozenClock())
            for batch in batches:
                await inbox.hears(*(fact for fact in batch if isinstance(fact, Interaction)))
                await inbox.reads(*(fact for fact in batch if isinstance(fact, AssessmentMade)))
            # Which of what was said in the same moment comes first depends on what was told first.
            messages = sorted(await inbox.messages(), key=lambda row: (row.occurred_at, row.object_id))
            codes = await inbox.rows(THREAD_CODES)
            return frozenset(
                (
                    thread.kind,
                    thread.message_count,
                    thread.unread,
                    thread.waiting_since,
                    thread.created_at,
                    thread.last_message_text,
                    thread.contact_id,
                    thread.sentiment,
                    thread.readings,
                    thread.urgency,
                    frozenset((row.aspect, row.code) for row in codes if row.thread_id == thread.id),
                    tuple(
                        (row.object_id, row.text, row.edited_at, row.deleted_at, row.is_hidden)
                        for row in messages
                        if row.thread_id == thread.id
                    ),
                )
                for thread in await inbox.threads()
            )


@st.composite
def tellings(draw: st.DrawFn) -> list[list[Fact]]:
    """All of it in any order, some of it twice, cut into batches anywhere."""
    order = draw(st.permutations(TOLD))
    again = draw(st.lists(st.sampled_from(TOLD), max_size=12))
    told = [*order, *again]
    cuts = sorted(draw(st.sets(st.integers(1, len(told) - 1), max_size=6)))
    return [told[start:end] for start, end in zip([0, *cuts], [*cuts, len(told)], strict=True)]


PLAIN = asyncio.run(picture_of([TOLD]))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tellings())
async def test_any_telling_reads_as_the_plain_one(batches: list[list[Fact]]) -> None:
    assert await picture_of(batches) == PLAIN


def test_the_plain_telling_has_three_threads() -> None:
    counts = Counter(count for _, count, *_ in PLAIN)

    assert counts == {2: 1, 4: 2}
