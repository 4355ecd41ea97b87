"""Trouble on the API side, on request: too many calls, errors, silence, and answers that get lost."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.platforms.platform import Platform


class FaultKind(StrEnum):
    """What goes wrong."""

    TOO_MANY = "too_many"
    """Refused, with a Retry-After; nothing was done."""
    BROKEN = "broken"
    """Refused with the platform's own server error; nothing was done."""
    DONE_BUT_BROKEN = "done_but_broken"
    """A bare 502, although it was done."""
    HANGING = "hanging"
    """No answer for `seconds`, then the connection closes; nothing was done."""
    HANG_UP = "hang_up"
    """The connection closes at once; nothing was done."""
    DONE_BUT_LOST = "done_but_lost"
    """It was done, but the connection closes before the answer."""
    SLOW = "slow"
    """Everything is right, `seconds` late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One sort of trouble: for the next `times` calls (None: for ever), each with a probability of `share`.

    `path_ends` limits it to some calls, `seconds` is how long it hangs or asks to wait.
    """

    kind: FaultKind
    times: int | None = 1
    share: float = 1.0
    seconds: float = 1.0
    path_ends: str = ""


class Faults:
    """What is wrong with one platform. Faults apply in the order they were asked for, one to a call."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._faults: list[Fault] = []
        self.applied: dict[FaultKind, int] = {}

    def add(self, fault: Fault) -> None:
        """From now on, this too."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self._faults.clear()

    def next_for(self, path: str) -> Fault | None:
        """What befalls a call to this path."""
        for index, fault in enumerate(self._faults):
            if path.endswith(fault.path_ends) and self._chance.random() < fault.share:
                self._count_down(index, fault)
                self.applied[fault.kind] = self.applied.get(fault.kind, 0) + 1
                return fault
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._faults[index]
        else:
            self._faults[index] = replace(fault, times=fault.times - 1)


class FaultyApp:
    """A platform's API with whatever is wrong with it. `hang_up` closes the connection that a scope came over."""

    def __init__(self, app: ASGIApp, *, platform: Platform, faults: Faults, hang_up: Callable[[Scope], None]) -> None:
        self._app, self._platform, self._faults, self._hang_up = app, platform, faults, hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._faults.next_for(scope.get("path", "")) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        match fault.kind:
            case FaultKind.TOO_MANY:
                answer = self._platform.says_too_many(retry_after_seconds=max(1, int(fault.seconds)))
                await answer(scope, receive, send)
            case FaultKind.BROKEN:
                await self._platform.says_broken()(scope, receive, send)
            case FaultKind.SLOW:
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case FaultKind.DONE_BUT_BROKEN:
                await self._app(scope, receive, _dropped)
                await send({"type": "http.response.start", "status": 502, "headers": [(b"content-length", b"0")]})
                await send({"type": "http.response.body", "body": b""})
            case _:
                await self._close(fault, scope, receive)

    async def _close(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        if fault.kind is FaultKind.DONE_BUT_LOST:
            await self._app(scope, receive, _dropped)
        elif fault.kind is FaultKind.HANGING:
            await _until_gone(receive, seconds=fault.seconds)
        self._hang_up(scope)
        # The server must have noticed before this returns, or it would answer for us.
        await _until_gone(receive, seconds=1)


async def _dropped(_message: Message) -> None:
    """Swallow an answer."""


async def _until_gone(receive: Receive, *, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
