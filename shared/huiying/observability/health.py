"""Whether this process is alive, and whether it is ready for work: named checks, each within a limit."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from huiying.errors import Failure

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[None]]
"""Returns when all is well; raises a Failure when not."""

OK = "ok"


class Verdict(msgspec.Struct, frozen=True):
    """What the checks said: `ok`, or the code of the failure, by name. It is public, so it holds no reasons."""

    is_ok: bool
    checks: dict[str, str]


class Health:
    """The checks of one process.

    Being ready is about what this process needs, being alive about what only a restart can mend.
    """

    def __init__(self, *, timeout_seconds: float = 2.0) -> None:
        self._timeout_seconds = timeout_seconds
        self._ready: dict[str, Check] = {}
        self._alive: dict[str, Check] = {}
        self._is_draining = False

    def needs(self, name: str, check: Check) -> None:
        """Without this the process is not ready."""
        self._ready[name] = check

    def lives_by(self, name: str, check: Check) -> None:
        """Without this the process ought to be restarted."""
        self._alive[name] = check

    def drain(self) -> None:
        """Be ready no more: this process is about to stop."""
        self._is_draining = True

    async def liveness(self) -> Verdict:
        """Whether the process can go on as it is."""
        return await self._ask(self._alive)

    async def readiness(self) -> Verdict:
        """Whether the process can do its work now."""
        if self._is_draining:
            return Verdict(is_ok=False, checks={"process": "draining"})
        return await self._ask({**self._alive, **self._ready})

    async def _ask(self, checks: dict[str, Check]) -> Verdict:
        answers = await asyncio.gather(*(self._answer(name, check) for name, check in checks.items()))
        return Verdict(is_ok=all(answer == OK for answer in answers), checks=dict(zip(checks, answers, strict=True)))

    async def _answer(self, name: str, check: Check) -> str:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await check()
        except TimeoutError:
            return "timeout"
        except Failure as failure:
            log.warning("check_failed", check=name, code=failure.code, reason=str(failure))
            return failure.code
        return OK
