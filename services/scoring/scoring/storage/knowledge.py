"""What brands have taught: read with every batch, so that no process works with what has been changed elsewhere."""

from collections.abc import Collection
from functools import partial

import anyio
import anyio.to_thread
import msgspec
from sqlalchemy import Text, cast, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import upsert
from scoring.domain.codes.dictionary import BrandDictionary
from scoring.domain.teaching.adaptation import Adaptation
from scoring.domain.teaching.knowledge import NO_KNOWLEDGE, BrandKnowledge
from scoring.storage.learning_tables import ADAPTATIONS, KNOWLEDGE, Knowledge
from scoring.storage.unit import ScoringUnit


async def knowledge_of(unit: ScoringUnit, brands: Collection[str]) -> dict[str, BrandKnowledge]:
    """What each of these brands has taught, as of this transaction. One small query where nothing has changed."""
    cache = unit.tools.knowledge
    query = select(KNOWLEDGE.c.brand, KNOWLEDGE.c.version).where(KNOWLEDGE.c.brand.in_(sorted(brands)))
    versions = {row.brand: row.version for row in await unit.session.execute(query)}
    found = {brand: cache.get(brand, version=version) for brand, version in versions.items()}
    changed = [brand for brand, knowledge in found.items() if knowledge is None]
    if changed:
        found |= await _read(unit, changed)
    return {brand: found.get(brand) or NO_KNOWLEDGE for brand in brands}


async def held_knowledge(session: AsyncSession, brand: str) -> Knowledge:
    """The brand's row, locked until the transaction ends: who changes what a brand teaches does so one by one."""
    empty = {"brand": brand, "version": 0, "dictionary": {}, "dictionary_version": 0, "adaptation_id": None}
    await session.execute(upsert(session, KNOWLEDGE).values(empty).on_conflict_do_nothing())
    query = select(Knowledge).where(col(Knowledge.brand) == brand).with_for_update()
    found: Knowledge = (await session.execute(query)).scalar_one()
    return found


async def _read(unit: ScoringUnit, brands: Collection[str]) -> dict[str, BrandKnowledge | None]:
    # Version and content in one statement: between two, another transaction could change the one without the other. The
    # dictionary comes as text: a large one takes a while to decode, too.
    dictionary = cast(KNOWLEDGE.c.dictionary, Text).label("dictionary")
    query = (
        select(KNOWLEDGE.c.brand, KNOWLEDGE.c.version, dictionary, ADAPTATIONS.c.content)
        .outerjoin(ADAPTATIONS, ADAPTATIONS.c.id == KNOWLEDGE.c.adaptation_id)
        .where(KNOWLEDGE.c.brand.in_(sorted(brands)))
    )
    found: dict[str, BrandKnowledge | None] = {}
    cache = unit.tools.knowledge
    for row in (await unit.session.execute(query)).all():
        async with cache.turn(row.brand):
            knowledge = cache.get(row.brand, version=row.version)
            if knowledge is None:
                # Elsewhere, so that what is read for other brands, and asked for, goes on meanwhile.
                knowledge = await anyio.to_thread.run_sync(partial(_made, row.dictionary, row.content))
                cache.put(row.brand, knowledge, version=row.version)
        found[row.brand] = knowledge
    return found


def _made(dictionary: str, adaptation: bytes | None) -> BrandKnowledge:
    return BrandKnowledge(
        dictionary=msgspec.json.decode(dictionary, type=BrandDictionary),
        adaptation=None if adaptation is None else msgspec.msgpack.decode(adaptation, type=Adaptation),
    ).make_ready()
