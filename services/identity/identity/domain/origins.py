"""Whether a browser sent a request for a page of ours, or for one of somebody else's."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from huiying.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOrigin(Forbidden):
    """A page of another site tried to change something with the session of whoever looks at it."""

    code = "foreign_origin"


def check_origin(headers: Mapping[str, str], *, method: str, public_url: str) -> None:
    """Let pass what changes nothing, what is no browser's, and what a page of this installation asks for.

    Raises ForeignOrigin for a change that a page of another site asks for. `headers` have lower-case names.
    """
    if method.upper() in SAFE_METHODS:
        return
    if headers.get("sec-fetch-site", "same-origin") == "cross-site":
        raise ForeignOrigin("a page of another site may not use this session")
    origin = headers.get("origin")
    if origin is not None and _host_of(origin) not in _own_hosts(headers, public_url):
        raise ForeignOrigin("a page of another origin may not use this session")


def _own_hosts(headers: Mapping[str, str], public_url: str) -> set[str]:
    # A page cannot set these two on a request to another origin, so what they say is the browser's word.
    named = {headers.get("host", ""), headers.get("x-forwarded-host", ""), _host_of(public_url)}
    return {host.lower() for host in named if host}


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
