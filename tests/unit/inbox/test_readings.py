"""Readings are folded together: in any order, and however often, they say the same."""

from hypothesis import given
from hypothesis import strategies as st

from huiying.events.assessments import IntentCode, Reason, RiskCode, SentimentLabel
from inbox.domain.reading import Reading, Readings
from tests.support.inboxes import at


@st.composite
def a_reading(draw: st.DrawFn, interaction_id: str) -> tuple[Reading, bool]:
    """How a message of that id reads, and whether it waits."""
    urgency = draw(st.sampled_from([0.0, 0.5, 1.0]))
    reading = Reading(
        said_at=at(draw(st.integers(0, 2))),
        interaction_id=interaction_id,
        sentiment=draw(st.sampled_from([*SentimentLabel, None])),
        intents=tuple(sorted(draw(st.sets(st.sampled_from(IntentCode), max_size=2)))),
        risks=tuple(sorted(draw(st.sets(st.sampled_from(RiskCode), max_size=2)))),
        urgency=urgency,
        urgency_reasons=(Reason(code="waiting", weight=urgency, detail=interaction_id),),
    )
    return reading, draw(st.booleans())


def together(told: list[tuple[Reading, bool]]) -> Readings:
    readings = Readings()
    for reading, waits in told:
        readings = readings.including(reading, waits=waits)
    return readings


@given(st.tuples(*(a_reading(name) for name in "abcde")), st.data())
def test_any_order_and_repetition_of_readings_says_the_same(
    told: tuple[tuple[Reading, bool], ...], data: st.DataObject
) -> None:
    plain = together(list(told))
    again = data.draw(st.lists(st.sampled_from(told), max_size=4))

    assert together(data.draw(st.permutations([*told, *again]))) == plain


@given(st.tuples(*(a_reading(name) for name in "abcde")))
def test_urgency_is_that_of_the_most_urgent_that_waits_with_its_reasons(told: tuple[tuple[Reading, bool], ...]) -> None:
    readings = together(list(told))

    waiting = [reading for reading, waits in told if waits]
    assert readings.urgency == max((one.urgency for one in waiting), default=0.0)
    assert readings.urgency_reasons in (
        [one.urgency_reasons for one in waiting if one.urgency == readings.urgency] or [()]
    )


@given(st.tuples(*(a_reading(name) for name in "abcde")))
def test_codes_are_those_of_the_newest_and_of_all_that_wait(told: tuple[tuple[Reading, bool], ...]) -> None:
    readings = together(list(told))

    assert readings.newest is not None
    deciding = [readings.newest, *(reading for reading, waits in told if waits)]
    assert set(readings.intents) == {code for one in deciding for code in one.intents}
    assert set(readings.risks) == {code for one in deciding for code in one.risks}
