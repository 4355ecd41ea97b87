"""A day is believable, and the same again for the same seed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from simulator.crisis import Crisis
from simulator.day import BUSINESS_ZONE, Day
from simulator.happening import Happening, Kind, Mood
from simulator.platforms.table import PLATFORMS
from simulator.scenario import Scenario, make_day, make_past

MORNING = datetime(2026, 9, 21, 0, 0, tzinfo=BUSINESS_ZONE)
NOW = datetime(2026, 9, 21, 3, 0, tzinfo=UTC)


def first(day: Day, count: int) -> list[Happening]:
    return list(islice(day, count))


def test_the_same_seed_makes_the_same_day() -> None:
    assert first(Day(start=MORNING, seed=1), 300) == first(Day(start=MORNING, seed=1), 300)
    assert first(Day(start=MORNING, seed=1), 300) != first(Day(start=MORNING, seed=2), 300)


def test_time_only_goes_forward() -> None:
    moments = [happening.at for happening in first(Day(start=MORNING), 2_000)]

    assert moments == sorted(moments)


def test_evenings_are_busy_and_nights_are_quiet() -> None:
    day = Day(start=MORNING, per_hour=300)

    hours = Counter(one.at.hour for one in takewhile(lambda one: one.at < MORNING + timedelta(days=1), day))

    assert hours[20] > hours[10] > 4 * hours[3]
    assert 300 * 24 * 0.9 < hours.total() < 300 * 24 * 1.15


def test_people_write_in_two_languages_and_in_hundreds_of_ways() -> None:
    happenings = [one for one in first(Day(start=MORNING), 4_000) if one.text]

    languages = Counter(one.person.language for one in happenings)

    assert min(languages["zh"], languages["en"]) > len(happenings) / 5
    assert len({one.text for one in happenings}) > 1_500
    assert len({one.person.name for one in happenings}) > 300


def test_every_platform_and_every_mood_has_its_part() -> None:
    happenings = first(Day(start=MORNING), 3_000)

    assert {one.platform for one in happenings} == {name for name, one in PLATFORMS.items() if one.habits}
    assert {one.mood for one in happenings} == set(Mood) - {Mood.CRISIS}


def test_threads_answer_what_was_said_before() -> None:
    happenings = first(Day(start=MORNING), 3_000)
    said = {one.number: one for one in happenings if one.kind in {Kind.COMMENT, Kind.MESSAGE}}

    answers = [one for one in happenings if one.parent_number is not None]

    assert len(answers) > 200
    assert all(said[one.parent_number].at < one.at for one in answers if one.parent_number is not None)


def test_only_the_author_edits_or_removes_and_nobody_edits_what_is_gone() -> None:
    removed: set[int] = set()
    authors: dict[int, str] = {}

    for one in first(Day(start=MORNING), 6_000):
        if one.kind in {Kind.EDIT, Kind.REMOVAL}:
            assert authors[one.number] == one.person.name
            assert one.number not in removed
        else:
            assert one.number not in authors
            authors[one.number] = one.person.name
        removed |= {one.number} if one.kind is Kind.REMOVAL else set()

    assert removed


def test_two_days_started_at_different_moments_name_nothing_alike() -> None:
    def numbers(now: datetime) -> set[int]:
        return {one.number for one in first(make_day(Scenario.CALM, now=now, rate_per_second=5), 500)}

    assert not numbers(NOW) & numbers(NOW + timedelta(seconds=1))


def test_a_crisis_grows_over_twenty_minutes_and_fades() -> None:
    crisis = Crisis(begins_at=MORNING)

    strengths = [crisis.strength(MORNING + timedelta(minutes=minute)) for minute in (-1, 0, 5, 10, 15, 20, 50)]

    assert strengths[:2] == [0, 0]
    assert strengths[1:6] == sorted(strengths[1:6])
    assert (round(strengths[5], 6), round(strengths[6], 6)) == (8, 4)


def test_in_a_crisis_most_of_what_is_written_is_about_it() -> None:
    day = make_day(Scenario.CRISIS, now=NOW, rate_per_second=2)
    opening = next(iter(day)).at

    minutes = [
        (one.at - opening, one.mood) for one in takewhile(lambda one: one.at < opening + timedelta(minutes=26), day)
    ]
    calm = [mood for since, mood in minutes if since < timedelta(minutes=5)]
    height = [mood for since, mood in minutes if since > timedelta(minutes=22)]

    assert Mood.CRISIS not in calm
    assert height.count(Mood.CRISIS) / len(height) > 0.75


def test_time_compressed_brings_fewer_interactions_an_hour_at_the_same_rate() -> None:
    def hours(compression: float) -> float:
        day = make_day(Scenario.CALM, now=NOW, rate_per_second=5, compression=compression)
        happenings = first(day, 1_000)
        return (happenings[-1].at - happenings[0].at) / timedelta(hours=1)

    assert 15 < hours(20) / hours(1) < 25


def test_the_past_is_a_day_of_ordinary_talk_that_ends_now() -> None:
    now = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)

    past = list(make_past(now=now))

    assert past[0].at < now - timedelta(hours=24)
    assert past[-1].at < now
    assert Mood.CRISIS not in {happening.mood for happening in past}
