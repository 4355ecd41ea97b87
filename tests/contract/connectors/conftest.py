"""Every test that asks for `rig` runs once per connector that has a hook, and way of signing."""

import pytest

from tests.contract.connectors.rig import Rig
from tests.contract.connectors.rigs import RIGS


@pytest.fixture(params=[rig for rig in RIGS if rig.has_hook], ids=lambda rig: rig.name)
def rig(request: pytest.FixtureRequest) -> Rig:
    chosen: Rig = request.param
    return chosen
