"""Every platform's hook takes what the platform proves, and keeps nothing that somebody else sends."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.connectors.rig import NOW, Rig
from tests.contract.connectors.rigs import RIGS
from tests.support.clock import FrozenClock
from tests.support.edges import Edge, an_edge

HOOKS = [rig for rig in RIGS if rig.has_hook]
# WebSub wants a hub told nothing that helps it to guess: it is answered as if all were well.
ANSWERED_ALL_THE_SAME = {"youtube": 202}


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    async with an_edge(tmp_path, now=FrozenClock(NOW)) as it:
        yield it


@pytest.mark.parametrize("rig", HOOKS, ids=str)
async def test_a_hook_keeps_what_its_platform_proves_and_nothing_else(edge: Edge, rig: Rig) -> None:
    account, request = await edge.connects(rig.connector.platform, rig.credentials()), rig.request()

    refused = await edge.asked(account, rig.request(generation="forged"))
    kept_of_it = await edge.accepted()
    taken = await edge.asked(account, request)

    (delivery,) = await edge.accepted()
    assert refused.status_code == ANSWERED_ALL_THE_SAME.get(rig.connector.platform, 401)
    assert kept_of_it == []
    assert taken.is_success, taken.text
    assert (delivery.platform, delivery.proof, delivery.body) == (rig.connector.platform, rig.proof, request.body)
