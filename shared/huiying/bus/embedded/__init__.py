"""The bus of one machine: an append-only log in SQLite, written by one thread, read by every service of the process."""

from huiying.bus.embedded.transport import EmbeddedTransport

__all__ = ["EmbeddedTransport"]
