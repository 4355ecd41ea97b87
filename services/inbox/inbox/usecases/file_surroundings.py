"""Remembering what others tell of accounts, brands and members."""

from collections.abc import Sequence

from sqlalchemy import update

from huiying.events.accounts import AccountConnected, AccountRemoved
from huiying.events.brands import BrandCreated
from huiying.events.members import MemberChanged
from inbox.storage.messages import put
from inbox.storage.tables import ACCOUNTS, BRANDS, MEMBERS
from inbox.storage.unit import InboxUnit


async def file_accounts(unit: InboxUnit, facts: Sequence[AccountConnected]) -> None:
    """Remember accounts by their present names."""
    by_id = {fact.account_id: fact for fact in facts}
    rows = [
        {
            "id": fact.account_id,
            "platform": fact.platform,
            "brand": fact.brand,
            "external_id": fact.external_id,
            "name": fact.name,
            "removed_at": None,
        }
        for fact in by_id.values()
    ]
    await put(unit.session, ACCOUNTS, rows, key=("id",))


async def file_removed_accounts(unit: InboxUnit, facts: Sequence[AccountRemoved]) -> None:
    """Remember that accounts are gone; what they brought stays."""
    for fact in facts:
        mine = ACCOUNTS.c.id == fact.account_id
        await unit.session.execute(update(ACCOUNTS).where(mine).values(removed_at=fact.removed_at))


async def file_brands(unit: InboxUnit, facts: Sequence[BrandCreated]) -> None:
    """Remember brands."""
    rows = {fact.slug: {"slug": fact.slug, "name": fact.name} for fact in facts}
    await put(unit.session, BRANDS, list(rows.values()), key=("slug",))


async def file_members(unit: InboxUnit, facts: Sequence[MemberChanged]) -> None:
    """Remember members as they are now."""
    by_id = {fact.member_id: fact for fact in facts}
    rows = [
        {
            "id": fact.member_id,
            "name": fact.name,
            "is_active": fact.is_active,
            "is_administrator": fact.is_administrator,
            "roles": dict(fact.roles),
            "changed_at": fact.changed_at,
        }
        for fact in by_id.values()
    ]
    await put(unit.session, MEMBERS, rows, key=("id",))
