"""The inbox's unit of work, and the tools that go with it."""

from dataclasses import dataclass
from datetime import timedelta

from huiying.http.pagination import Cursors
from huiying.outbox.unit import Unit


@dataclass(frozen=True, kw_only=True)
class InboxTools:
    """What the inbox has at hand besides its transaction."""

    cursors: Cursors
    claim_lifetime: timedelta


class InboxUnit(Unit[InboxTools]):
    """One transaction of the inbox."""
