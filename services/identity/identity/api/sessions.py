"""Sessions: signing in with e-mail and password, and out again."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from huiying.auth.dependencies import SignedIn, public
from huiying.errors import Forbidden, Unauthenticated
from huiying.http.problems import responses
from identity.api.shapes import AddressOf, Asked, BrandRole, Email, Opening, Tools, Writing
from identity.domain.origins import ForeignOrigin, check_origin
from identity.storage.sign_ins import TooManySignIns
from identity.usecases.exchange import PLAIN_COOKIE, SECURE_COOKIE, session_token
from identity.usecases.sign_in import ABSOLUTE, WrongCredentials, sign_in
from identity.usecases.sign_out import sign_out, sign_out_everywhere

router = APIRouter(tags=["sessions"])


class SignInIn(Asked):
    """Who wants to come in."""

    email: Email
    password: SecretStr = Field(max_length=1_024)


class SessionOut(BaseModel):
    """A session that has begun. What proves it is in the cookie alone, out of a script's reach."""

    member_id: str
    name: str
    email: str
    is_administrator: bool
    roles: dict[str, BrandRole]
    expires_at: datetime = Field(description="At the latest; half an hour without a request ends it sooner.")


@router.post(
    "/sessions",
    operation_id="signIn",
    status_code=201,
    responses=responses(WrongCredentials, ForeignOrigin, TooManySignIns),
)
@public
async def post_session(
    body: SignInIn, request: Request, response: Response, opener: Opening, tools: Tools, address: AddressOf
) -> SessionOut:
    """Sign in. The answer's cookie is what to send from then on."""
    check_origin(request.headers, method=request.method, public_url=tools.public_url)
    password = body.password.get_secret_value()
    begun = await sign_in(opener, tools, email=body.email, password=password, address=address)
    is_secure = _is_secure(request, tools.public_url)
    response.set_cookie(
        SECURE_COOKIE if is_secure else PLAIN_COOKIE,
        begun.token,
        max_age=round(ABSOLUTE.total_seconds()),
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )
    member, roles = begun.who
    return SessionOut(
        member_id=member.id,
        name=member.name,
        email=member.email,
        is_administrator=member.is_administrator,
        roles=roles,
        expires_at=begun.expires_at,
    )


@router.delete("/sessions/current", operation_id="signOut", status_code=204, responses=responses(ForeignOrigin))
@public
async def delete_session(request: Request, response: Response, unit: Writing) -> None:
    """Sign out. Where nobody is signed in, there is nothing to do."""
    public_url = unit.tools.public_url
    check_origin(request.headers, method=request.method, public_url=public_url)
    token = session_token(request.headers, public_url=public_url)
    if token is not None:
        await sign_out(unit, token=token)
    response.delete_cookie(SECURE_COOKIE, secure=True, httponly=True, samesite="lax")
    response.delete_cookie(PLAIN_COOKIE, httponly=True, samesite="lax")


@router.delete(
    "/sessions", operation_id="signOutEverywhere", status_code=204, responses=responses(Unauthenticated, Forbidden)
)
async def delete_sessions(principal: SignedIn, unit: Writing) -> None:
    """End all sessions of the member who asks, this one included."""
    await sign_out_everywhere(unit, member_id=principal.subject)


def _is_secure(request: Request, public_url: str) -> bool:
    named = request.headers.get("x-forwarded-proto", request.url.scheme)
    return public_url.startswith("https://") or named == "https"
