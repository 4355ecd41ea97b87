"""Coordinated posting: many authors who say the same within a short time."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from scoring.domain.words.duplicates import group_signatures

WITHIN = timedelta(hours=1)
AUTHORS = 5
"""So many different authors are no coincidence."""


class Post(NamedTuple):
    """Who said something when, and a signature of the words, by which like ones are told. Digests, both."""

    signature: bytes | None
    author: bytes | None
    at: datetime


def coordinated(posts: Sequence[Post]) -> set[int]:
    """The places of those posts that are part of something coordinated.

    That depends on what was said, not on the order in which it came. Texts without a signature are like no other.
    """
    known = [(place, post) for place, post in enumerate(posts) if post.signature and post.author]
    alike: dict[int, list[tuple[datetime, bytes, int]]] = defaultdict(list)
    for (place, post), group in zip(known, group_signatures([post.signature for _, post in known]), strict=True):
        alike[group].append((post.at, post.author or b"", place))
    return {place for group in alike.values() if len(group) >= AUTHORS for place in _crowded(sorted(group))}


def _crowded(group: list[tuple[datetime, bytes, int]]) -> set[int]:
    """Those that lie in some stretch of `WITHIN` in which there are enough authors."""
    found: set[int] = set()
    authors: Counter[bytes] = Counter()
    first = told = 0
    for last, (at, author, _) in enumerate(group):
        authors[author] += 1
        while at - group[first][0] > WITHIN:
            _take_away(authors, group[first][1])
            first += 1
        if len(authors) >= AUTHORS:
            # Each is told once: a wave of thousands would else take the square of its size.
            found.update(place for _, _, place in group[max(first, told) : last + 1])
            told = last + 1
    return found


def _take_away(authors: Counter[bytes], author: bytes) -> None:
    authors[author] -= 1
    if not authors[author]:
        del authors[author]
