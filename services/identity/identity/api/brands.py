"""Brands: whose accounts, threads and reports there are."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from sqlmodel import col
from starlette.responses import Response

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.http.idempotency import IdempotencyKeyReused, IdempotencyOf, StillInFlight, once
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from identity.api.shapes import Asked, BrandSlug, Name, SlugOf, Viewing, Writing
from identity.storage.queries import brands_in
from identity.storage.tables import Brand
from identity.usecases.create_brand import BrandExists, create_brand

router = APIRouter(tags=["brands"])

Reader = Annotated[Principal, Depends(require(Permission.BRANDS_READ))]
Writer = Annotated[Principal, Depends(require(Permission.BRANDS_WRITE))]

_BY_SLUG = Keyset("brands:slug", ascending(Brand.slug))


class NewBrandIn(Asked):
    """A brand to be added."""

    slug: BrandSlug
    name: Name


class BrandOut(BaseModel):
    """A brand."""

    model_config = ConfigDict(from_attributes=True)

    slug: str
    name: str
    created_at: datetime


@router.post(
    "/brands",
    operation_id="createBrand",
    status_code=201,
    response_model=BrandOut,
    responses=responses(Unauthenticated, Forbidden, BrandExists, StillInFlight, IdempotencyKeyReused),
)
async def post_brand(body: NewBrandIn, principal: Writer, unit: Writing, request: IdempotencyOf) -> Response:
    """Add a brand. Its slug is its name in every API, and stays."""

    async def effect() -> BrandOut:
        return BrandOut.model_validate(await create_brand(unit, slug=body.slug, name=body.name))

    now = unit.clock.now()
    return await once(unit.session, request, principal=principal.subject, now=now, status=201, effect=effect)


@router.get("/brands", operation_id="listBrands", responses=responses(Unauthenticated, Forbidden, BadCursor))
async def list_brands(principal: Reader, unit: Viewing, page: PageOf) -> Page[BrandOut]:
    """The brands that the caller has to do with, by slug."""
    rows, following = await paginate(
        unit.session,
        brands_in(principal.scope(Permission.BRANDS_READ)),
        keyset=_BY_SLUG,
        cursors=unit.tools.cursors,
        page=page,
    )
    return Page(items=[BrandOut.model_validate(row[0]) for row in rows], next_cursor=following)


@router.get("/brands/{slug}", operation_id="getBrand", responses=responses(Unauthenticated, Forbidden, NotFound))
async def get_brand(principal: Reader, unit: Viewing, slug: SlugOf) -> BrandOut:
    """One brand."""
    principal.demand(Permission.BRANDS_READ, slug, what=f"brand {slug}")
    brand = (await unit.session.execute(brands_in([slug]).where(col(Brand.slug) == slug))).scalar_one_or_none()
    if brand is None:
        raise NotFound(f"no brand {slug}")
    return BrandOut.model_validate(brand)
