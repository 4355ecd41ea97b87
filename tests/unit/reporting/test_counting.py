"""What counts, and that it counts once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from huiying.db.migrate import differences
from huiying.events.interactions import Action, Direction, Kind
from reporting.main import SERVICE
from reporting.usecases.forget_known import KEPT, forget_known
from tests.support.eventually import eventually
from tests.unit.reporting.facts import NOON, an_assessment, an_interaction, answered, opened, reopened, resolved
from tests.unit.reporting.world import Reporting

COUNTED = [Kind.COMMENT, Kind.MESSAGE, Kind.MENTION, Kind.REACTION, Kind.SHARE, Kind.FOLLOW]


async def test_the_tables_are_as_the_migrations_leave_them(reporting: Reporting) -> None:
    found = await differences(reporting.service.runtime.database, SERVICE.metadata)

    # What other parts of the platform have declared depends on what this process has imported.
    assert [one for one in found if any(name in repr(one) for name in SERVICE.metadata.tables)] == []


async def test_facts_on_the_bus_are_counted(reporting: Reporting) -> None:
    comment = an_interaction()

    await reporting.service.told(comment, an_assessment(comment), opened(), answered(first=True, response_seconds=30))

    async def is_counted() -> bool:
        return [await reporting.total(metric) for metric in ("interactions", "answers", "sentiment_net")] == [1, 1, -1]

    check: Callable[[], bool | Awaitable[bool]] = is_counted
    assert await eventually(check)


@pytest.mark.parametrize("kind", Kind)
async def test_only_what_people_address_to_a_brand_is_an_interaction(reporting: Reporting, kind: Kind) -> None:
    await reporting.tell(an_interaction(kind=kind))

    assert await reporting.total("interactions") == (1 if kind in COUNTED else 0)


async def test_edits_deletions_and_the_brands_own_words_are_no_interactions(reporting: Reporting) -> None:
    await reporting.tell(
        an_interaction(action=Action.UPDATED),
        an_interaction(action=Action.DELETED),
        an_interaction(direction=Direction.OUTBOUND),
        an_interaction(direction=Direction.SYSTEM),
    )

    assert await reporting.total("interactions") == 0


async def test_an_interaction_told_again_counts_once(reporting: Reporting) -> None:
    comment = an_interaction(name="c1")

    await reporting.tell(comment, comment)
    await reporting.tell(comment, an_interaction(name="c1", at=NOON + timedelta(hours=3)))

    assert await reporting.total("interactions") == 1


@pytest.mark.parametrize("is_first", [True, False])
async def test_an_assessment_finds_its_interaction_in_either_order(reporting: Reporting, is_first: bool) -> None:
    comment = an_interaction()
    facts = [comment, an_assessment(comment, "positive")]

    for fact in reversed(facts) if is_first else facts:
        await reporting.tell(fact)

    assert await reporting.split("interactions", by="sentiment") == {"positive": [1]}


async def test_an_assessment_told_again_counts_once_and_the_first_stays(reporting: Reporting) -> None:
    comment = an_interaction()

    await reporting.tell(comment, an_assessment(comment, "negative"), an_assessment(comment, "negative"))
    await reporting.tell(an_assessment(comment, "positive"))

    assert await reporting.split("interactions", by="sentiment") == {"negative": [1]}


async def test_assessments_of_what_is_not_counted_change_no_share(reporting: Reporting) -> None:
    edit, answer, silent = an_interaction(action=Action.UPDATED), an_interaction(), an_interaction()

    await reporting.tell(edit, answer, silent)
    await reporting.tell(
        an_assessment(edit), an_assessment(answer, direction=Direction.OUTBOUND), an_assessment(silent, None)
    )

    assert await reporting.split("interactions", by="sentiment") == {"unassessed": [2]}
    assert await reporting.total("sentiment_negative_share") is None


async def test_sentiment_is_told_as_a_share_of_what_was_assessed(reporting: Reporting) -> None:
    comments = [an_interaction() for _ in range(6)]
    labels = ["negative", "negative", "negative", "neutral", "positive"]

    await reporting.tell(*comments)
    await reporting.tell(*(an_assessment(one, label) for one, label in zip(comments, labels, strict=False)))

    assert await reporting.total("sentiment_negative_share") == pytest.approx(3 / 5)
    assert await reporting.total("sentiment_net") == pytest.approx(-2 / 5)


async def test_a_person_who_comes_again_is_one_person(reporting: Reporting) -> None:
    later = NOON + timedelta(days=1)

    await reporting.tell(an_interaction(person="ann"), an_interaction(person="ann"), an_interaction(person="bo"))
    await reporting.tell(an_interaction(person="ann", at=later), an_interaction(person=None, at=later))

    answer = await reporting.ask("people", to="2026-03-12T00:00:00Z")
    assert answer["total"] == 2
    assert [point["value"] for point in answer["series"][0]["points"]] == [2, 1]


async def test_many_people_are_estimated_within_five_percent(reporting: Reporting) -> None:
    for start in range(0, 5_000, 500):
        batch = [an_interaction(person=f"person-{number}") for number in range(start, start + 500)]
        await reporting.tell(*batch, *(an_interaction(person=f"person-{start}") for _ in range(20)))

    assert await reporting.total("people") == pytest.approx(5_000, rel=0.05)


async def test_the_first_answer_and_those_after_it_are_timed_apart(reporting: Reporting) -> None:
    await reporting.tell(opened("a"), opened("b"), opened("c"))
    await reporting.tell(
        answered("a", first=True, response_seconds=30),
        answered("b", first=True, response_seconds=90),
        answered("c", first=True, response_seconds=3600),
        answered("a", response_seconds=5),
        answered("a"),
    )

    assert await reporting.total("answers") == 5
    assert await reporting.total("first_response_seconds") == 90
    assert await reporting.total("next_response_seconds") == 5


async def test_an_answer_told_again_counts_once(reporting: Reporting) -> None:
    answer = answered(answer="r1", first=True, response_seconds=30)

    await reporting.tell(opened(), answer, answer)
    await reporting.tell(answer)

    assert await reporting.total("answers") == 1
    assert await reporting.total("answer_rate") == 1


async def test_the_answer_rate_belongs_to_the_day_on_which_threads_opened(reporting: Reporting) -> None:
    await reporting.tell(opened("a"), opened("b"), answered("a", at=NOON + timedelta(days=1), first=True))

    rate = await reporting.split("answer_rate", to="2026-03-12T00:00:00Z")
    assert rate == {"all": [0.5, None]}


async def test_the_backlog_is_what_is_open_at_the_end_of_each_point(reporting: Reporting) -> None:
    day = timedelta(days=1)
    await reporting.tell(opened("a", at=NOON - 3 * day), opened("b"), opened("c"))
    await reporting.tell(resolved("a", at=NOON + day), resolved("b", at=NOON + day), reopened("b", at=NOON + 3 * day))

    backlog = await reporting.ask("backlog", to="2026-03-14T00:00:00Z")
    assert [point["value"] for point in backlog["series"][0]["points"]] == [3, 1, 1, 2]
    assert backlog["total"] == 2


async def test_resolving_what_is_resolved_changes_nothing(reporting: Reporting) -> None:
    await reporting.tell(opened(), resolved(seconds=60), resolved(at=NOON + timedelta(hours=1), seconds=900))
    await reporting.tell(reopened("never-opened"), resolved("never-opened"))

    assert await reporting.total("backlog") == 0
    assert await reporting.total("resolution_seconds") == 60


async def test_a_whole_history_told_again_changes_nothing(reporting: Reporting) -> None:
    comment = an_interaction()
    history = [
        comment,
        an_assessment(comment),
        opened(),
        answered(first=True, response_seconds=10),
        resolved(seconds=60),
        reopened(at=NOON + timedelta(hours=1)),
        resolved(at=NOON + timedelta(hours=2), seconds=30),
    ]
    metrics = [entry["name"] for entry in (await reporting.get("/metrics/catalogue")).json()["items"]]
    await reporting.tell(*history)
    once = [await reporting.ask(metric) for metric in metrics]

    await reporting.tell(*history)

    assert [await reporting.ask(metric) for metric in metrics] == once


async def test_the_keys_of_old_facts_are_forgotten_and_their_counts_are_not(reporting: Reporting) -> None:
    await reporting.tell(an_interaction(name="c1"))
    reporting.clock.advance(KEPT + timedelta(days=1))

    async with reporting.service.open_unit() as unit:
        await forget_known(unit)

    assert await reporting.total("interactions") == 1
    await reporting.tell(an_interaction(name="c1"))
    assert await reporting.total("interactions") == 2
