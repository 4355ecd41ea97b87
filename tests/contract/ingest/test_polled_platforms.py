"""What platforms never push reaches the bus all the same, once: the poller, the connectors and the platforms played."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Interaction, InteractionReceived, Kind
from simulator.facade import Simulator
from simulator.people import MIA, XIAOYU
from simulator.platforms.reddit import RedditUser
from simulator.platforms.youtube import YouTubeChannel
from tests.support.edges import Edge, an_edge
from tests.support.eventually import eventually


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    async with an_edge(tmp_path, HUIYING_ALLOW_PRIVATE_ADDRESSES=True) as edge:
        yield edge


async def told(edge: Edge) -> list[Interaction]:
    """What people said; the video below which they did is told too."""
    facts = await edge.facts(InteractionReceived)
    return [fact.interaction for fact in facts if fact.interaction.kind is not Kind.POST]


async def test_comments_on_youtube_are_told_once_and_so_is_their_change(edge: Edge) -> None:
    channel = YouTubeChannel(surroundings=edge.world)
    async with Simulator([channel]) as sim:
        await edge.plays(channel, api_base=sim.api_base("youtube"))
        await edge.passes(timedelta(minutes=1))
        comment = channel.comment("first", author=MIA)
        channel.comment("second", author=XIAOYU, parent_id=comment)
        await edge.passes(timedelta(minutes=10))
        await eventually(lambda: _is_told(edge, 2))
        channel.comment_edited(comment, "first!", at=edge.clock.now())
        await edge.passes(timedelta(hours=2))
        await eventually(lambda: _is_told(edge, 3))

    said = [(one.kind, one.action, one.object.text, one.verified) for one in await told(edge)]
    assert sorted(said, key=str) == sorted(
        [
            (Kind.COMMENT, Action.CREATED, "first", Proof.POLLED),
            (Kind.COMMENT, Action.CREATED, "second", Proof.POLLED),
            (Kind.COMMENT, Action.UPDATED, "first!", Proof.POLLED),
        ],
        key=str,
    )


async def test_the_inbox_of_reddit_is_told_once(edge: Edge) -> None:
    user = RedditUser(surroundings=edge.world)
    async with Simulator([user]) as sim:
        await edge.plays(user, api_base=sim.api_base("reddit"))
        await edge.passes(timedelta(minutes=1))
        user.comment("hi u/tanghulu_tea", author=MIA, is_mention=True)
        user.message("do you sell cards?", author=MIA)
        for _ in range(3):
            await edge.passes(timedelta(minutes=6))
        await eventually(lambda: _is_told(edge, 2))

    assert {one.kind for one in await told(edge)} == {Kind.MENTION, Kind.MESSAGE}


async def _is_told(edge: Edge, count: int) -> bool:
    return len(await told(edge)) == count
