"""Alive and ready: named checks, each within a limit."""

import asyncio

from huiying.errors import Unavailable
from huiying.observability.health import Health


async def fine() -> None:
    return


async def away() -> None:
    raise Unavailable("postgresql://user:password@db is away")


async def stuck() -> None:
    await asyncio.Event().wait()


async def test_a_process_is_ready_when_all_it_needs_is_there() -> None:
    health = Health()
    health.needs("database", fine)
    health.lives_by("consumer", fine)

    verdict = await health.readiness()

    assert (verdict.is_ok, verdict.checks) == (True, {"consumer": "ok", "database": "ok"})


async def test_what_is_missing_is_named_and_its_reason_is_not() -> None:
    health = Health(timeout_seconds=0.05)
    health.needs("database", away)
    health.needs("bus", stuck)
    health.needs("spool", fine)

    verdict = await health.readiness()

    assert (verdict.is_ok, verdict.checks) == (False, {"database": "unavailable", "bus": "timeout", "spool": "ok"})


async def test_what_is_only_needed_does_not_decide_about_life() -> None:
    health = Health()
    health.needs("database", away)

    assert (await health.liveness()).is_ok
    health.lives_by("consumer", away)
    assert not (await health.liveness()).is_ok


async def test_a_draining_process_is_not_ready_and_still_alive() -> None:
    health = Health()

    health.drain()

    assert not (await health.readiness()).is_ok
    assert (await health.liveness()).is_ok
