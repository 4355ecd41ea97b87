"""Whether something the brand said is what we sent ourselves, come back from the platform."""

from datetime import datetime, timedelta

import msgspec

ECHO_WINDOW = timedelta(minutes=10)
"""How far apart a reply and its echo may be where only the text tells that they are one."""


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """Something the brand said, in one thread."""

    object_id: str | None
    text: str | None
    at: datetime


def is_echo(of: Utterance, heard: Utterance) -> bool:
    """Whether `heard` is the platform's echo of a reply that was sent.

    The platform's id decides where it gave one. Otherwise the same words within the window are the same reply: somebody
    who says the same by hand in the same minutes loses nothing by being shown once.
    """
    if of.object_id is not None:
        return of.object_id == heard.object_id
    if not _words(of.text) or _words(of.text) != _words(heard.text):
        return False
    return abs(heard.at - of.at) <= ECHO_WINDOW


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
