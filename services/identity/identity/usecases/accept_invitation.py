"""Somebody follows their link and chooses a password; the first one to come becomes the administrator."""

import msgspec
from sqlalchemy import ColumnElement, delete, select
from sqlmodel import col

from huiying.crypto import fingerprint
from huiying.errors import Invalid, NotFound
from identity.domain.passwords import check_password
from identity.storage.queries import has_administrator
from identity.storage.tables import ConsoleSession, Invitation, Member
from identity.storage.unit import IdentityUnit
from identity.usecases.create_member import NewMember, create_member


class InvitationGone(NotFound):
    """The link was used, replaced, is too old, or never was one."""

    code = "invitation_gone"


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends who follows a link. Name and e-mail are asked of the first administrator alone."""

    token: str
    password: str
    name: str | None = None
    email: str | None = None


async def check_acceptance(unit: IdentityUnit, acceptance: Acceptance) -> None:
    """Go on only with a link that works and a password that is good enough.

    Raises InvitationGone, WeakPassword, Invalid.
    """
    statement = select(Invitation).where(*_usable(unit, acceptance.token))
    invitation = (await unit.session.execute(statement)).scalar_one_or_none()
    if invitation is None:
        raise InvitationGone("this link does not work any more: ask for another")
    email = acceptance.email
    if invitation.member_id is not None:
        member = await unit.session.get_one(Member, invitation.member_id)
        email = member.email
    elif not acceptance.name or not email:
        raise Invalid("the first administrator gives a name and an e-mail address", pointer="/email")
    check_password(acceptance.password, email=email or "")


async def accept_invitation(unit: IdentityUnit, acceptance: Acceptance, *, password_hash: str) -> Member:
    """The member who can now sign in. The link is used up, and whoever was signed in as them is signed out.

    Raises InvitationGone if somebody else was faster.
    """
    statement = delete(Invitation).where(*_usable(unit, acceptance.token)).returning(col(Invitation.member_id))
    used = (await unit.session.execute(statement)).one_or_none()
    if used is None:
        raise InvitationGone("this link does not work any more: ask for another")
    if used.member_id is None:
        return await _first_administrator(unit, acceptance, password_hash)
    member = await unit.session.get_one(Member, used.member_id)
    member.password_hash = password_hash
    await unit.session.execute(delete(ConsoleSession).where(col(ConsoleSession.member_id) == member.id))
    return member


async def _first_administrator(unit: IdentityUnit, acceptance: Acceptance, password_hash: str) -> Member:
    if await has_administrator(unit.session):
        raise InvitationGone("there is an administrator already")
    await unit.session.execute(delete(Invitation).where(col(Invitation.member_id).is_(None)))
    new = NewMember(
        email=acceptance.email or "",
        name=acceptance.name or "",
        is_administrator=True,
        password_hash=password_hash,
    )
    return (await create_member(unit, new)).member


def _usable(unit: IdentityUnit, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Invitation.token_fingerprint) == fingerprint(token),
        col(Invitation.expires_at) > unit.clock.now(),
    )
