"""Calling an ASGI application without a socket."""

from httpx import ASGITransport, AsyncClient
from starlette.types import ASGIApp

__all__ = ["AsyncClient", "calling"]


def calling(app: ASGIApp, *, base_url: str = "http://test") -> AsyncClient:
    """A client of `app`, to be used as a context manager. What the application raises comes out."""
    return AsyncClient(transport=ASGITransport(app=app), base_url=base_url)
