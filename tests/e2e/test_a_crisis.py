"""A crisis from the platforms' webhooks to its alarm. The days are past ones, told in seconds."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from huiying.clock import SystemClock
from huiying.ids import new_token
from simulator.facade import Simulator
from simulator.happening import Happening
from simulator.manners import Manners
from tests.chaos.databases import Files
from tests.support.eventually import eventually
from tests.support.past_days import a_source, days_with_a_crisis, days_with_a_promotion, deliver, last_noon, tell
from tests.support.servers import available
from tests.support.world import World, on_kafka, one_machine

pytestmark = pytest.mark.timeout(300)

# A killed worker's job is taken up by the next one when its lease has run out.
PATIENCE_SECONDS = 90
# What docs/detection.md states of crises that grow within half an hour.
_STATED_DELAY = timedelta(minutes=40)
_QUICKLY = {"HUIYING_SCORING_EVALUATION_EVERY": "PT2S"}
_MIXED = Manners(mixed_within=40, burst=20)


@pytest.fixture(scope="module", params=["one_machine", pytest.param("kafka_and_postgresql", marks=pytest.mark.servers)])
def watching(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All services, looking for crises every two seconds."""
    directory: Path = tmp_path_factory.mktemp("watching")
    if request.param == "one_machine":
        with one_machine(directory, **_QUICKLY) as found:
            yield found
        return
    kafka_servers = request.getfixturevalue("kafka_servers")
    with (
        available.database(request.getfixturevalue("postgres_servers")) as database_url,
        on_kafka(directory, kafka_servers=kafka_servers, database_url=database_url, **_QUICKLY) as found,
    ):
        yield found


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A platform."""
    async with a_source() as found:
        yield found


@pytest.fixture
def noon() -> datetime:
    """When it began."""
    return last_noon(SystemClock().now())


async def test_a_crisis_opens_one_alarm_with_its_explanation_rises_falls_and_closes(
    watching: World, sim: Simulator, noon: datetime
) -> None:
    brand = await _connected(watching, sim)

    assert await tell(sim, days_with_a_crisis(noon), manners=_MIXED) == []

    alert = await _alert(watching, brand, status="closed")
    severities = [turn["figures"]["severity"] for turn in alert["timeline"]]
    words = {change["value"] for change in alert["explanation"]["changes"] if change["kind"] == "word"}
    assert noon <= _instant(alert["opened_at"]) <= noon + _STATED_DELAY
    assert severities[0] < max(severities) > severities[-1]
    assert words & {"塑料", "碎片", "plastic", "batch"}
    assert all(change["interactions"] for change in alert["explanation"]["changes"])
    assert {voice["interaction_id"] for voice in alert["voices"]} >= {*alert["samples"]}
    assert any("碎片" in voice["text"] or "plastic" in voice["text"].lower() for voice in alert["voices"])


async def test_a_promotion_alarms_nobody(watching: World, sim: Simulator, noon: datetime) -> None:
    brand = await _connected(watching, sim)

    assert await tell(sim, days_with_a_promotion(noon), manners=_MIXED) == []

    # What another brand is alarmed about was told afterwards, and judged with this or after it.
    async with a_source() as other:
        other_brand = await _connected(watching, other)
        await tell(other, days_with_a_crisis(noon))
        await _alert(watching, other_brand, status="closed")
    assert await _alerts(watching, brand) == []


async def test_killed_consumers_change_no_window_and_a_replay_makes_the_same_alarms(
    tmp_path: Path, noon: datetime
) -> None:
    brand, source = f"brand-{new_token(8)}", f"source-{new_token(8)}"
    days = days_with_a_crisis(noon)

    for name in ("unkilled", "killed"):
        (tmp_path / name).mkdir()
    unkilled = await _played(tmp_path / "unkilled", days, brand=brand, source=source, kills=0)
    killed = await _played(tmp_path / "killed", days, brand=brand, source=source, kills=2)

    assert killed["counts"] == unkilled["counts"]
    assert sum(total for _, _, total, _ in unkilled["counts"]) > len(days) / 2
    assert killed["alert"] == unkilled["alert"]


async def _played(directory: Path, days: Sequence[Happening], *, brand: str, source: str, kills: int) -> dict[str, Any]:
    """The counts and alarms of an installation that hears of these days, and is killed so often meanwhile."""
    with one_machine(directory, **_QUICKLY) as world:
        async with a_source(source) as sim:
            await world.connect(sim, brand=brand)
            *parts, last = (days[part :: kills + 1] for part in range(kills + 1))
            for part in parts:
                await _told_and_killed(world, sim, part)
            await _delivered(sim, await tell(sim, last, manners=_MIXED))
        alert = await _alert(world, brand, status="closed")
        query = "SELECT watch_id, minute, total, negative FROM minute_counts ORDER BY watch_id, minute"
        counts = Files(directory / "data").rows("scoring", query)
    return {"counts": counts, "alert": (alert["id"], alert["opened_at"], alert["timeline"])}


async def _told_and_killed(world: World, sim: Simulator, part: Sequence[Happening]) -> None:
    """The installation is killed once it has taken a hundred of these in, and told the others when it is back."""
    taken = sim.statistics.acknowledged
    telling = asyncio.create_task(tell(sim, part, manners=_MIXED))
    await eventually(lambda: sim.statistics.acknowledged > taken + 100, timeout_seconds=PATIENCE_SECONDS)
    world.kill("huiying")
    left = await telling
    world.start("huiying")
    await _delivered(sim, left)


async def _delivered(sim: Simulator, left: list[Any]) -> None:
    """A platform tells again what nobody took."""
    while left:
        left = await deliver(sim, left)


async def _connected(world: World, sim: Simulator) -> str:
    brand = f"brand-{new_token(8)}"
    await world.connect(sim, brand=brand)
    return brand


async def _alerts(world: World, brand: str) -> list[dict[str, Any]]:
    async with world.api("scoring") as scoring:
        return list((await scoring.get("/alerts", params={"brand": brand})).json()["items"])


async def _alert(world: World, brand: str, *, status: str) -> dict[str, Any]:
    """The one alarm of a brand, once it stands so."""

    async def stands() -> bool:
        return [alert["status"] for alert in await _alerts(world, brand)] == [status]

    assert await eventually(stands, timeout_seconds=PATIENCE_SECONDS, every_seconds=0.5)
    [found] = await _alerts(world, brand)
    async with world.api("scoring") as scoring:
        detail: dict[str, Any] = (await scoring.get(f"/alerts/{found['id']}")).json()
    return detail


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
