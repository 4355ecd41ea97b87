"""What a route declares: the permission it needs, or that it is meant for everybody."""

from collections.abc import Callable, Mapping
from typing import Annotated, Protocol

from fastapi import Depends, Request

from huiying.auth.principals import Permission, Principal
from huiying.auth.tokens import TokenVerifier
from huiying.clock import Clock
from huiying.errors import Forbidden, Unauthenticated


class Gatekeeper(Protocol):
    """What the application keeps for checking who comes in."""

    verifier: TokenVerifier
    clock: Clock


class Guard:
    """A dependency that lets a principal with a permission pass, and nobody else."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Principal:
        """The principal.

        Raises Unauthenticated without a valid token, Forbidden if no brand grants the permission.
        """
        principal = principal_of(request.headers, gatekeeper=request.app.state.gatekeeper)
        if not principal.may_anywhere(self.permission):
            raise Forbidden(f"{principal.subject} has no role that grants {self.permission}")
        return principal


def require(permission: Permission) -> Guard:
    """The guard for a route: `principal: Annotated[Principal, Depends(require(Permission.X))]`."""
    return Guard(permission)


def signed_in(request: Request) -> Principal:
    """Any principal at all, whatever it may do.

    Raises Unauthenticated without a valid token.
    """
    return principal_of(request.headers, gatekeeper=request.app.state.gatekeeper)


SignedIn = Annotated[Principal, Depends(signed_in)]


def principal_of(headers: Mapping[str, str], *, gatekeeper: Gatekeeper) -> Principal:
    """Who a request's bearer token vouches for.

    Raises Unauthenticated.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("no access token: sign in, or send an API key as a bearer token")
    return gatekeeper.verifier.verify(token.strip(), now=gatekeeper.clock.now())


PUBLIC = "public"


def public(route: Callable[..., object]) -> Callable[..., object]:
    """Marks a route that needs no principal, for the test that walks the routes."""
    setattr(route, PUBLIC, True)
    return route
