"""How the routes by which a brand teaches scoring are asked about one brand, and the objects they need for that."""

from collections.abc import Mapping
from typing import Any

import msgspec

from huiying.db.statements import insert_all
from huiying.ids import new_id
from scoring.domain.model.weights import features_fingerprint
from scoring.domain.teaching.adaptation import Adaptation
from scoring.storage.learning_tables import AdaptationRow
from tests.support.asks import NOW, About, Ask, World


async def dictionary(_world: World, slug: str) -> str:
    """A brand's dictionary, which goes by the brand's name and is there from the start."""
    return slug


def new_correction(slug: str) -> Mapping[str, Any]:
    """What somebody says of a text."""
    return {"brand": slug, "text": "还行", "sentiment": "neutral"}


async def correction(world: World, slug: str) -> str:
    """What somebody said of a text of the brand."""
    return str((await world.made("/corrections", new_correction(slug)))["id"])


async def adaptation(world: World, slug: str) -> str:
    """Something that was learnt for the brand, and is not applied yet."""
    model = world.running.runtime.tools.model.name
    learnt = Adaptation(model=model, features_sha256=features_fingerprint(), scale=1.0, bias=(0.0, 0.5, 0.0))
    figures = {"accuracy": 0.5, "macro_f1": 0.5, "ece": 0.1}
    effect = {"label_count": 100, "confirmed": 0.5, "uses_ngrams": False, "changed": 1}
    row = AdaptationRow(
        id=new_id(),
        brand=slug,
        model=model,
        status="draft",
        content=msgspec.msgpack.encode(learnt),
        effect={**effect, "before": figures, "after": figures},
        changes=[],
        before_id=None,
        created_by="member-1",
        created_at=NOW,
        applied_at=None,
    )
    async with world.running.open_unit() as unit:
        await insert_all(unit.session, AdaptationRow, [row.model_dump()])
    return row.id


async def applied_adaptation(world: World, slug: str) -> str:
    """The same, applied."""
    adaptation_id = await adaptation(world, slug)
    answer = await world.administrator.post(f"/adaptations/{adaptation_id}:apply")
    assert answer.is_success, answer.text
    return adaptation_id


TEACHING = {
    "getDictionary": Ask(about=About.OBJECT, make=dictionary),
    "putDictionary": Ask(about=About.OBJECT, make=dictionary, body=lambda _: {"words": ["少冰"]}),
    "createCorrection": Ask(about=About.BRAND, body=new_correction),
    "listCorrections": Ask(about=About.LIST, make=correction),
    "deleteCorrection": Ask(about=About.OBJECT, make=correction),
    # Who may ask is told that there are too few labels to learn from.
    "createAdaptation": Ask(about=About.BRAND, body=lambda slug: {"brand": slug}, answers=frozenset({409})),
    "listAdaptations": Ask(about=About.LIST, make=adaptation),
    "getAdaptation": Ask(about=About.OBJECT, make=adaptation),
    "applyAdaptation": Ask(about=About.OBJECT, make=adaptation),
    "undoAdaptation": Ask(about=About.OBJECT, make=applied_adaptation),
}
