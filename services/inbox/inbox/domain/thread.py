"""A thread and all that may happen to it.

Two watermarks on the times of what people said keep its counts right in whatever order things arrive: `seen_until`,
up to which nothing is unread, and `answered_until`, up to which nobody waits.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from huiying.errors import Conflict
from huiying.events.assessments import SentimentLabel
from huiying.events.interactions import Direction, Kind
from inbox.domain.reading import Reading, Readings


class Status(StrEnum):
    """Whose turn it is: ours, theirs, nobody's until later, nobody's any more."""

    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class ThreadClaimed(Conflict):
    """Somebody else has claimed the thread."""

    code = "thread_claimed"


class ThreadClosed(Conflict):
    """The thread is resolved; it must be reopened first."""

    code = "thread_closed"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One message, as far as a thread is concerned."""

    direction: Direction
    kind: Kind
    text: str | None
    at: datetime
    contact_id: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer means for the figures. A partial one came late: people have said more since."""

    response_seconds: float | None
    is_first: bool
    is_partial: bool


class Thread(msgspec.Struct, kw_only=True):
    """One thread as it stands. `version` counts its changes."""

    id: str
    account_id: str
    brand: str
    platform: str
    kind: Kind
    created_at: datetime
    updated_at: datetime
    open_since: datetime
    status: Status = Status.OPEN
    snoozed_until: datetime | None = None
    assignee: str | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    contact_id: str | None = None
    contact_at: datetime | None = None
    post_id: str | None = None
    post_url: str | None = None
    post_title: str | None = None
    readings: Readings = Readings()
    sentiment: SentimentLabel | None = None
    sentiment_at: datetime | None = None
    urgency: float = 0.0
    last_message_text: str | None = None
    last_message_at: datetime
    last_message_direction: Direction
    message_count: int = 0
    unread: int = 0
    last_inbound_at: datetime | None = None
    waiting_since: datetime | None = None
    seen_until: datetime | None = None
    answered_until: datetime | None = None
    was_answered: bool = False
    merged_into: str | None = None
    version: int = 0

    def hear(self, said: Said, *, now: datetime) -> bool:
        """Take in what a person said; whether that reopened the thread."""
        self._note(said)
        is_reopened = self.status is Status.RESOLVED
        self.last_inbound_at = _later(self.last_inbound_at, said.at)
        if said.contact_id is not None and (self.contact_at is None or said.at < self.contact_at):
            self.contact_id, self.contact_at = said.contact_id, said.at
        if is_reopened or self.seen_until is None or said.at > self.seen_until:
            self.unread += 1
        if self.answered_until is None or said.at > self.answered_until:
            self.waiting_since = _earlier(self.waiting_since, said.at)
        self.status, self.snoozed_until = Status.OPEN, None
        if is_reopened:
            self.open_since = now
        return is_reopened

    def speak(self, said: Said) -> None:
        """Take in what the brand said, before it counts as an answer."""
        self._note(said)

    def answer(self, *, at: datetime, until: datetime) -> Answer | None:
        """The brand answered `at` that time all that was said `until` then; None if nobody is known to have spoken."""
        waited = self.waiting_since if self.waiting_since is not None and self.waiting_since <= until else None
        self.answered_until = until if self.answered_until is None else max(self.answered_until, until)
        self.see(until=until)
        if self.last_inbound_at is None:
            return None
        is_first, self.was_answered = not self.was_answered, True
        is_partial = self.last_inbound_at > self.answered_until
        if not is_partial:
            self.waiting_since = None
            self.read_again(self.readings.answered())
            if self.status is Status.OPEN:
                self.status = Status.PENDING
        seconds = None if waited is None else max(0.0, (at - waited).total_seconds())
        return Answer(response_seconds=seconds, is_first=is_first, is_partial=is_partial)

    def see(self, *, until: datetime | None) -> None:
        """Nothing said until then is unread any more."""
        if until is None:
            return
        self.seen_until = until if self.seen_until is None else max(self.seen_until, until)
        if self.last_inbound_at is None or self.last_inbound_at <= self.seen_until:
            self.unread = 0

    def resolve(self, *, now: datetime) -> float:
        """Close the thread; the seconds since it opened or reopened."""
        self.status, self.snoozed_until = Status.RESOLVED, None
        self.claimed_by = self.claimed_until = None
        self.see(until=self.last_inbound_at)
        self.answered_until, self.waiting_since = _later(self.answered_until, self.last_inbound_at), None
        self.read_again(self.readings.answered())
        return max(0.0, (now - self.open_since).total_seconds())

    def reopen(self, *, now: datetime) -> None:
        """Open the thread again."""
        if self.status is Status.RESOLVED:
            self.open_since = now
        self.status, self.snoozed_until = Status.OPEN, None

    def snooze(self, *, until: datetime) -> None:
        """Put the thread aside until then, or until somebody writes."""
        self.status, self.snoozed_until = Status.SNOOZED, until

    def claim(self, member: str, *, now: datetime, lasting: timedelta) -> None:
        """Lock the thread for one member. Raises ThreadClaimed."""
        self.demand_free(member, now=now)
        self.claimed_by, self.claimed_until = member, now + lasting

    def release(self, member: str, *, now: datetime) -> None:
        """Give a claim back. Raises ThreadClaimed if it is somebody else's."""
        self.demand_free(member, now=now)
        self.claimed_by = self.claimed_until = None

    def holder(self, *, now: datetime) -> str | None:
        """Who has the thread claimed."""
        return self.claimed_by if self.claimed_until is not None and self.claimed_until > now else None

    def demand_free(self, member: str, *, now: datetime) -> None:
        """Go on only if nobody but `member` has the thread claimed. Raises ThreadClaimed."""
        holder = self.holder(now=now)
        if holder is not None and holder != member:
            raise ThreadClaimed(f"thread {self.id} is claimed by {holder} until {self.claimed_until}")

    def read(self, reading: Reading) -> None:
        """Take in how a message reads of which that was not known."""
        waits = self.answered_until is None or reading.said_at > self.answered_until
        self.read_again(self.readings.including(reading, waits=waits))

    def read_again(self, readings: Readings) -> None:
        """Forget how messages read: they read like this now."""
        newest = readings.newest
        self.readings, self.sentiment, self.urgency = readings, readings.sentiment, readings.urgency
        self.sentiment_at = None if newest is None else newest.said_at

    def _note(self, said: Said) -> None:
        self.message_count += 1
        self.created_at = min(self.created_at, said.at)
        if said.kind is Kind.MENTION:
            self.kind = Kind.MENTION
        if self.message_count == 1 or said.at >= self.last_message_at:
            self.last_message_text, self.last_message_at = said.text, said.at
            self.last_message_direction = said.direction


def merge(survivor: Thread, absorbed: Thread) -> None:
    """Make one thread of two: what somebody has taken on stays theirs, and the more open of the two decides.

    How the messages read together depends on what still waits of both, so the survivor is to read them again.
    """
    order = list(Status)
    if order.index(absorbed.status) < order.index(survivor.status):
        survivor.status, survivor.snoozed_until = absorbed.status, absorbed.snoozed_until
    survivor.assignee = survivor.assignee or absorbed.assignee
    if survivor.claimed_by is None:
        survivor.claimed_by, survivor.claimed_until = absorbed.claimed_by, absorbed.claimed_until
    survivor.created_at = min(survivor.created_at, absorbed.created_at)
    survivor.open_since = min(survivor.open_since, absorbed.open_since)
    survivor.kind = Kind.MENTION if Kind.MENTION in {survivor.kind, absorbed.kind} else survivor.kind
    _take_over(survivor, absorbed)
    survivor.message_count += absorbed.message_count
    survivor.unread += absorbed.unread
    survivor.was_answered |= absorbed.was_answered
    survivor.last_inbound_at = _later(survivor.last_inbound_at, absorbed.last_inbound_at)
    survivor.waiting_since = _earlier(survivor.waiting_since, absorbed.waiting_since)
    survivor.seen_until = _later(survivor.seen_until, absorbed.seen_until)
    survivor.answered_until = _later(survivor.answered_until, absorbed.answered_until)
    absorbed.merged_into, absorbed.message_count, absorbed.unread = survivor.id, 0, 0
    absorbed.read_again(Readings())


def _take_over(survivor: Thread, absorbed: Thread) -> None:
    if absorbed.last_message_at > survivor.last_message_at:
        survivor.last_message_text, survivor.last_message_at = absorbed.last_message_text, absorbed.last_message_at
        survivor.last_message_direction = absorbed.last_message_direction
    if absorbed.contact_at is not None and (survivor.contact_at is None or absorbed.contact_at < survivor.contact_at):
        survivor.contact_id, survivor.contact_at = absorbed.contact_id, absorbed.contact_at
    survivor.post_id = survivor.post_id or absorbed.post_id
    survivor.post_url = survivor.post_url or absorbed.post_url
    survivor.post_title = survivor.post_title or absorbed.post_title


def _later(known: datetime | None, at: datetime | None) -> datetime | None:
    if known is None or at is None:
        return known or at
    return max(known, at)


def _earlier(known: datetime | None, at: datetime | None) -> datetime | None:
    if known is None or at is None:
        return known or at
    return min(known, at)
