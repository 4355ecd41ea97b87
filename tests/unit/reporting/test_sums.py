"""However interactions are cut, nothing is lost and nothing is counted twice."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from huiying.events.assessments import AssessmentMade
from huiying.events.interactions import InteractionReceived, Kind
from reporting.usecases.count_interactions import COUNTED_KINDS
from tests.unit.reporting.facts import an_assessment, an_interaction
from tests.unit.reporting.world import a_reporting

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-04T00:00:00Z"}
GROUPINGS: list[dict[str, str]] = [{}, {"by": "platform"}, {"by": "kind"}, {"by": "account"}, {"by": "sentiment"}]
ZONES = ["UTC", "Asia/Kolkata", "America/New_York"]

interactions = st.builds(
    an_interaction,
    name=st.sampled_from([f"i{number}" for number in range(12)]),
    at=st.integers(0, 72 * 60 - 1).map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
    platform=st.sampled_from(["facebook", "weibo"]),
    kind=st.sampled_from([*sorted(COUNTED_KINDS), Kind.RECEIPT]),
    account=st.sampled_from(["account-1", "account-2"]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[InteractionReceived | AssessmentMade]]:
    """Batches of interactions and their assessments in any order, some of it told again."""
    told = draw(st.lists(interactions, max_size=12, unique_by=lambda one: one.interaction.id))
    labels = [draw(st.sampled_from(["negative", "neutral", "positive", None])) for _ in told]
    facts: list[InteractionReceived | AssessmentMade] = [
        *told,
        *(an_assessment(one, label) for one, label in zip(told, labels, strict=True) if label),
    ]
    again = draw(st.lists(st.sampled_from(facts), max_size=5)) if facts else []
    ordered = draw(st.permutations([*facts, *again]))
    cut = draw(st.integers(0, len(ordered)))
    return [ordered[:cut], ordered[cut:]]


@given(history=histories())
@settings(max_examples=12, deadline=timedelta(seconds=20))
async def test_the_sum_over_the_hours_is_the_total_for_every_grouping(
    history: list[list[InteractionReceived | AssessmentMade]],
) -> None:
    told = {fact.interaction.id: fact for batch in history for fact in batch if isinstance(fact, InteractionReceived)}
    expected = sum(fact.interaction.kind in COUNTED_KINDS for fact in told.values())

    with tempfile.TemporaryDirectory() as directory:
        async with a_reporting(Path(directory)) as reporting:
            for batch in history:
                await reporting.tell(*batch)
            for grouping in GROUPINGS:
                for zone in ZONES:
                    answer = await reporting.ask("interactions", granularity="hour", tz=zone, **SPAN, **grouping)
                    values = [point["value"] for line in answer["series"] for point in line["points"]]

                    assert (answer["total"], sum(values)) == (expected, expected)
                    assert all(value >= 0 for value in values)
