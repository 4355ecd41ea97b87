"""Remember the brands that identity tells of."""

from collections.abc import Sequence

from huiying.db.statements import insert_new
from huiying.events.brands import BrandCreated
from huiying.events.envelope import Told
from ingest.storage.tables import Brand
from ingest.storage.unit import IngestUnit


async def learn_brands(unit: IngestUnit, facts: Sequence[Told[BrandCreated]]) -> None:
    """Brands exist here from now on; told twice, they exist once."""
    brands = {told.event.slug: told.event.name for told in facts}
    rows = [{"slug": slug, "name": name} for slug, name in brands.items()]
    await insert_new(unit.session, Brand, rows, key="slug")
