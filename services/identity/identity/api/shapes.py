"""What identity's requests and responses are made of, and what every route of it depends on."""

from typing import Annotated, Literal, cast

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from huiying.auth.principals import Role
from huiying.service.dependencies import opened, viewed
from identity.domain.addresses import client_address
from identity.domain.api_keys import ID_PATTERN
from identity.storage.unit import IdentityTools, IdentityUnit, Opener

Writing = Annotated[IdentityUnit, Depends(opened, scope="function")]
Viewing = Annotated[IdentityUnit, Depends(viewed, scope="function")]

_SLUG = r"^[a-z0-9][a-z0-9-]{0,62}$"
# No control characters: they have no business in a name, and PostgreSQL refuses one of them.
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

BrandSlug = Annotated[str, StringConstraints(pattern=_SLUG, max_length=63)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PRINTABLE)]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$"
    ),
]
BrandRole = Literal[Role.OWNER, Role.MANAGER, Role.AGENT, Role.ANALYST, Role.AUDITOR]

SlugOf = Annotated[str, Path(pattern=_SLUG, max_length=63, description="The brand's slug.")]
MemberIdOf = Annotated[str, Path(pattern="^[0-9a-f-]{36}$", description="The member's id.")]
KeyIdOf = Annotated[str, Path(pattern=ID_PATTERN, description="The part of the key before its secret.")]

# Longer than what is accepted, so that what is too long is told so by the rule for passwords.
Password = Annotated[SecretStr, Field(max_length=256, description="12 to 128 characters.")]


class Asked(BaseModel):
    """A request's body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def opener_of(request: Request) -> Opener:
    """What opens units, for an answer that takes more than one transaction."""
    # Set by the application when it is attached to a running service.
    return cast("Opener", request.app.state.runtime)


def tools_of(request: Request) -> IdentityTools:
    """Identity's tools, without a transaction."""
    return cast("IdentityTools", request.app.state.runtime.tools)


Opening = Annotated[Opener, Depends(opener_of)]
Tools = Annotated[IdentityTools, Depends(tools_of)]


def address_of(request: Request, tools: Tools) -> str:
    """The address that asks, as far as it is known."""
    return client_address(
        connection=request.client.host if request.client else None,
        forwarded_for=request.headers.get("x-forwarded-for", ""),
        proxy_count=tools.proxy_count,
    )


AddressOf = Annotated[str, Depends(address_of)]
