"""Ingest's routes, and the hooks that platforms deliver to."""
