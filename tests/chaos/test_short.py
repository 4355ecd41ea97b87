"""A few kills in each mode, so that every change meets them; `make chaos` makes many."""

from pathlib import Path

import pytest

from tests.chaos.conducting import conduct
from tests.chaos.plan import Plan

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

_ONE_MACHINE = Plan(mode="one_machine", kills=3, rate=60, gap_seconds=2, reply_every_seconds=1)
_KAFKA = Plan(mode="kafka", kills=2, rate=30, gap_seconds=2, reply_every_seconds=1, outages=("broker_killed",))


@pytest.mark.parametrize("plan", [_ONE_MACHINE, _KAFKA], ids=lambda plan: plan.mode)
async def test_what_was_acknowledged_is_filed_assessed_and_counted_once_whatever_is_killed(
    plan: Plan, tmp_path: Path
) -> None:
    result = await conduct(plan, directory=tmp_path)

    assert result.verdict.wrong == []
    assert result.damage.kill_count >= plan.kills
    assert result.verdict.filed >= len(result.ledger.acknowledged) > 0
