"""The log's file: batches of records, packed, one row each.

A row per record costs five times as much processor and room. `id` is the topic's number and the batch's first offset in
one integer, so that the rows of a topic lie together and in order.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import takewhile
from pathlib import Path

import msgspec

from huiying.bus.transport import Record

_OFFSET_BITS = 40
_OFFSET_MASK = (1 << _OFFSET_BITS) - 1

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS logs (
        number INTEGER PRIMARY KEY, topic TEXT NOT NULL UNIQUE, log_id TEXT NOT NULL, next_offset INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS batches (
        id INTEGER PRIMARY KEY, record_count INTEGER NOT NULL, at_ms INTEGER NOT NULL, records BLOB NOT NULL
    )""",
)

_packer = msgspec.msgpack.Encoder()
_unpacker = msgspec.msgpack.Decoder(tuple[Record, ...])


class Log(msgspec.Struct, frozen=True):
    """One topic's log: its row number, its identity, and the offset that the next record gets."""

    number: int
    topic: str
    log_id: str
    next_offset: int


class Batch(msgspec.Struct, frozen=True):
    """Records that were written together; the first has offset `first`."""

    first: int
    records: tuple[Record, ...]

    @property
    def end(self) -> int:
        """The offset after the last."""
        return self.first + len(self.records)


class Storage:
    """A connection to the log's file. Each thread has its own."""

    def __init__(self, path: Path, *, synchronous: str) -> None:
        """`synchronous` FULL writes through to the disk at every commit; NORMAL leaves that to the system."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        settings = {
            "journal_mode": "WAL",
            "synchronous": synchronous,
            "busy_timeout": 10_000,
            "wal_autocheckpoint": 4_000,
        }
        for name, value in settings.items():
            self._connection.execute(f"PRAGMA {name}={value}")
        for statement in _SCHEMA:
            self._connection.execute(statement)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def logs(self) -> list[Log]:
        """All topics, each with its true end."""
        found = []
        for number, topic, log_id, next_offset in self._connection.execute(
            "SELECT number, topic, log_id, next_offset FROM logs"
        ).fetchall():
            last = self._connection.execute(
                "SELECT id, record_count FROM batches WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1", _range(number)
            ).fetchone()
            end = max(next_offset, (last[0] & _OFFSET_MASK) + last[1]) if last else next_offset
            found.append(Log(number, topic, log_id, end))
        return found

    def create(self, topic: str, log_id: str) -> Log:
        """A new, empty log."""
        row = self._connection.execute(
            "INSERT INTO logs (topic, log_id, next_offset) VALUES (?, ?, 0) RETURNING number", (topic, log_id)
        ).fetchone()
        return Log(row[0], topic, log_id, 0)

    def append(self, batches: Sequence[tuple[int, Batch]], *, at_ms: int) -> None:
        """Write batches, each for a log's number, in one transaction. When this returns they are on the disk."""
        rows = [
            (_row_id(number, batch.first), len(batch.records), at_ms, _packer.encode(batch.records))
            for number, batch in batches
        ]
        # One statement is a transaction of its own, and every further one asks for the interpreter again.
        with self._transaction() if len(rows) > 1 else nullcontext():
            self._connection.executemany("INSERT INTO batches VALUES (?, ?, ?, ?)", rows)

    def read(self, number: int, *, offset: int, limit: int) -> list[Batch]:
        """Batches from the one that holds `offset` on, until they have `limit` records together."""
        first_row = self._connection.execute(
            "SELECT max(id) FROM batches WHERE id BETWEEN ? AND ?", (_range(number)[0], _row_id(number, offset))
        ).fetchone()[0]
        low = first_row if first_row is not None else _row_id(number, offset)
        found, count = [], 0
        rows = self._connection.execute(
            "SELECT id, records FROM batches WHERE id BETWEEN ? AND ? ORDER BY id", (low, _range(number)[1])
        )
        for row_id, packed in rows:
            batch = Batch(row_id & _OFFSET_MASK, _unpacker.decode(packed))
            if batch.end <= offset:
                continue
            found.append(batch)
            count += batch.end - max(offset, batch.first)
            if count >= limit:
                break
        rows.close()
        return found

    def start_offset(self, log: Log) -> int:
        """The oldest offset that is still kept."""
        first = self._connection.execute(
            "SELECT min(id) FROM batches WHERE id BETWEEN ? AND ?", _range(log.number)
        ).fetchone()[0]
        return log.next_offset if first is None else first & _OFFSET_MASK

    def forget(self, log: Log, *, before_ms: int, batch_count: int) -> int:
        """Delete up to `batch_count` of the oldest batches, as far as they were written before then; how many went.

        Never one from between others, whatever the clock said when they were written: the log has no holes.
        """
        oldest = self._connection.execute(
            "SELECT id, at_ms FROM batches WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
            (*_range(log.number), batch_count),
        ).fetchall()
        gone = [row_id for row_id, _ in takewhile(lambda row: row[1] < before_ms, oldest)]
        if gone:
            with self._transaction():
                self._keep_end(log)
                self._connection.execute("DELETE FROM batches WHERE id BETWEEN ? AND ?", (gone[0], gone[-1]))
        return len(gone)

    def trim(self, log: Log, *, before_offset: int) -> None:
        """Delete the batches that lie wholly before an offset."""
        before = _row_id(log.number, before_offset)
        with self._transaction():
            self._keep_end(log)
            self._connection.execute(
                "DELETE FROM batches WHERE id BETWEEN ? AND ? AND id + record_count <= ?",
                (_row_id(log.number, 0), before, before),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _keep_end(self, log: Log) -> None:
        # The end of an emptied log must outlive its rows.
        self._connection.execute("UPDATE logs SET next_offset = ? WHERE number = ?", (log.next_offset, log.number))

    def size_bytes(self) -> int:
        """How much room the records take."""
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        return int((pages - free) * size)


def _row_id(number: int, offset: int) -> int:
    return number << _OFFSET_BITS | offset


def _range(number: int) -> tuple[int, int]:
    return _row_id(number, 0), _row_id(number, _OFFSET_MASK)
