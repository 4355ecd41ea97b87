"""Which passwords are accepted: long enough, and not one that everybody tries first. No rules of composition."""

from huiying.errors import Invalid
from identity.domain.common_passwords import COMMON_PASSWORDS

SHORTEST = 12
LONGEST = 128
_SHORTEST_PERSONAL_WORD = 5
_LONGEST_REPEATED_PART = 4


class WeakPassword(Invalid):
    """A password that would be guessed."""

    code = "weak_password"


def check_password(password: str, *, email: str) -> None:
    """Let pass a password that its owner may have.

    Raises WeakPassword if it is too short, too long, among the first that anybody tries, or made of the e-mail address.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"a password has {SHORTEST} to {LONGEST} characters", pointer="/password")
    folded = password.casefold()
    if folded in COMMON_PASSWORDS or _is_repetition(folded):
        raise WeakPassword("this password is among the first that are tried", pointer="/password")
    personal = [word for word in (email, *email.split("@")[:1]) if len(word) >= _SHORTEST_PERSONAL_WORD]
    if any(folded.strip("0123456789!?.*#-_ ") == word for word in personal):
        raise WeakPassword("this password is made of the e-mail address", pointer="/password")


def _is_repetition(password: str) -> bool:
    return any(
        password == (password[:size] * len(password))[: len(password)] for size in range(1, _LONGEST_REPEATED_PART)
    )
