"""Counts what people newly addressed to a brand."""

from collections.abc import Sequence

from huiying.events.interactions import Action, Direction, Interaction, Kind
from reporting.domain.cells import Additions, Cell, bucket_of
from reporting.storage.folding import fold
from reporting.storage.known import digest_of, note_interactions
from reporting.storage.tables import InteractionCounts
from reporting.storage.unit import ReportingUnit

COUNTED_KINDS = frozenset({Kind.COMMENT, Kind.MESSAGE, Kind.MENTION, Kind.REACTION, Kind.SHARE, Kind.FOLLOW})


async def count_interactions(unit: ReportingUnit, interactions: Sequence[Interaction]) -> None:
    """Count each interaction once, with its sentiment if that came first. What is not counted is passed over."""
    counted = {digest_of(one.id): one for one in interactions if is_counted(one)}
    if not counted:
        return
    new = await note_interactions(unit.session, counted, on=unit.clock.now().date())
    additions = Additions()
    for digest, label in new.items():
        interaction = counted[digest]
        cell = cell_of(interaction)
        additions.count(cell, "interactions", *([label] if label else ()))
        if interaction.actor is not None:
            additions.observe(cell, "people", f"{interaction.platform}:{interaction.actor.id}")
    await fold(unit.session, InteractionCounts, additions)


def is_counted(interaction: Interaction) -> bool:
    """Whether this is one of the `interactions` of the catalogue."""
    return (
        interaction.direction is Direction.INBOUND
        and interaction.action is Action.CREATED
        and interaction.kind in COUNTED_KINDS
    )


def cell_of(interaction: Interaction) -> Cell:
    """Where an interaction counts."""
    account = interaction.account
    bucket = bucket_of(interaction.occurred_at)
    return Cell(account.brand, bucket, interaction.platform, interaction.kind.value, account.id)
