"""Two replicas that count for one brand at the same moment, and what each of them has the other waits for."""

import asyncio
from collections.abc import Awaitable

import pytest

from huiying.events.envelope import Told
from huiying.events.interactions import Action, Interaction, InteractionReceived
from scoring.consumers import on_interactions
from scoring.storage.alerts import lock_series
from tests.unit.scoring.watches.world import NOON, Scoring, an_interaction

pytestmark = pytest.mark.servers


async def test_who_hears_of_a_deletion_and_who_hears_what_was_deleted_do_not_wait_for_each_other(
    scoring: Scoring,
) -> None:
    await heard(scoring, an_interaction(name="first"))
    deleting = heard(scoring, an_interaction(name="another"), an_interaction(name="said", action=Action.DELETED))
    hearing = heard(scoring, an_interaction(name="said"))

    async with scoring.service.open_unit() as unit:
        # Whoever judges the brand holds both up where they have counted.
        await lock_series(unit.session, brand="tea", watch_id="")
        waiting = [await begun(deleting), await begun(hearing)]
    await asyncio.gather(*waiting)

    assert await scoring.counts() == {NOON: (3, 0)}
    assert sorted(row.is_erased for row in await scoring.observations()) == [False, False, True]


async def heard(scoring: Scoring, *interactions: Interaction) -> None:
    """A replica takes a batch in."""
    facts = [Told(InteractionReceived(interaction=one), "interactions", 0, 0, 0) for one in interactions]
    async with scoring.service.open_unit() as unit:
        await on_interactions(unit, facts)


async def begun(work: Awaitable[None]) -> "asyncio.Future[None]":
    """The work, once it has come to where it waits for somebody else."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait([task], timeout=1.0)
    assert not done
    return task
