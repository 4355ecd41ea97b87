"""How a detector is judged: by NAB's rules on labelled windows, and by crises told and false alarms on scenarios."""

from collections.abc import Callable
from pathlib import Path

import pytest

from huiying.errors import Invalid
from simulator.scenarios.incidents import CRISES
from simulator.scenarios.series import DEVELOPMENT_SEEDS, make_series
from standalone.bench.crises import (
    FALSE_ALARMS_A_WEEK,
    INFORMED_DECADES,
    SIGMAS,
    Outcome,
    measure_detector,
    measure_informed,
    measure_sigma,
)
from standalone.bench.nab import Judged, judge, measure_nab, stand

ROWS = [f"2026-03-{1 + at // 288:02} {at % 288 // 12:02}:{at % 12 * 5:02}:00" for at in range(6_000)]
WINDOW = (2_000, 2_399)


def judged(*scored: tuple[int, float], windows: tuple[tuple[int, int], ...] = (WINDOW,), name: str = "a") -> Judged:
    scores = dict(scored)
    rows = [(timestamp, scores.get(at, 0.0)) for at, timestamp in enumerate(ROWS)]
    return judge(name, rows, [(ROWS[first], ROWS[last]) for first, last in windows])


def test_who_never_speaks_has_0_and_who_is_right_at_once_100() -> None:
    silent = stand([judged(), judged()])
    right = stand([judged((2_000, 0.9)), judged((2_000, 0.9))])

    assert silent.in_sample == silent.left_out == 0
    assert right.in_sample == right.left_out == pytest.approx(100)


def test_the_earliest_detection_in_a_window_counts_and_earlier_is_better() -> None:
    early, middle, late = (judged((at, 0.9)).raw(0.5) for at in (2_000, 2_200, 2_399))

    assert early == pytest.approx(1)
    assert middle == pytest.approx(0.86, abs=0.01)
    assert late == pytest.approx(0, abs=0.01)
    assert judged((2_000, 0.9), (2_100, 0.9), (2_399, 0.9)).raw(0.5) == early


def test_a_detection_outside_costs_less_soon_after_a_window() -> None:
    before, after, long_after = (judged((2_000, 0.9), (at, 0.9)).raw(0.5) - 1 for at in (1_000, 2_410, 5_900))

    assert before == long_after == pytest.approx(-0.11)
    assert -0.02 < after < 0


def test_what_comes_while_learning_is_not_judged() -> None:
    assert judged((100, 0.9)).raw(0.5) == judged().raw(0.5) == -1


def test_a_series_threshold_is_chosen_on_the_others() -> None:
    noisy = judged((1_000, 0.6), (1_500, 0.6), (2_000, 0.7), name="noisy")
    wants_low = judged((2_000, 0.5), name="low")

    found = stand([noisy, wants_low])

    assert noisy.raw(0.5) == pytest.approx(1 - 0.22)
    assert found.left_out == pytest.approx(100 * (1 - 0.22 - 1 + 2) / 4)
    assert found.in_sample > found.left_out


def test_a_single_series_has_no_others() -> None:
    with pytest.raises(Invalid):
        stand([judged()])


def test_a_folder_of_series_is_measured(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        rows = [f"{timestamp},{200 if 2_100 <= at < 2_103 else 5 + at % 3}" for at, timestamp in enumerate(ROWS)]
        (tmp_path / name).write_text("\n".join(["timestamp,value", *rows]))
    window = f'[["{ROWS[2_000]}.000000", "{ROWS[2_399]}.000000"]]'
    (tmp_path / "windows.json").write_text(f'{{"a.csv": {window}, "b.csv": {window}}}')

    found = measure_nab(tmp_path)

    assert (found.series, found.windows) == (2, 2)
    assert found.left_out > 90


def test_a_series_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "windows.json").write_text('{"gone.csv": []}')

    with pytest.raises(Invalid, match=r"gone\.csv"):
        measure_nab(tmp_path)


def test_the_detector_tells_nearly_all_crises_of_some_brands_for_few_false_alarms() -> None:
    seeds = DEVELOPMENT_SEEDS[:6]

    found = measure_detector(seeds)

    assert len(found.tellings) == sum(one.kind in CRISES for seed in seeds for one in make_series(seed).incidents)
    assert found.recall() >= 0.85
    assert found.false_alarms_a_week <= 0.5
    assert found.told_within(40) <= found.told_within(120) <= found.recall()


@pytest.mark.parametrize(
    "measure",
    [
        lambda step: measure_sigma(DEVELOPMENT_SEEDS, sigmas=SIGMAS - step),
        lambda step: measure_informed(DEVELOPMENT_SEEDS, least_decades=INFORMED_DECADES - step),
    ],
    ids=["sigma", "informed"],
)
def test_a_yardstick_is_given_the_lowest_bar_that_keeps_the_budget(measure: Callable[[float], Outcome]) -> None:
    kept, lower = measure(0.0), measure(0.25)

    assert kept.false_alarms_a_week <= FALSE_ALARMS_A_WEEK < lower.false_alarms_a_week
