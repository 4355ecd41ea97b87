"""Ingest's decisions: pure, and the same for every platform."""
