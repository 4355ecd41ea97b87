"""Count what was said, by the minute in which it was said, and remember it for explanations."""

from collections.abc import Collection, Mapping, Sequence

from huiying.events.envelope import Told
from huiying.events.interactions import Interaction, InteractionReceived
from scoring.domain.alerts.counts import KEPT, additions
from scoring.domain.alerts.observation import Observed, is_deletion, key_of
from scoring.domain.alerts.watch import Watch
from scoring.storage.counting import add_counts, note_new
from scoring.storage.observations import erase, note_edits, note_said, row_of
from scoring.storage.unit import ScoringUnit
from scoring.storage.watching import read_watches

_Matched = tuple[Observed, Sequence[Watch]]
"""Something that was said, and the watches that it belongs to."""


async def count_observations(unit: ScoringUnit, observed: Sequence[Observed]) -> None:
    """Count each thing once, however often it is told, in all watches that it belongs to; edits do not count again."""
    if not observed:
        return
    watches = await read_watches(unit.session, {one.brand for one in observed})
    matched = [(one, [watch for watch in watches[one.brand] if watch.matches(one)]) for one in observed]
    said = {one.key: (one, theirs) for one, theirs in reversed(matched) if not one.is_edit}
    edits = sorted((pair for pair in matched if pair[0].is_edit), key=lambda pair: pair[0].occurred_at)
    counted = await _noted(unit, said=said, edited={one.key: (one, theirs) for one, theirs in edits})
    await _count(unit, [said[key] for key in counted])


async def _noted(
    unit: ScoringUnit, *, said: Mapping[bytes, _Matched], edited: Mapping[bytes, _Matched]
) -> Collection[bytes]:
    """Keep what was said and edited, by keys in one order for all; the keys of what is to be counted."""
    now, counted = unit.clock.now(), set[bytes]()
    if said:
        rows = [row_of(one, theirs, now=now) for _, (one, theirs) in sorted(said.items())]
        counted = await note_said(unit.session, rows)
    if edited:
        rows = [row_of(one, theirs, now=now) for _, (one, theirs) in sorted(edited.items())]
        await note_edits(unit.session, rows)
    return counted


async def erase_deleted(unit: ScoringUnit, facts: Sequence[Told[InteractionReceived]]) -> None:
    """Forget the words of what was deleted. That it was said stays counted."""
    interactions = [told.event.interaction for told in facts]
    deleted = [one for one in interactions if is_deletion(one)]
    if deleted:
        await erase(unit.session, {key_of(one): _place(one, unit) for one in deleted})


async def _count(unit: ScoringUnit, new: Sequence[_Matched]) -> None:
    now = unit.clock.now()
    # What is older would be forgotten at once.
    adds = additions((one, watches) for one, watches in new if one.occurred_at > now - KEPT)
    await add_counts(unit.session, adds)
    await note_new(unit.session, adds, now=now)


def _place(interaction: Interaction, unit: ScoringUnit) -> dict[str, object]:
    return {
        "brand": interaction.account.brand,
        "platform": interaction.platform,
        "occurred_at": interaction.occurred_at,
        "worded_at": interaction.occurred_at,
        "noted_at": unit.clock.now(),
    }
