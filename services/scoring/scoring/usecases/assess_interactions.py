"""Assess what people write to a brand."""

from collections.abc import Sequence
from datetime import timedelta

from huiying.events.assessments import Assessment, AssessmentMade
from huiying.events.envelope import Told
from huiying.events.interactions import Action, Direction, Interaction, InteractionReceived, Kind
from scoring.domain.alerts.observation import author_of, observe
from scoring.domain.assessing import Utterance
from scoring.storage.knowledge import knowledge_of
from scoring.storage.objects import note_read
from scoring.storage.observations import count_recent
from scoring.storage.unit import ScoringUnit
from scoring.usecases.count_observations import count_observations
from scoring.usecases.read_utterances import read_utterances

_WRITTEN = frozenset({Kind.COMMENT, Kind.MESSAGE, Kind.MENTION, Kind.SHARE})
_ACTIONS = frozenset({Action.CREATED, Action.UPDATED})
_LATELY = timedelta(hours=24)


async def assess_interactions(unit: ScoringUnit, facts: Sequence[Told[InteractionReceived]]) -> None:
    """Tell how each text reads that came in, and count it. The brand's own words, and what has none, do not count."""
    told = [each.event for each in facts if _is_assessed(each.event.interaction)]
    if not told:
        return
    interactions = [each.interaction for each in told]
    utterances = await _utterances(unit, interactions)
    read = await read_utterances(unit.tools, utterances)
    for event, (assessment, _) in zip(told, read, strict=True):
        unit.tell(_made(event, assessment))
    observed = [
        observe(one, assessment, signature=signature)
        for one, (assessment, signature) in zip(interactions, read, strict=True)
    ]
    await note_read(unit.session, observed, now=unit.clock.now())
    await count_observations(unit, observed)


async def _utterances(unit: ScoringUnit, interactions: Sequence[Interaction]) -> list[Utterance]:
    brands = {one.account.brand for one in interactions}
    authors = [author_of(one) for one in interactions]
    knowledge = await knowledge_of(unit, brands)
    known = {author for author in authors if author is not None}
    said = await count_recent(unit.session, known, brands=brands, since=unit.clock.now() - _LATELY)
    utterances = []
    for one, author in zip(interactions, authors, strict=True):
        place = (one.account.brand, author or b"")
        # Who edits a text does not write once more.
        written = said.get(place, 0) + (one.action is Action.CREATED)
        said[place] = 1 if author is None else max(written, 1)
        utterances.append(
            Utterance(
                text=one.object.text or "",
                language_hint=one.object.lang,
                followers=one.actor.followers if one.actor else None,
                repeated=said[place],
                knowledge=knowledge[one.account.brand],
            )
        )
    return utterances


def _made(event: InteractionReceived, assessment: Assessment) -> AssessmentMade:
    interaction = event.interaction
    return AssessmentMade(
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


def _is_assessed(interaction: Interaction) -> bool:
    return (
        interaction.direction is Direction.INBOUND
        and interaction.kind in _WRITTEN
        and interaction.action in _ACTIONS
        and bool(interaction.object.text)
    )
