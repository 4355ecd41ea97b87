"""One transaction of webhooks, and the tools that go with it."""

from dataclasses import dataclass
from datetime import timedelta

from huiying.crypto import Vault
from huiying.http.client import HTTPClient
from huiying.http.pagination import Cursors
from huiying.outbox.unit import Unit


@dataclass(frozen=True, kw_only=True)
class WebhooksTools:
    """What webhooks has at hand besides its transaction."""

    cursors: Cursors
    vault: Vault
    client: HTTPClient
    disable_after: timedelta
    retention: timedelta


class WebhooksUnit(Unit[WebhooksTools]):
    """One transaction of webhooks."""
