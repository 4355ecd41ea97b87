"""The people who speak."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import Row

from huiying.auth.principals import Permission
from huiying.errors import Forbidden, Invalid, NotFound, Unauthenticated
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from inbox.api.shapes import ContactIdOf, Reader, Term, Viewing, known
from inbox.storage.lists import contacts, marks_of
from inbox.storage.tables import CONTACTS

router = APIRouter(tags=["contacts"])

_NEWEST = Keyset("contacts:-first_seen_at", descending(CONTACTS.c.first_seen_at), descending(CONTACTS.c.id))


class MarksView(BaseModel):
    """How often this person did what opens no thread, less what they took back."""

    reactions: int
    shares: int
    follows: int


class ContactView(BaseModel):
    """A person, as one account knows them. What is not known is absent."""

    id: str
    brand: str
    account_id: str
    platform: str
    external_id: str
    name: str | None = None
    username: str | None = None
    url: str | None = None
    followers: int | None = None
    marks: MarksView
    first_seen_at: datetime
    last_seen_at: datetime


@router.get(
    "/contacts",
    operation_id="listContacts",
    response_model_exclude_unset=True,
    responses=responses(Unauthenticated, Forbidden, BadCursor),
)
async def list_contacts(
    principal: Reader,
    unit: Viewing,
    page: PageOf,
    brand: Annotated[Term | None, Query()] = None,
    platform: Annotated[Term | None, Query()] = None,
    q: Annotated[Term | None, Query(description="A part of a name.")] = None,
) -> Page[ContactView]:
    """The people of the caller's brands, those met last first."""
    query = contacts(principal.scope(Permission.THREADS_READ))
    if brand is not None:
        query = query.where(CONTACTS.c.brand == brand)
    if platform is not None:
        query = query.where(CONTACTS.c.platform == platform)
    if q is not None:
        named = CONTACTS.c.name.icontains(q, autoescape=True) | CONTACTS.c.username.icontains(q, autoescape=True)
        query = query.where(named)
    rows, following = await paginate(unit.session, query, keyset=_NEWEST, cursors=unit.tools.cursors, page=page)
    marks = await marks_of(unit.session, [row.id for row in rows])
    return Page(items=[_shown(row, marks[row.id]) for row in rows], next_cursor=following)


@router.get(
    "/contacts/{contact_id}",
    operation_id="getContact",
    response_model_exclude_unset=True,
    responses=responses(Unauthenticated, Forbidden, NotFound, Invalid),
)
async def get_contact(contact_id: ContactIdOf, principal: Reader, unit: Viewing) -> ContactView:
    """One person."""
    row = (await unit.session.execute(contacts(None).where(CONTACTS.c.id == contact_id))).one_or_none()
    if row is None:
        raise NotFound(f"no contact {contact_id}")
    principal.demand(Permission.THREADS_READ, row.brand, what=f"contact {contact_id}")
    marks = await marks_of(unit.session, [contact_id])
    return _shown(row, marks[contact_id])


def _shown(row: Row[Any], marks: dict[str, int]) -> ContactView:
    profile = known(name=row.name, username=row.username, url=row.url, followers=row.followers)
    return ContactView(
        id=row.id,
        brand=row.brand,
        account_id=row.account_id,
        platform=row.platform,
        external_id=row.external_id,
        **profile,
        marks=MarksView(
            reactions=marks.get("reaction", 0), shares=marks.get("share", 0), follows=marks.get("follow", 0)
        ),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )
