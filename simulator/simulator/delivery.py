"""What a platform tells a hook, and the request that one attempt at telling it makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """Something to be told, before it is signed or sealed.

    `sender` is the name of the platform that tells it, `id` stays the same over all attempts, and `object_ids` are the
    platform's own ids of the things told of.
    """

    sender: str
    id: str
    content: bytes
    content_type: str
    object_ids: tuple[str, ...]

    @property
    def object_id(self) -> str:
        """The id of the only, or first, thing told of."""
        return self.object_ids[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One attempt, signed: what goes over the wire."""

    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def url(self, hook: str) -> str:
        """The hook's address with what this attempt adds to it."""
        return f"{hook}?{urlencode(self.query)}" if self.query else hook

    def wire(self, hook: str) -> bytes:
        """The bytes of an HTTP/1.1 request, for whoever sends without a client."""
        parts = urlsplit(self.url(hook))
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = {"host": parts.netloc, "content-length": str(len(self.body)), **self.headers}
        lines = [f"{self.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body
