"""Instants as they are written on a command line."""

from datetime import datetime

from huiying.errors import Invalid


def moment_of(text: str, *, option: str) -> datetime:
    """The instant that an option names.

    Raises Invalid for anything that is no RFC 3339 time with its zone.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{option} takes an RFC 3339 time, not {text!r}") from error
    if moment.tzinfo is None:
        raise Invalid(f"{option} needs a zone, such as the Z at the end of 2026-03-01T00:00:00Z")
    return moment
