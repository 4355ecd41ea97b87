"""A topic that somebody deleted and made again holds other records under the same numbers: nobody may go on in it."""

from pathlib import Path

import pytest

from huiying.events.interactions import InteractionReceived
from huiying.events.registry import TOPIC_OF
from tests.chaos.apis import APIs
from tests.chaos.worlds import a_stage
from tests.integration.bus.kafka_world import recreate
from tests.support.eventually import eventually
from tests.support.platforms import a_simulator

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

_READERS = ("scoring", "inbox", "reporting")
_UNAVAILABLE, _OK = 503, 200


async def test_readers_of_a_topic_that_was_made_again_stop_and_say_so_while_the_edge_goes_on(tmp_path: Path) -> None:
    with a_stage("kafka", tmp_path) as stage:
        assert stage.servers is not None
        async with a_simulator() as sim, APIs(stage.world) as apis:
            await stage.world.connect(sim, brand="tea")
            await sim.deliver(sim.generic.message("before"))
            await eventually(lambda: _texts(apis, ["before"]), timeout_seconds=30)

            await recreate(stage.servers.broker.bootstrap_servers, TOPIC_OF[InteractionReceived])
            after = await sim.deliver(sim.generic.message("after"))

            await eventually(lambda: _all_refuse(apis), timeout_seconds=60)
            assert after.is_acknowledged
            assert (await apis.readiness("ingest"))[0] == _OK
            assert await _texts(apis, ["before"])
    for name in _READERS:
        assert "log_replaced" in (tmp_path / f"{name}.log").read_text()


async def _all_refuse(apis: APIs) -> bool:
    statuses = {name: (await apis.readiness(name))[0] for name in _READERS}
    assert statuses == dict.fromkeys(_READERS, _UNAVAILABLE)
    return True


async def _texts(apis: APIs, expected: list[str]) -> bool:
    threads = [thread["id"] async for thread in apis.every("inbox", "/threads", brand="tea")]
    texts = [
        message["text"]
        for thread_id in threads
        async for message in apis.every("inbox", f"/threads/{thread_id}/messages")
    ]
    assert texts == expected
    return True
