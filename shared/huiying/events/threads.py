"""What happens to threads, as the inbox tells it."""

from datetime import datetime
from typing import ClassVar

from huiying.events.envelope import Event


class _ThreadFact(Event, frozen=True, kw_only=True):
    """What all facts about a thread have in common."""

    thread_id: str
    brand: str
    platform: str
    kind: str
    account_id: str
    occurred_at: datetime

    @property
    def key(self) -> str:
        return self.thread_id


class ThreadOpened(_ThreadFact, frozen=True, kw_only=True):
    """A first interaction opened a thread."""

    type: ClassVar[str] = "thread.opened"


class ThreadAnswered(_ThreadFact, frozen=True, kw_only=True):
    """The brand answered.

    `response_seconds` runs from the oldest unanswered message to the answer; `first` marks the thread's first answer.
    `answer_id` is the outbound message's id: an answer is told once, however it came to be known.
    """

    type: ClassVar[str] = "thread.answered"

    answer_id: str
    response_seconds: float | None = None
    first: bool = False
    member_id: str | None = None


class ThreadAssigned(_ThreadFact, frozen=True, kw_only=True):
    """A thread got another assignee, or none."""

    type: ClassVar[str] = "thread.assigned"

    assignee: str | None = None


class ThreadResolved(_ThreadFact, frozen=True, kw_only=True):
    """Somebody closed the thread; `resolution_seconds` runs from its opening or last reopening."""

    type: ClassVar[str] = "thread.resolved"

    resolution_seconds: float
    member_id: str | None = None


class ThreadReopened(_ThreadFact, frozen=True, kw_only=True):
    """A resolved thread is open again: by a member, or because its author wrote again."""

    type: ClassVar[str] = "thread.reopened"

    member_id: str | None = None
