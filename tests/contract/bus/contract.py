"""What every transport must keep. A test module subclasses TransportContract and gives it a `world`."""

from typing import ClassVar

import pytest

from tests.contract.bus.identity import Identity
from tests.contract.bus.reading import Reading
from tests.contract.bus.storing import Storing
from tests.contract.bus.world import Capabilities


class TransportContract(Storing, Reading, Identity):
    """The promises of huiying.bus.transport, one test each."""

    capabilities: ClassVar[Capabilities]

    @pytest.fixture(autouse=True)
    def gaps_must_fail(self, request: pytest.FixtureRequest) -> None:
        needed = getattr(request.function, "needed_capability", None)
        if needed is not None and not getattr(self.capabilities, needed):
            request.applymarker(pytest.mark.xfail(reason=f"this transport is not {needed}", strict=True))
