"""Ingest's unit of work and the tools it carries."""

from dataclasses import dataclass
from datetime import timedelta

from huiying.crypto import Vault
from huiying.http.client import HTTPClient
from huiying.http.pagination import Cursors
from huiying.outbox.direct import Direct
from huiying.outbox.unit import Unit
from ingest.storage.account_book import AccountBook


@dataclass(frozen=True, kw_only=True)
class IngestTools:
    """What ingest's use cases work with besides the database."""

    vault: Vault
    cursors: Cursors
    accounts: AccountBook
    client: HTTPClient
    direct: Direct
    max_delivery_bytes: int
    delivery_retention: timedelta
    echo_patience: timedelta


class IngestUnit(Unit[IngestTools]):
    """One transaction of ingest."""
