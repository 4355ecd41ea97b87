"""Changing a shared object only as it was read: strong ETags made of its version, and If-Match."""

from typing import Annotated

from fastapi import Header

from huiying.errors import PreconditionFailed, PreconditionRequired

IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=200, description="The ETag of the version that is to be changed.")
]
"""A route's parameter for the version that the caller read."""


def etag(version: int) -> str:
    """The ETag of a version of an object."""
    return f'"{version}"'


def check_match(if_match: str | None, *, version: int) -> None:
    """Let pass who read this version.

    Raises PreconditionRequired if no version was named, PreconditionFailed if it was another. `*` is any version. A
    weak tag never matches: it does not promise that the bytes are the same.
    """
    if if_match is None:
        raise PreconditionRequired("name the version to be changed in If-Match")
    named = {tag.strip() for tag in if_match.split(",")}
    if not named & {"*", etag(version)}:
        raise PreconditionFailed("somebody else has changed this since it was read")
