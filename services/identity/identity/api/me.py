"""Who asks, what they may do, and what the roles mean."""

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr

from huiying.auth.dependencies import SignedIn
from huiying.auth.principals import GRANTS, Permission, Role
from huiying.errors import NotFound, Unauthenticated
from huiying.http.problems import responses
from identity.api.shapes import AddressOf, Asked, Opening, Password, Tools
from identity.domain.passwords import WeakPassword
from identity.storage.sign_ins import TooManySignIns
from identity.usecases.change_password import WrongPassword, change_password

router = APIRouter(tags=["me"])


class BrandAccess(BaseModel):
    """What the caller is to a brand, and may do for it."""

    slug: str
    role: Role
    permissions: list[Permission]


class MeOut(BaseModel):
    """Who asks."""

    id: str
    kind: str = Field(description="member or api_key.")
    name: str
    is_administrator: bool
    brands: list[BrandAccess]


class RoleOut(BaseModel):
    """A role, and what it may do."""

    role: Role
    is_for_all_brands: bool
    permissions: list[Permission]


class RolesOut(BaseModel):
    """All roles. There are always these few, so the list has no pages."""

    items: list[RoleOut]


class PasswordChangeIn(Asked):
    """The present password and the next."""

    present: SecretStr = Field(max_length=1_024)
    password: Password


@router.get("/me", operation_id="getMe", responses=responses(Unauthenticated))
async def get_me(principal: SignedIn) -> MeOut:
    """Who sends this request."""
    access = [
        BrandAccess(slug=slug, role=role, permissions=sorted(GRANTS[role]))
        for slug, role in sorted(principal.brands.items())
    ]
    return MeOut(
        id=principal.subject,
        kind=principal.kind,
        name=principal.name,
        is_administrator=principal.is_administrator,
        brands=access,
    )


@router.put(
    "/me/password",
    operation_id="changePassword",
    status_code=204,
    responses=responses(Unauthenticated, WrongPassword, NotFound, WeakPassword, TooManySignIns),
)
async def put_password(
    body: PasswordChangeIn, principal: SignedIn, opener: Opening, tools: Tools, address: AddressOf
) -> None:
    """Choose another password. All sessions end, so sign in again."""
    await change_password(
        opener,
        tools,
        principal.subject,
        present=body.present.get_secret_value(),
        new=body.password.get_secret_value(),
        address=address,
    )


@router.get("/roles", operation_id="listRoles", responses=responses(Unauthenticated))
async def list_roles(_principal: SignedIn) -> RolesOut:
    """The roles and what each may do."""
    return RolesOut(
        items=[
            RoleOut(role=role, is_for_all_brands=role is Role.ADMINISTRATOR, permissions=sorted(granted))
            for role, granted in GRANTS.items()
        ]
    )
