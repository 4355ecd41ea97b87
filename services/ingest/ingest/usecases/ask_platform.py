"""Ask a platform something, and say in one word what came of it if it was no answer."""

import asyncio
from collections.abc import Awaitable
from enum import StrEnum
from typing import TypeVar

import msgspec

from huiying.errors import Rejected, Unavailable
from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown
from ingest.clients.connectors.connector import CallRefused, RateLimited

T = TypeVar("T")

_DETAIL_CHARACTERS = 500


class TroubleKind(StrEnum):
    """Why there is no answer: not allowed, only the owner can help, too often, or not now."""

    REFUSED = "refused"
    RECONNECT = "reconnect"
    LIMITED = "limited"
    AWAY = "away"


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """No answer, and why. `retry_after_seconds` is what the platform asks for, if anything."""

    kind: TroubleKind
    detail: str
    retry_after_seconds: int = 0


async def ask(question: Awaitable[T], *, timeout_seconds: float) -> T | Trouble:
    """The answer, or what came instead. Bugs are let through."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await question
    except CallRefused as refusal:
        needs_owner = refusal.reason is FailureReason.NEEDS_RECONNECT
        return _trouble(TroubleKind.RECONNECT if needs_owner else TroubleKind.REFUSED, refusal)
    except RateLimited as limit:
        return _trouble(TroubleKind.LIMITED, limit, retry_after_seconds=limit.retry_after_seconds)
    except Unavailable as failure:
        return _trouble(TroubleKind.AWAY, failure, retry_after_seconds=failure.retry_after_seconds)
    except (Rejected, OutcomeUnknown) as failure:
        # An answer that makes no sense, or none at all: to read once more does no harm.
        return _trouble(TroubleKind.AWAY, failure)
    except TimeoutError:
        return Trouble(kind=TroubleKind.AWAY, detail=f"no answer within {timeout_seconds:g} s")


def _trouble(kind: TroubleKind, error: Exception, *, retry_after_seconds: int = 0) -> Trouble:
    return Trouble(kind=kind, detail=str(error)[:_DETAIL_CHARACTERS], retry_after_seconds=retry_after_seconds)
