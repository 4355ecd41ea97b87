"""Decisions about passwords, keys, origins and addresses: pure, and testable with nothing but values."""
