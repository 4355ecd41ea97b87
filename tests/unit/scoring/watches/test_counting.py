"""What counts, in which minute, for which watch; and that it counts once."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from huiying.db.migrate import differences
from huiying.events.envelope import Told
from huiying.events.interactions import Action, InteractionReceived
from scoring.consumers import on_interactions
from scoring.domain.alerts.counts import KEPT
from scoring.main import SERVICE
from scoring.usecases.forget_old import forget
from tests.unit.scoring.watches.world import NOON, Scoring, an_interaction, said

MINUTE = timedelta(minutes=1)


async def test_the_tables_are_as_the_migrations_leave_them(scoring: Scoring) -> None:
    found = await differences(scoring.service.runtime.database, SERVICE.metadata)

    # What other parts of the platform have declared depends on what this process has imported.
    assert [one for one in found if any(name in repr(one) for name in SERVICE.metadata.tables)] == []


async def test_what_is_said_counts_in_the_minute_in_which_it_was_said(scoring: Scoring) -> None:
    await scoring.hears(
        said("negative", at=NOON - timedelta(seconds=1)),
        said("negative", at=NOON),
        said("positive", at=NOON + timedelta(seconds=59)),
    )

    assert await scoring.counts() == {NOON - MINUTE: (1, 1), NOON: (2, 1)}


async def test_what_comes_late_and_out_of_order_counts_in_its_own_minute(scoring: Scoring) -> None:
    await scoring.hears(said("negative", at=NOON))

    await scoring.hears(said("negative", at=NOON - timedelta(hours=30)), said(at=NOON - timedelta(hours=2)))

    assert await scoring.counts() == {
        NOON - timedelta(hours=30): (1, 1),
        NOON - timedelta(hours=2): (1, 0),
        NOON: (1, 1),
    }


async def test_what_is_told_again_or_edited_counts_once(scoring: Scoring) -> None:
    first = said("negative", name="c1")

    await scoring.hears(first, first)
    await scoring.hears(first, said("positive", name="c1", action=Action.UPDATED, at=NOON + MINUTE))

    assert await scoring.counts() == {NOON: (1, 1)}


async def test_an_edit_is_remembered_in_its_last_words_in_whatever_order_it_comes(scoring: Scoring) -> None:
    edits = [
        said("positive", name="c1", action=Action.UPDATED, at=NOON + minute * MINUTE, text=f"edit {minute}")
        for minute in (2, 1)
    ]

    await scoring.hears(edits[0])
    await scoring.hears(said("negative", name="c1", text="as it was said"), edits[1])

    [kept] = await scoring.observations()
    assert (kept.text, kept.sentiment) == ("edit 2", "positive")
    assert await scoring.counts() == {NOON: (1, 1)}


@pytest.mark.parametrize("is_first", [True, False])
async def test_what_was_deleted_is_forgotten_but_stays_counted(scoring: Scoring, is_first: bool) -> None:
    facts = [an_interaction(name="c1", text="such bad tea"), an_interaction(name="c1", action=Action.DELETED)]

    for interaction in reversed(facts) if is_first else facts:
        async with scoring.service.open_unit() as unit:
            await on_interactions(unit, [Told(InteractionReceived(interaction=interaction), "interactions", 0, 0, 0)])

    [kept] = await scoring.observations()
    assert (kept.text, kept.author, kept.interaction_id, kept.read) == (None, None, None, {})
    assert [total for total, _ in (await scoring.counts()).values()] == [1]


async def test_what_is_older_than_counts_are_kept_is_not_counted(scoring: Scoring) -> None:
    await scoring.hears(said(at=NOON - KEPT - MINUTE))

    assert await scoring.counts() == {}


async def test_a_clock_that_is_ahead_files_nothing_in_the_future(scoring: Scoring) -> None:
    interaction = an_interaction(at=NOON + timedelta(days=400))

    async with scoring.service.open_unit() as unit:
        received = InteractionReceived(interaction=replace(interaction, received_at=NOON))
        await on_interactions(unit, [Told(received, "interactions", 0, 0, 0)])

    assert list(await scoring.counts()) == [NOON]


async def test_no_more_of_a_text_is_kept_than_an_excerpt(scoring: Scoring) -> None:
    await scoring.hears(said(text="长" * 5_000))

    [kept] = await scoring.observations()
    assert kept.text == "长" * 280


async def test_words_past_their_time_are_erased_and_still_never_count_again(scoring: Scoring) -> None:
    spoken = said("negative", name="c1")
    await scoring.hears(spoken)
    scoring.clock.advance(timedelta(days=15))

    async with scoring.service.open_unit() as unit:
        await forget(unit)
    await scoring.hears(spoken)

    (kept,) = await scoring.observations()
    assert (kept.text, kept.author, kept.is_erased) == (None, None, True)
    assert await scoring.counts() == {NOON: (1, 1)}


async def test_what_is_past_every_count_is_deleted(scoring: Scoring) -> None:
    await scoring.hears(said("negative", name="c1"))
    scoring.clock.advance(KEPT + MINUTE)

    async with scoring.service.open_unit() as unit:
        await forget(unit)

    assert not await scoring.observations()
