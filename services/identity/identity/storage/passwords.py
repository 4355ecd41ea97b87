"""How passwords are kept: argon2id, computed in threads and only a few at once, for each takes 64 MiB."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from pwdlib import PasswordHash

from huiying.errors import Unavailable
from huiying.ids import new_token

T = TypeVar("T")

_AT_ONCE = 2
_WAITING_AT_MOST = 40


class Checked(NamedTuple):
    """Whether a password is the right one, and its new hash where the stored one is outdated."""

    is_right: bool
    new_hash: str | None


class Passwords:
    """Hashes passwords and checks them."""

    def __init__(self, algorithm: PasswordHash) -> None:
        self._algorithm = algorithm
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._present_count = 0
        # What is checked for somebody who does not exist, so that the answer takes as long as for one who does.
        self._nobodys_hash = algorithm.hash(new_token())

    @classmethod
    async def recommended(cls) -> "Passwords":
        """With the parameters that are recommended at present."""
        return await asyncio.to_thread(cls, PasswordHash.recommended())

    async def hash(self, password: str) -> str:
        """The hash to store. Raises Unavailable when too many are waiting."""
        return await self._in_thread(lambda: self._algorithm.hash(password))

    async def check(self, password: str, *, stored: str | None) -> Checked:
        """Whether the password is the stored one; never, and no sooner, without a stored one.

        Raises Unavailable when too many are waiting.
        """
        known = stored or self._nobodys_hash
        is_right, new_hash = await self._in_thread(lambda: self._algorithm.verify_and_update(password, known))
        return Checked(is_right and stored is not None, new_hash)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._present_count >= _WAITING_AT_MOST:
            raise Unavailable("too many passwords are being checked", retry_after_seconds=5)
        self._present_count += 1
        try:
            async with self._places:
                return await asyncio.to_thread(work)
        finally:
            self._present_count -= 1
