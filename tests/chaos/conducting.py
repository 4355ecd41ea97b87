"""One run from beginning to end: load and trouble, then quiet, then the check."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from huiying.errors import Unavailable
from simulator.facade import Simulator
from tests.chaos.apis import APIs
from tests.chaos.checker import Verdict, check
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.observing import Observer, Progress
from tests.chaos.plan import Pauses, Plan
from tests.chaos.replies import Agent, let_platforms_be_rough, texts_at_the_platforms
from tests.chaos.troubles import Damage, Killer
from tests.chaos.worlds import Stage, a_stage
from tests.support.platforms import a_simulator

BRAND = "chaos"
_LOOK_EVERY_SECONDS = 1.0

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run did and what became of it."""

    plan: Plan
    damage: Damage
    ledger: Ledger
    verdict: Verdict
    load_seconds: float
    drained_after_seconds: float

    @property
    def figures(self) -> dict[str, object]:
        """The run as JSON."""
        ledger, damage = self.ledger, self.damage
        return {
            **asdict(self.plan),
            "seconds": round(self.load_seconds, 1),
            "kills_made": damage.kill_count,
            "kills_by_process": damage.kills,
            "failed_starts": damage.failed_starts,
            "median_recovery_seconds": damage.median(),
            "longest_recovery_seconds": damage.longest("kill"),
            "outage_recovery_seconds": {name: damage.longest(name) for name in self.plan.outages},
            "said": len(ledger.sent),
            "said_per_second": round(len(ledger.sent) / self.load_seconds, 1),
            "attempts": ledger.attempts,
            "acknowledged": len(ledger.acknowledged),
            "acknowledgements": ledger.acknowledgements,
            "longest_wait_for_acknowledgement_seconds": round(ledger.longest_wait_seconds, 1),
            "drained_after_seconds": round(self.drained_after_seconds, 1),
            **asdict(self.verdict),
        }


async def conduct(plan: Plan, *, directory: Path, say: Say = lambda _: None) -> Result:
    """Make the run in `directory`. What it broke is in the result; what it could not even start is raised."""
    with a_stage(plan.mode, directory) as stage:
        async with a_simulator() as sim, APIs(stage.world) as apis:
            await stage.world.connect(sim, brand=BRAND)
            let_platforms_be_rough(sim)
            return await _run(plan, stage, sim, apis, say)


async def _run(plan: Plan, stage: Stage, sim: Simulator, apis: APIs, say: Say) -> Result:
    ledger = Ledger()
    load = Load(plan, sim=sim, hooks_url=stage.world.hooks_url, ledger=ledger)
    agent = Agent(plan, apis=apis, brand=BRAND)
    killer = Killer(plan, world=stage.world, servers=stage.servers, apis=apis, say=say)
    began = time.monotonic()
    async with asyncio.TaskGroup() as work:
        work.create_task(load.run())
        work.create_task(agent.run())
        await killer.run()
        load.stop()
        agent.stop()
    loaded = time.monotonic()
    say(f"{len(ledger.sent)} said, {len(ledger.acknowledged)} acknowledged")
    sim.behave()
    await sim.echoes_delivered()
    observer = Observer(apis=apis, databases=stage.databases, brand=BRAND)
    await _drained(observer, ledger, replies=len(agent.desk.accepted), patience_seconds=plan.patience_seconds)
    drained = time.monotonic()
    found = await observer.found(at_platforms=texts_at_the_platforms(sim))
    return Result(
        plan=plan,
        damage=killer.damage,
        ledger=ledger,
        verdict=check(ledger, agent.desk, found),
        load_seconds=loaded - began,
        drained_after_seconds=drained - loaded,
    )


async def _drained(observer: Observer, ledger: Ledger, *, replies: int, patience_seconds: float) -> None:
    """Return when all is through, or when nothing has moved for so long that it never will be."""
    pauses, moved_at = Pauses(), time.monotonic()
    last: Progress | None = None
    while time.monotonic() - moved_at < patience_seconds:
        progress = await _progress(observer)
        if progress is not None and progress == last and _is_through(progress, ledger, replies):
            return
        if progress is not None and progress != last:
            last, moved_at = progress, time.monotonic()
        await pauses.pause(_LOOK_EVERY_SECONDS)


async def _progress(observer: Observer) -> Progress | None:
    try:
        return await observer.progress()
    except Unavailable:
        return None


def _is_through(progress: Progress, ledger: Ledger, replies: int) -> bool:
    return (
        progress.waiting_in_outboxes == 0
        and progress.deliveries >= ledger.acknowledgements
        and progress.filed >= len(ledger.acknowledged)
        and progress.filed == progress.assessed == progress.counted == progress.read
        and progress.replies_ended >= replies
    )
