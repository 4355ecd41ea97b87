"""Scoring's tables: none of its own yet; counts for bursts and learnt corrections come here."""

from huiying.db.platform import service_metadata

METADATA = service_metadata()
