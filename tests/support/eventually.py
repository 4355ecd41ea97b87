"""Waiting for something to become true, with a deadline instead of a sleep."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

_NOT_YET = object()


@overload
async def eventually(
    check: Callable[[], Awaitable[T]], *, timeout_seconds: float = 20.0, every_seconds: float = 0.02
) -> T: ...


@overload
async def eventually(check: Callable[[], T], *, timeout_seconds: float = 20.0, every_seconds: float = 0.02) -> T: ...


async def eventually(check: Callable[[], Any], *, timeout_seconds: float = 20.0, every_seconds: float = 0.02) -> Any:
    """Ask `check` until its answer is true, and return that answer; fail at the deadline with its last words.

    An AssertionError from `check` means "not yet"; anything else it raises is let through at once, being a mistake in
    the check and nothing to wait for. A check made of asserts ends with `return True`: no answer is not a yes.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        answer, complaint = await _asked(check)
        if complaint is None:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {timeout_seconds} s: {complaint}") from complaint
        await asyncio.sleep(every_seconds)


async def _asked(check: Callable[[], Any]) -> tuple[object, AssertionError | None]:
    try:
        answer = check()
        if inspect.isawaitable(answer):
            answer = await answer
    except AssertionError as complaint:
        return _NOT_YET, complaint
    if answer:
        return answer, None
    return _NOT_YET, AssertionError(f"{getattr(check, '__qualname__', 'the check')} answered {answer!r}")
