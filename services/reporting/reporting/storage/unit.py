"""One transaction of reporting."""

from huiying.outbox.unit import Unit


class ReportingUnit(Unit[None]):
    """One transaction of reporting, which needs no tools."""
