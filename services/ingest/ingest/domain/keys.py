"""Digests by which ingest knows a thing again."""

import hashlib
import re

_DIGEST_BYTES = 16
_SPACE = re.compile(r"\s+")


def interaction_digest(interaction_id: str) -> bytes:
    """16 bytes that stand for an interaction id for ever, in a third of its room."""
    return hashlib.blake2b(interaction_id.encode(), digest_size=_DIGEST_BYTES).digest()


def text_digest(text: str) -> str:
    """What is equal for two texts that differ only in white space, which platforms trim and fold."""
    return hashlib.blake2b(_SPACE.sub(" ", text).strip().encode(), digest_size=_DIGEST_BYTES).hexdigest()
