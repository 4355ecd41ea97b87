"""Assess what people write to a brand."""

from collections.abc import Sequence

from huiying.events.assessments import AssessmentMade
from huiying.events.envelope import Told
from huiying.events.interactions import Action, Direction, Interaction, InteractionReceived, Kind
from scoring.domain.duplicates import signatures
from scoring.domain.observation import observe
from scoring.storage.unit import ScoringUnit
from scoring.usecases.assess_texts import assess_texts
from scoring.usecases.count_observations import count_observations

_WRITTEN = frozenset({Kind.COMMENT, Kind.MESSAGE, Kind.MENTION, Kind.SHARE})
_ACTIONS = frozenset({Action.CREATED, Action.UPDATED})


async def assess_interactions(unit: ScoringUnit, facts: Sequence[Told[InteractionReceived]]) -> None:
    """Tell how each text reads that came in, and count it. The brand's own words, and what has none, do not count."""
    told = [each.event for each in facts if _is_assessed(each.event.interaction)]
    if not told:
        return
    interactions = [each.interaction for each in told]
    texts = [each.object.text or "" for each in interactions]
    assessments = assess_texts(texts, model=unit.tools.model, hints=[each.object.lang for each in interactions])
    for event, assessment in zip(told, assessments, strict=True):
        interaction = event.interaction
        unit.tell(
            AssessmentMade(
                interaction_id=interaction.id,
                account_id=interaction.account.id,
                brand=interaction.account.brand,
                platform=interaction.platform,
                kind=interaction.kind,
                direction=interaction.direction,
                counterpart_key=event.key,
                occurred_at=interaction.occurred_at,
                assessment=assessment,
            )
        )
    read = zip(interactions, assessments, signatures(texts), strict=True)
    await count_observations(unit, [observe(one, assessment, signature=each) for one, assessment, each in read])


def _is_assessed(interaction: Interaction) -> bool:
    return (
        interaction.direction is Direction.INBOUND
        and interaction.kind in _WRITTEN
        and interaction.action in _ACTIONS
        and bool(interaction.object.text)
    )
