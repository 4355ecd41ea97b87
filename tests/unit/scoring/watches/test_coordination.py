"""Who repeats whom: enough authors within an hour, whatever comes before and after."""

from datetime import timedelta

from scoring.domain.alerts.coordination import AUTHORS, WITHIN, Post, coordinated
from tests.unit.scoring.watches.world import NOON

SAME = bytes(range(64))
SECOND = timedelta(seconds=1)


def posts(*said: tuple[int, timedelta]) -> list[Post]:
    """The same words, each time by this author, so long after noon."""
    return [Post(SAME, author.to_bytes(4, "big"), NOON + after) for author, after in said]


def test_all_of_a_wave_that_goes_on_for_hours_are_part_of_it() -> None:
    wave = posts(*((author, author * 60 * SECOND) for author in range(300)))

    assert coordinated(wave) == set(range(300))


def test_authors_of_an_hour_before_do_not_count() -> None:
    early = [(author, author * SECOND) for author in range(AUTHORS - 1)]
    late = [(author + AUTHORS, WITHIN + (AUTHORS + author) * SECOND) for author in range(AUTHORS - 1)]

    assert coordinated(posts(*early, *late)) == set()


def test_who_comes_back_counts_once() -> None:
    again = [(author, round_ * 60 * SECOND) for round_ in range(3) for author in range(AUTHORS - 1)]

    assert coordinated(posts(*again)) == set()
    assert coordinated(posts(*again, (AUTHORS, 200 * SECOND))) == set(range(len(again) + 1))


def test_two_waves_are_told_and_who_stands_alone_between_them_is_not() -> None:
    first = [(author, author * SECOND) for author in range(AUTHORS)]
    alone = [(99, 3 * WITHIN)]
    second = [(author, 6 * WITHIN + author * SECOND) for author in range(AUTHORS)]

    assert coordinated(posts(*first, *alone, *second)) == {*range(AUTHORS), *range(AUTHORS + 1, 2 * AUTHORS + 1)}
