"""Ingest's unit of work and the tools it carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from huiying.crypto import Vault
from huiying.http.client import HTTPClient
from huiying.http.pagination import Cursors
from huiying.outbox.direct import Direct
from huiying.outbox.unit import Unit
from ingest.clients.connectors.connector import Connector
from ingest.settings import IngestSettings
from ingest.storage.account_book import AccountBook
from ingest.storage.tally import Tally


@dataclass(frozen=True, kw_only=True)
class IngestTools:
    """What ingest's use cases work with besides the database."""

    settings: IngestSettings
    connectors: Mapping[str, Connector]
    vault: Vault
    cursors: Cursors
    accounts: AccountBook
    client: HTTPClient
    direct: Direct
    max_delivery_bytes: int
    delivery_retention: timedelta
    echo_patience: timedelta
    tally: Tally = field(default_factory=Tally)


class IngestUnit(Unit[IngestTools]):
    """One transaction of ingest."""

    def forget_accounts(self) -> None:
        """Let the edge read its accounts anew once this is committed; earlier it would read what they were before."""
        event.listen(self.session.sync_session, "after_commit", self._committed)

    def _committed(self, _session: Session) -> None:
        self.tools.accounts.forget()
