"""A brand is added to the installation."""

from huiying.db.statements import insert_new
from huiying.errors import Conflict
from huiying.events.brands import BrandCreated
from identity.storage.tables import Brand
from identity.storage.unit import IdentityUnit


class BrandExists(Conflict):
    """There is a brand of this slug already."""

    code = "brand_exists"


async def create_brand(unit: IdentityUnit, *, slug: str, name: str) -> Brand:
    """The new brand, told to all services.

    Raises BrandExists.
    """
    now = unit.clock.now()
    brand = Brand(slug=slug, name=name, created_at=now)
    if not await insert_new(unit.session, Brand, [brand.model_dump()], key="slug"):
        raise BrandExists(f"there is a brand {slug} already")
    unit.tell(BrandCreated(slug=slug, name=name, created_at=now))
    return brand
