"""Claiming a thread, so that nobody else works on it, and giving it back."""

from huiying.auth.principals import Permission
from inbox.domain.thread import Thread
from inbox.storage.unit import InboxUnit
from inbox.usecases.take_thread import Request, take_thread


async def claim_thread(unit: InboxUnit, asked: Request) -> Thread:
    """Lock the thread for whoever asks, or prolong their lock. Raises ThreadClaimed."""
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_WORK)
    thread.claim(asked.principal.subject, now=unit.clock.now(), lasting=unit.tools.claim_lifetime)
    await desk.clear()
    return thread


async def release_thread(unit: InboxUnit, asked: Request) -> Thread:
    """Give the lock back. Raises ThreadClaimed if it is somebody else's."""
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_WORK)
    thread.release(asked.principal.subject, now=unit.clock.now())
    await desk.clear()
    return thread
