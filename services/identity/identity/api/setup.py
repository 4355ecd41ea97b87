"""Where invitations lead: the first administrator, and members who choose a password."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from huiying.auth.dependencies import public
from huiying.errors import Invalid
from huiying.http.problems import responses
from identity.api.setup_page import PAGE, POLICY
from identity.api.shapes import Asked, Email, Name, Opening, Password, Tools
from identity.domain.origins import ForeignOrigin, check_origin
from identity.domain.passwords import WeakPassword
from identity.usecases.accept_invitation import (
    Acceptance,
    InvitationGone,
    accept_invitation,
    check_acceptance,
)
from identity.usecases.create_member import MemberExists

router = APIRouter(tags=["setup"])


class SetupIn(Asked):
    """The token is what follows the # in the link. Name and e-mail are for the first administrator alone."""

    token: str = Field(min_length=1, max_length=200)
    password: Password
    name: Name | None = None
    email: Email | None = None


class SetupOut(BaseModel):
    """Who can sign in now."""

    member_id: str
    name: str
    email: str
    is_administrator: bool


@router.get("/setup", operation_id="showSetup", response_class=HTMLResponse)
@public
async def get_setup() -> HTMLResponse:
    """The page that a link opens in a browser."""
    return HTMLResponse(PAGE, headers={"content-security-policy": POLICY})


@router.post(
    "/setup",
    operation_id="acceptInvitation",
    status_code=201,
    responses=responses(InvitationGone, ForeignOrigin, MemberExists, Invalid, WeakPassword),
)
@public
async def post_setup(body: SetupIn, request: Request, opener: Opening, tools: Tools) -> SetupOut:
    """Use a link: become the first administrator, or choose a password. It works once."""
    check_origin(request.headers, method=request.method, public_url=tools.public_url)
    password = body.password.get_secret_value()
    acceptance = Acceptance(token=body.token, password=password, name=body.name, email=body.email)
    async with opener.open_view() as view:
        await check_acceptance(view, acceptance)
    password_hash = await tools.passwords.hash(password)
    async with opener.open_unit() as unit:
        member = await accept_invitation(unit, acceptance, password_hash=password_hash)
    return SetupOut(member_id=member.id, name=member.name, email=member.email, is_administrator=member.is_administrator)
