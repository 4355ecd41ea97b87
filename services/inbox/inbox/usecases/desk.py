"""The threads that one transaction works on: taken out once, changed in memory, put back once."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy

import msgspec

from huiying.events.interactions import Interaction
from huiying.events.threads import ThreadAnswered, ThreadOpened
from huiying.outbox.changes import Change
from inbox.domain.filing import THREAD_KIND
from inbox.domain.reading import Reading
from inbox.domain.thread import Answer, Thread, merge
from inbox.storage import readings
from inbox.storage import threads as stored
from inbox.storage.unit import InboxUnit

THREAD_CHANGED = "thread.changed"


class Desk:
    """Some threads, locked, until `clear` stores what became of them and lets everybody know."""

    def __init__(self, unit: InboxUnit, threads: dict[str, Thread]) -> None:
        self._unit = unit
        self._before = {thread_id: copy(thread) for thread_id, thread in threads.items()}
        self._threads = threads
        self._touched: set[str] = set()
        self._uncounted: set[str] = set()
        self._reread: set[str] = set()

    @classmethod
    async def lay(cls, unit: InboxUnit, thread_ids: Collection[str]) -> "Desk":
        """A desk with these threads on it."""
        return cls(unit, await stored.load(unit.session, thread_ids))

    def get(self, thread_id: str) -> Thread:
        """A thread that is on the desk, to be changed."""
        self._touched.add(thread_id)
        return self._threads[thread_id]

    def peek(self, thread_id: str) -> Thread:
        """A thread that is on the desk, to be looked at."""
        return self._threads[thread_id]

    def open(self, thread_id: str, interaction: Interaction) -> Thread:
        """The thread, to be changed; a new one if this interaction is its first."""
        if thread_id not in self._threads:
            self._threads[thread_id] = self._opened(thread_id, interaction)
        thread = self.get(thread_id)
        target = interaction.target
        if target is not None and thread.post_id is None:
            thread.post_id, thread.post_url, thread.post_title = target.post_id, target.post_url, target.post_title
        return thread

    def merge(self, merged: Mapping[str, str]) -> None:
        """Join threads that turned out to be one: absorbed id to surviving id."""
        for absorbed_id, survivor_id in merged.items():
            absorbed = self._threads.get(absorbed_id)
            if absorbed is None:
                continue
            if survivor_id not in self._threads:
                blank = msgspec.structs.replace(absorbed, id=survivor_id, version=0, message_count=0, unread=0)
                self._threads[survivor_id] = blank
            merge(self.get(survivor_id), self.get(absorbed_id))
            self.read_again(survivor_id)

    def count_again(self, thread: Thread) -> None:
        """Let the messages themselves settle this thread's counts, once they are stored."""
        self._uncounted.add(thread.id)

    def read(self, thread_id: str, reading: Reading) -> None:
        """Let a thread take in how a message reads; it is to be changed if that makes a difference."""
        thread = self._threads[thread_id]
        before = thread.readings
        thread.read(reading)
        if thread.readings != before:
            self._touched.add(thread_id)

    def read_again(self, thread_id: str) -> None:
        """Let the messages themselves settle how this thread reads, once they are stored."""
        self._reread.add(thread_id)

    def answered(self, thread: Thread, answer: Answer, fact: ThreadAnswered) -> None:
        """Tell of an answer."""
        self._unit.tell(fact)
        if answer.is_partial:
            self.count_again(thread)
            self.read_again(thread.id)

    async def clear(self) -> None:
        """Store what changed, and let consoles hear of it."""
        await stored.recount(self._unit.session, [self._threads[thread_id] for thread_id in self._uncounted])
        await self._read_again()
        now = self._unit.clock.now()
        changed = [self._threads[thread_id] for thread_id in sorted(self._touched | self._uncounted)]
        for thread in changed:
            thread.version += 1
            thread.updated_at = now
        await stored.save(self._unit.session, changed, before=self._before)
        announce(self._unit, changed)

    async def _read_again(self) -> None:
        answered = {thread_id: self._threads[thread_id].answered_until for thread_id in self._reread}
        for thread_id, found in (await readings.of_threads(self._unit.session, answered)).items():
            thread = self._threads[thread_id]
            before = thread.readings
            thread.read_again(found)
            if thread.readings != before:
                self._touched.add(thread_id)

    def _opened(self, thread_id: str, interaction: Interaction) -> Thread:
        account, at = interaction.account, interaction.occurred_at
        now = self._unit.clock.now()
        kind = THREAD_KIND.get(interaction.kind, interaction.kind)
        self._unit.tell(
            ThreadOpened(
                thread_id=thread_id,
                brand=account.brand,
                platform=interaction.platform,
                kind=kind,
                account_id=account.id,
                occurred_at=at,
            )
        )
        return Thread(
            id=thread_id,
            account_id=account.id,
            brand=account.brand,
            platform=interaction.platform,
            kind=kind,
            created_at=at,
            updated_at=now,
            open_since=at,
            last_message_at=at,
            last_message_direction=interaction.direction,
        )


def announce(unit: InboxUnit, threads: Iterable[Thread]) -> None:
    """Let the consoles of the threads' brands hear that they changed: ids only, what they hold is fetched."""
    for thread in threads:
        data = {"thread_id": thread.id, "version": thread.version}
        unit.announce(Change(event=THREAD_CHANGED, brand=thread.brand, data=data))
