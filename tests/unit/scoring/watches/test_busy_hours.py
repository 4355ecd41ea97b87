"""Hours in which too much is said to look at all of it: who repeats whom is estimated, and that is said."""

from datetime import timedelta

from huiying.events.assessments import Reason
from scoring.domain.alerts.alarm import Entry, Figures, Turn
from scoring.domain.alerts.counts import Counts, Place
from scoring.storage.counting import add_counts
from scoring.storage.observations import signed_between
from scoring.usecases.mark_coordinated import HOUR, LOOKED_AT, mark_coordinated, naming_estimates
from tests.unit.scoring.watches.world import NOON, Scoring, every

SAME = bytes(range(64))
SECONDS = timedelta(seconds=1)


def an_alarm_for(*codes: str) -> Entry:
    """An alarm that opened at noon for these reasons."""
    reasons = tuple(Reason(code=code, weight=0.0) for code in codes)
    figures = Figures(
        severity=2, observed=9, baseline=1.0, ratio=9.0, negative_share=0.5, window_minutes=5, reasons=reasons
    )
    return Entry(opened_at=NOON, at=NOON + 300 * SECONDS, turn=Turn.OPENED, was=0, figures=figures)


async def test_of_more_than_can_be_looked_at_a_share_stands_for_all(scoring: Scoring) -> None:
    await scoring.hears(*every(5 * SECONDS, since=NOON, until=NOON + HOUR, signature=SAME))

    async with scoring.service.open_unit() as unit:
        await mark_coordinated(unit, "tea", watch_ids=[""], hour=NOON, most=240)

    # A third of 720 is looked at: three standard deviations of that are a fifth of it.
    assert 0.8 * 720 < await scoring.coordinated() < 1.2 * 720


async def test_a_share_is_the_same_whenever_somebody_looks(scoring: Scoring) -> None:
    await scoring.hears(*every(5 * SECONDS, since=NOON, until=NOON + HOUR, signature=SAME))

    async with scoring.service.open_view() as view:
        hour = {"since": NOON, "until": NOON + HOUR}
        looks = [await signed_between(view.session, "tea", share=share, **hour) for share in (0.3, 0.3, 0.6, 1.0)]

    first, again, more, everything = map(set, looks)
    assert first == again < more < everything
    assert len(everything) == 720


async def test_an_alarm_says_of_what_share_it_was_seen_who_repeats_whom(scoring: Scoring) -> None:
    async with scoring.service.open_unit() as unit:
        await add_counts(unit.session, {Place("tea", "", NOON): Counts(total=4 * LOOKED_AT)})

        [entry] = await naming_estimates(unit, "tea", [an_alarm_for("negatives_surge", "coordinated_posting")])

    assert [reason.detail for reason in entry.figures.reasons] == [None, "estimated from 25.0% of the posts"]


async def test_an_alarm_in_which_all_was_looked_at_says_nothing_of_shares(scoring: Scoring) -> None:
    async with scoring.service.open_unit() as unit:
        await add_counts(unit.session, {Place("tea", "", NOON): Counts(total=LOOKED_AT)})

        alarm = an_alarm_for("coordinated_posting")
        named = await naming_estimates(unit, "tea", [alarm])

    assert named == (alarm,)
