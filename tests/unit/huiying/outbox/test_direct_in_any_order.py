"""Whatever happens to the bus and to the process: what was accepted arrives, in order of its key."""

import asyncio
import tempfile
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from huiying.errors import Unavailable
from huiying.events.accounts import AccountRemoved
from huiying.events.registry import TOPIC_OF
from huiying.outbox import direct as directs
from huiying.outbox.direct import Direct
from huiying.outbox.spool import Spool
from huiying.settings import LogDurability
from tests.support.clock import START, FrozenClock
from tests.support.flaky import Flaky

KEYS = st.sampled_from("ab")


class DirectMachine(RuleBasedStateMachine):
    """An edge, its spool, and a bus that comes and goes."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(directs, "DRAIN_EVERY_SECONDS", 0)
        self.directory = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.bus = Flaky()
        self.accepted: dict[str, list[int]] = defaultdict(list)
        self.number = 0
        self.open()

    def open(self) -> None:
        """A process starts over what a former one left."""
        self.spool = Spool(
            Path(self.directory.name),
            topics=[TOPIC_OF[AccountRemoved]],
            limit_bytes=600,
            durability=LogDurability.NORMAL,
        )
        self.runner.run(self.spool.start())
        self.direct = Direct(transport=self.bus, spool=self.spool, clock=FrozenClock(), source="test")

    @rule(key=KEYS)
    def tell(self, key: str) -> None:
        self.number += 1
        fact = AccountRemoved(account_id=key, brand=str(self.number), removed_at=START)
        try:
            self.runner.run(self.direct.tell(fact))
        except Unavailable:
            return
        self.accepted[key].append(self.number)

    @rule(key=KEYS)
    def tell_in_vain(self, key: str) -> None:
        self.bus.is_away = True
        self.tell(key)

    @rule()
    def the_bus_comes_back(self) -> None:
        self.bus.is_away = self.bus.is_vague = False

    @rule()
    def the_bus_answers_too_late(self) -> None:
        self.bus.is_vague = True

    @rule()
    def drain(self) -> None:
        self.runner.run(self.direct._drain(self.spool))

    @rule()
    def restart(self) -> None:
        self.runner.run(self.spool.stop())
        self.open()

    @rule()
    def crash_while_draining(self) -> None:
        self.bus._crashes = 1
        try:
            self.runner.run(self.direct._drain(self.spool))
        except ConnectionResetError:
            self.restart()
        self.bus._crashes = 0

    @invariant()
    def nothing_overtakes(self) -> None:
        for key, numbers in self.arrived().items():
            assert numbers == self.accepted[key][: len(numbers)]

    def arrived(self) -> dict[str, list[int]]:
        """What was accepted and has arrived, by key, each where it came first."""
        first: dict[str, dict[int, None]] = defaultdict(dict)
        for record in self.bus.records:
            key, number = record.key.decode(), int(msgspec.json.decode(record.value)["brand"])
            if number in self.accepted[key]:
                first[key].setdefault(number)
        return {key: list(numbers) for key, numbers in first.items()}

    def teardown(self) -> None:
        self.bus.is_away = self.bus.is_vague = False
        self.runner.run(self.direct._drain(self.spool))
        arrived = self.arrived()
        self.runner.run(self.spool.stop())
        self.runner.close()
        self.directory.cleanup()
        self.patch.undo()
        assert arrived == {key: numbers for key, numbers in self.accepted.items() if numbers}


TestDirectInAnyOrder = DirectMachine.TestCase
TestDirectInAnyOrder.settings = settings(
    max_examples=60, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
