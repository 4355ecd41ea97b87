"""A member chooses another password, and is signed out everywhere."""

from huiying.errors import Forbidden, NotFound
from identity.domain.passwords import check_password
from identity.storage.sign_ins import count_attempt
from identity.storage.tables import Member
from identity.storage.unit import IdentityTools, Opener
from identity.usecases.sign_out import sign_out_everywhere


class WrongPassword(Forbidden):
    """The present password was not the one that was given."""

    code = "wrong_password"


async def change_password(
    opener: Opener, tools: IdentityTools, member_id: str, *, present: str, new: str, address: str
) -> None:
    """Let the member sign in with the new password only, and end their sessions.

    Raises WeakPassword, WrongPassword, TooManySignIns (guessing here counts like guessing there).
    """
    async with opener.open_unit() as unit:
        member = await unit.session.get(Member, member_id)
        if member is None:
            raise NotFound("only members have a password")
        await count_attempt(unit.session, email=member.email, address=address, now=unit.clock.now())
        stored, email = member.password_hash, member.email
    check_password(new, email=email)
    if not (await tools.passwords.check(present, stored=stored)).is_right:
        raise WrongPassword("the present password is another")
    new_hash = await tools.passwords.hash(new)
    async with opener.open_unit() as unit:
        member = await unit.session.get_one(Member, member_id, with_for_update=True)
        if member.password_hash != stored:
            raise WrongPassword("the password was changed meanwhile")
        member.password_hash = new_hash
        await sign_out_everywhere(unit, member_id=member_id)
