"""Members: the people who work with Huiying, and their roles for brands."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from msgspec import structs
from pydantic import BaseModel, Field

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, Invalid, NotFound, Unauthenticated
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from identity.api.shapes import (
    Asked,
    BrandRole,
    BrandSlug,
    Email,
    MemberIdOf,
    Name,
    Opening,
    Password,
    Tools,
    Viewing,
    Writing,
)
from identity.domain.passwords import WeakPassword, check_password
from identity.storage.queries import MemberWithRoles, members_in, roles_of
from identity.storage.tables import Member
from identity.usecases.change_member import LastAdministrator, MemberChange, change_member
from identity.usecases.create_member import MemberExists, NewMember, check_may_create, create_member
from identity.usecases.invite import Invited, invite
from identity.usecases.reach import governed_member, visible_member, within

router = APIRouter(tags=["members"])

Reader = Annotated[Principal, Depends(require(Permission.MEMBERS_READ))]
Writer = Annotated[Principal, Depends(require(Permission.MEMBERS_WRITE))]

# Ids follow the order in which members were added.
_BY_AGE = Keyset("members:id", ascending(Member.id))


class NewMemberIn(Asked):
    """A member to be added. Without a password the answer has a link by which they choose one."""

    email: Email
    name: Name
    roles: dict[BrandSlug, BrandRole] = Field(default={}, max_length=200, description="Brand: role.")
    is_administrator: bool = False
    password: Password | None = None


class MemberChangeIn(Asked):
    """What is to change; what is left out stays."""

    name: Name | None = None
    is_active: bool | None = Field(default=None, description="False signs the member out and keeps them out.")
    is_administrator: bool | None = None
    roles: dict[BrandSlug, BrandRole | None] = Field(
        default={}, max_length=200, description="Brand: role, or null to take it away. Other brands keep theirs."
    )


class InvitationOut(BaseModel):
    """A link by which a member chooses a password, once. It is shown only here."""

    url: str
    expires_at: datetime


class MemberOut(BaseModel):
    """A member, with their roles for the brands that the caller has to do with."""

    id: str
    name: str
    email: str
    is_active: bool
    is_administrator: bool
    roles: dict[str, BrandRole]
    created_at: datetime


class NewMemberOut(MemberOut):
    """A member who was just added."""

    invitation: InvitationOut | None = None


@router.post(
    "/members",
    operation_id="createMember",
    status_code=201,
    responses=responses(Unauthenticated, Forbidden, NotFound, MemberExists, Invalid, WeakPassword),
)
async def post_member(body: NewMemberIn, principal: Writer, opener: Opening, tools: Tools) -> NewMemberOut:
    """Add a member. The e-mail address makes it happen once: there is one member of each."""
    new = NewMember(email=body.email, name=body.name, roles=body.roles, is_administrator=body.is_administrator)
    async with opener.open_view() as view:
        await check_may_create(view, new, by=principal)
    if body.password is not None:
        password = body.password.get_secret_value()
        check_password(password, email=body.email)
        new = structs.replace(new, password_hash=await tools.passwords.hash(password))
    async with opener.open_unit() as unit:
        created = await create_member(unit, new)
        invited = None if new.password_hash else await invite(unit, created.member.id)
    return NewMemberOut(**_shown(created).model_dump(), invitation=_invitation(invited) if invited else None)


@router.get("/members", operation_id="listMembers", responses=responses(Unauthenticated, Forbidden, BadCursor))
async def list_members(principal: Reader, unit: Viewing, page: PageOf) -> Page[MemberOut]:
    """The members of the caller's brands, the oldest first."""
    scope = principal.scope(Permission.MEMBERS_READ)
    rows, following = await paginate(
        unit.session, members_in(scope), keyset=_BY_AGE, cursors=unit.tools.cursors, page=page
    )
    members = [row[0] for row in rows]
    roles = await roles_of(unit.session, [member.id for member in members])
    shown = [_shown(MemberWithRoles(member, within(scope, roles[member.id]))) for member in members]
    return Page(items=shown, next_cursor=following)


@router.get("/members/{member_id}", operation_id="getMember", responses=responses(Unauthenticated, Forbidden, NotFound))
async def get_member(principal: Reader, unit: Viewing, member_id: MemberIdOf) -> MemberOut:
    """One member."""
    return _shown(await visible_member(unit, member_id, by=principal))


@router.patch(
    "/members/{member_id}",
    operation_id="changeMember",
    responses=responses(Unauthenticated, Forbidden, NotFound, LastAdministrator),
)
async def patch_member(body: MemberChangeIn, principal: Writer, unit: Writing, member_id: MemberIdOf) -> MemberOut:
    """Change a member's roles or name, disable them or let them in again. It holds from their next request on."""
    change = MemberChange(
        name=body.name, is_active=body.is_active, is_administrator=body.is_administrator, roles=body.roles
    )
    return _shown(await change_member(unit, member_id, change=change, by=principal))


@router.post(
    "/members/{member_id}/invitations",
    operation_id="inviteMember",
    status_code=201,
    responses=responses(Unauthenticated, Forbidden, NotFound),
)
async def post_invitation(principal: Writer, unit: Writing, member_id: MemberIdOf) -> InvitationOut:
    """A fresh link by which the member chooses a password; earlier links no longer work."""
    await governed_member(unit, member_id, by=principal)
    return _invitation(await invite(unit, member_id))


def _shown(found: MemberWithRoles) -> MemberOut:
    member, roles = found
    return MemberOut(
        id=member.id,
        name=member.name,
        email=member.email,
        is_active=member.is_active,
        is_administrator=member.is_administrator,
        roles=roles,
        created_at=member.created_at,
    )


def _invitation(invited: Invited) -> InvitationOut:
    return InvitationOut(url=invited.link, expires_at=invited.expires_at)
