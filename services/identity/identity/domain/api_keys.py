"""What an API key looks like: `hy_<id>_<secret>`, the id to find it by and the secret to prove it with."""

import re
from typing import NamedTuple

_ID = "[a-z2-7]{8}"
_FORM = re.compile(rf"hy_({_ID})_[a-z2-7]{{52}}")

ID_PATTERN = rf"^{_ID}$"
ID_BYTES = 5
SECRET_BYTES = 32


class APIKey(NamedTuple):
    """A key as its holder sends it."""

    id: str
    whole: str


def spelt(key_id: str, *, secret: str) -> APIKey:
    """The key made of these parts."""
    return APIKey(id=key_id, whole=f"hy_{key_id}_{secret}")


def read(text: str) -> APIKey | None:
    """The key that a text is; None if it is none."""
    found = _FORM.fullmatch(text)
    return APIKey(id=found[1], whole=text) if found else None
