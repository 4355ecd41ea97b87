"""Set up what of a brand's conversation is watched by itself."""

from collections.abc import Mapping, Sequence

import msgspec

from huiying.errors import Invalid
from huiying.ids import new_id
from scoring.domain.alerts.watch import DEFAULT_SENSITIVITY, WHOLE_BRAND, Watch
from scoring.storage.counting import forget_series, restart_series
from scoring.storage.unit import ScoringUnit
from scoring.storage.watching import read_watches, replace_watches
from scoring.usecases.fill_watches import fill_watches
from scoring.usecases.work_on_alerts import close_unwatched

MOST_WATCHES = 50
"""Watches that a brand may have."""


class NewWatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. One with an id is kept, one without is new."""

    id: str | None = None
    name: str = ""
    topics: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sensitivity: float = DEFAULT_SENSITIVITY


async def keep_watches(unit: ScoringUnit, brand: str, new: Sequence[NewWatch]) -> list[Watch]:
    """Watch this and nothing else; gives what is watched now. Raises Invalid.

    The counts of a watch that ends are forgotten, and its alarms closed. One that is new, or looks for something else
    than before, is filled with what is remembered, and judged by that; it stays muted if it was.
    """
    before = {watch.id: watch for watch in (await read_watches(unit.session, {brand}))[brand]}
    watches = [_watch(brand, one, before) for one in new]
    if len({watch.id for watch in watches}) < len(watches):
        raise Invalid("two watches have one id, or both are that of the whole brand", pointer="/items")
    await replace_watches(unit.session, brand, watches)
    after = (await read_watches(unit.session, {brand}))[brand]
    kept = {watch.id: watch.conditions for watch in after}
    ended = before.keys() - kept.keys()
    await forget_series(unit.session, brand, ended)
    await close_unwatched(unit, brand, ended)
    changed = {one.id for one in before.values() if one.id in kept and kept[one.id] != one.conditions}
    await restart_series(unit.session, brand, changed)
    await fill_watches(unit, brand, changed | (kept.keys() - before.keys()))
    return after


def _watch(brand: str, new: NewWatch, before: Mapping[str, Watch]) -> Watch:
    if new.id is not None and new.id not in before:
        raise Invalid(f"brand {brand} has no watch {new.id}", pointer="/items")
    watch = Watch(brand=brand, **{**msgspec.structs.asdict(new), "id": new.id or new_id()})
    if watch.is_whole_brand:
        return msgspec.structs.replace(watch, id=WHOLE_BRAND)
    if watch.id == WHOLE_BRAND:
        raise Invalid("the watch of the whole brand has no conditions", pointer="/items")
    return watch
