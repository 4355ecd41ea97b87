"""Looking into the services' databases without touching them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg

from huiying.errors import Unavailable


class Databases(Protocol):
    """Read-only ways into each service's tables."""

    def rows(self, service: str, query: str) -> Sequence[tuple[Any, ...]]:
        """What a query without parameters finds among one service's tables. Raises Unavailable."""


class Files:
    """SQLite, a file per service."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def rows(self, service: str, query: str) -> Sequence[tuple[Any, ...]]:
        address = f"{(self._directory / f'{service}.db').as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=10)) as connection:
                return connection.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{service}: {error}") from error


class Schemas:
    """PostgreSQL, a schema per service."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url.replace("postgresql+psycopg://", "postgresql://")

    def rows(self, service: str, query: str) -> Sequence[tuple[Any, ...]]:
        options = f"-c search_path={service} -c default_transaction_read_only=on"
        try:
            with psycopg.connect(self._url, options=options, connect_timeout=5) as connection:
                return connection.execute(query.encode()).fetchall()
        except psycopg.OperationalError as error:
            raise Unavailable(f"{service}: {error}") from error
