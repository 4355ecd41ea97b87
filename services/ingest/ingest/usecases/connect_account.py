"""Connect, change and remove a brand's account on a platform."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlmodel import col

from huiying.auth.principals import Permission, Principal
from huiying.db.statements import insert_new
from huiying.errors import Conflict, Forbidden, Invalid, NotFound
from huiying.events.accounts import AccountConnected, AccountRemoved
from huiying.ids import new_id, new_token
from ingest.clients.connectors.connector import Connector, Credentials
from ingest.clients.connectors.table import CONNECTORS
from ingest.storage.account_book import seal_credentials
from ingest.storage.tables import Account, Brand
from ingest.storage.unit import IngestUnit
from ingest.usecases.watch_accounts import begin_watching, end_watching, trust_again

GENERIC = "generic"


class AlreadyConnected(Conflict):
    """The account is connected already, to this brand or to another."""

    code = "already_connected"


class UnknownPlatform(Invalid):
    """There is no connector for this platform."""

    code = "unknown_platform"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    platform: str
    brand: str
    external_id: str
    name: str
    credentials: Credentials
    api_base: str | None = None


async def connect_account(unit: IngestUnit, connection: Connection, *, principal: Principal) -> Account:
    """A new account with a hook of its own.

    Raises Forbidden, NotFound or Invalid if the brand is not the principal's to connect for; UnknownPlatform; Invalid
    for credentials that could not work; AlreadyConnected.
    """
    await _check_brand(unit, connection.brand, principal)
    await _check_impostor(unit, connection)
    connector_of(connection.platform).check_credentials(connection.credentials)
    account_id, now = new_id(), unit.clock.now()
    account = Account(
        id=account_id,
        hook_key=new_token(),
        platform=connection.platform,
        brand=connection.brand,
        external_id=connection.external_id,
        name=connection.name,
        api_base=connection.api_base,
        credentials=seal_credentials(unit.tools.vault, account_id, connection.credentials),
        created_at=now,
    )
    if not await insert_new(unit.session, Account, [account.model_dump()], key="id"):
        raise AlreadyConnected(f"{connection.platform} account {connection.external_id} is connected already")
    await begin_watching(unit, [account])
    _tell_connected(unit, account, now)
    return account


async def _check_impostor(unit: IngestUnit, connection: Connection) -> None:
    """A bridge says for itself which platform a thing comes from, so it must not bear another brand's account's id."""
    others = select(col(Account.id)).where(
        col(Account.external_id) == connection.external_id,
        col(Account.brand) != connection.brand,
        col(Account.removed_at).is_(None),
    )
    if connection.platform != GENERIC:
        others = others.where(col(Account.platform) == GENERIC)
    if (await unit.session.execute(others.limit(1))).first() is not None:
        raise AlreadyConnected(f"an account of the id {connection.external_id} is connected already")


async def change_account(
    unit: IngestUnit, account: Account, *, name: str | None, credentials: Credentials | None, api_base: str | None
) -> Account:
    """Another name, other secrets (several values of one are valid side by side), or another address.

    Raises Invalid for credentials that could not work, and for another address without any.
    """
    if api_base and api_base != account.api_base and credentials is None:
        # Who may change an account may not read its secrets, so they must not follow it to an address of anybody's.
        raise Invalid("with another api_base the secrets that go there must be given anew", pointer="/credentials")
    if name is not None:
        account.name = name
    if credentials is not None:
        connector_of(account.platform).check_credentials(credentials)
        account.credentials = seal_credentials(unit.tools.vault, account.id, credentials)
        await trust_again(unit, account)
    if api_base is not None:
        account.api_base = api_base or None
    account.version += 1
    unit.session.add(account)
    _tell_connected(unit, account, unit.clock.now())
    unit.forget_accounts()
    return account


async def remove_account(unit: IngestUnit, account: Account) -> None:
    """Disconnect: the hook is gone, the secrets are forgotten, what it brought stays."""
    now = unit.clock.now()
    await unit.session.execute(
        update(Account).where(col(Account.id) == account.id).values(removed_at=now, credentials=b"")
    )
    await end_watching(unit, account)
    unit.tell(AccountRemoved(account_id=account.id, brand=account.brand, removed_at=now))
    unit.forget_accounts()


async def get_account(
    unit: IngestUnit, account_id: str, *, principal: Principal, permission: Permission, to_change: bool = False
) -> Account:
    """An account that this principal may see; with `to_change`, nobody else changes it until this is committed.

    Raises NotFound, Forbidden.
    """
    account = await unit.session.get(Account, account_id, with_for_update=to_change or None)
    if account is None or account.removed_at is not None:
        raise NotFound(f"no account {account_id}")
    principal.demand(permission, account.brand, what=f"account {account_id}")
    return account


def connector_of(platform: str) -> Connector:
    """The connector of a platform.

    Raises UnknownPlatform.
    """
    known: Mapping[str, Connector] = CONNECTORS
    if platform not in known:
        raise UnknownPlatform(f"platform must be one of: {', '.join(sorted(known))}", pointer="/platform")
    return known[platform]


async def _check_brand(unit: IngestUnit, brand: str, principal: Principal) -> None:
    # What the token vouches for exists, even if its event has not arrived here yet.
    vouched = brand in principal.brands
    if not vouched and not principal.is_administrator:
        raise NotFound(f"no brand {brand}")
    if vouched and not principal.may(Permission.ACCOUNTS_WRITE, brand):
        raise Forbidden(f"{principal.subject} may not connect accounts for brand {brand}")
    if not vouched and await unit.session.get(Brand, brand) is None:
        raise Invalid(f"no brand {brand}: create it first", pointer="/brand")


def _tell_connected(unit: IngestUnit, account: Account, now: datetime) -> None:
    unit.tell(
        AccountConnected(
            account_id=account.id,
            platform=account.platform,
            brand=account.brand,
            external_id=account.external_id,
            name=account.name,
            connected_at=now,
        )
    )
