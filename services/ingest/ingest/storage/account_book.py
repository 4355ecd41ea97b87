"""The accounts as the edge needs them: by hook, opened and at hand, a few seconds old at most."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

import msgspec
from sqlalchemy import select

from huiying.clock import monotonic_seconds
from huiying.crypto import Vault
from huiying.db.engine import Database
from huiying.db.statements import table_of
from huiying.errors import NotFound, Unavailable
from huiying.events.interactions import AccountRef
from ingest.storage.tables import Account

_FRESH_SECONDS = 5.0
# While the database is away, deliveries are still proven and taken: by what is known, for so long.
_STALE_SECONDS = 900.0
# Platforms wait for three seconds, so the database is not waited for much longer than one.
_PATIENCE_SECONDS = 1.0
_REMEMBERED = 10_000

_ACCOUNTS = table_of(Account)

Credentials = Mapping[str, tuple[str, ...]]


class OpenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account with its secrets in the clear: only in memory, never logged, never answered."""

    ref: AccountRef
    platform: str
    hook_key: str
    api_base: str | None
    credentials: Credentials


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """An account, or that there is none: when that was asked last, and when it was read."""

    asked_at: float
    read_at: float
    account: OpenAccount | None


class AccountBook:
    """Finds accounts. A change made elsewhere shows within seconds; one made here at once, by `forget`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._generation = 0

    async def by_hook(self, hook_key: str) -> OpenAccount:
        """The account that this hook belongs to.

        Raises NotFound, also for an account that was removed.
        """
        return await self._find("hook_key", hook_key)

    async def by_id(self, account_id: str) -> OpenAccount:
        """The account with this id.

        Raises NotFound, also for an account that was removed.
        """
        return await self._find("id", account_id)

    def forget(self) -> None:
        """Read everything anew: an account was changed, and the change is committed."""
        self._generation += 1
        self._known.clear()

    async def _find(self, column: str, value: str) -> OpenAccount:
        place, now = (column, value), monotonic_seconds()
        known = self._known.get(place)
        if known is None or now - known.asked_at > _FRESH_SECONDS:
            known = await self._look_up(place, known, now=now)
        if known.account is None:
            raise NotFound("no such account")
        return known.account

    async def _look_up(self, place: tuple[str, str], known: _Known | None, *, now: float) -> _Known:
        """What the database says, or, while it is away, what it said last: nobody can have changed it meanwhile."""
        generation = self._generation
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                found = _Known(asked_at=now, read_at=now, account=await self._read(*place))
        except (Unavailable, TimeoutError) as error:
            if known is None or now - known.read_at > _STALE_SECONDS:
                raise Unavailable("the accounts cannot be read") from error
            found = _Known(asked_at=now, read_at=known.read_at, account=known.account)
        # What was read while an account was being changed may be what it was before.
        if generation == self._generation:
            self._known[place] = found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    async def _read(self, column: str, value: str) -> OpenAccount | None:
        query = select(_ACCOUNTS).where(_ACCOUNTS.c[column] == value, _ACCOUNTS.c.removed_at.is_(None))
        async with self._database.reading() as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            return None
        return OpenAccount(
            ref=AccountRef(id=row.id, external_id=row.external_id, brand=row.brand),
            platform=row.platform,
            hook_key=row.hook_key,
            api_base=row.api_base,
            credentials=open_credentials(self._vault, row.id, row.credentials),
        )


def seal_credentials(vault: Vault, account_id: str, credentials: Credentials) -> bytes:
    """The credentials as they are stored."""
    return vault.seal(msgspec.json.encode(credentials), context=_context(account_id))


def open_credentials(vault: Vault, account_id: str, sealed: bytes) -> Credentials:
    """The credentials in the clear.

    Raises NotSealedHere if they were not sealed for this account.
    """
    plain = vault.open(sealed, context=_context(account_id))
    return msgspec.json.decode(plain, type=dict[str, tuple[str, ...]])


def _context(account_id: str) -> str:
    return f"ingest/accounts/credentials/{account_id}"
