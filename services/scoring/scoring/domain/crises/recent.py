"""The last values of a series."""

from typing import TypeVar

Number = TypeVar("Number", int, float)


def keep(kept: list[Number], new: Number, *, most: int) -> None:
    """Add a value, and forget the oldest beyond `most`."""
    kept.append(new)
    del kept[:-most]
