"""A file of counts is scored row by row, each by those before it; a row that cannot be is named."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from huiying.errors import Invalid
from scoring.domain.crises.detector import Detector
from scoring.usecases.detect_file import ScoredRow, detect_file

START = datetime(2026, 3, 2, tzinfo=UTC)
HEADER = "timestamp,value"
THEN = 3 * 288 + 50


def a_file(folder: Path, *lines: str, end: str = "\n") -> Path:
    path = folder / "counts.csv"
    path.write_bytes(end.join([*lines, ""]).encode())
    return path


def days_of_rows(*, burst: int, negative: bool = False, minutes: int = 5) -> list[str]:
    values = np.random.default_rng(1).poisson(5, 4 * 288)
    negatives = np.random.default_rng(2).binomial(values, 0.1)
    values[THEN : THEN + 3] += burst
    negatives[THEN : THEN + 3] += burst
    times = [START + timedelta(minutes=minutes) * at for at in range(len(values))]
    rows = [f"{at:%Y-%m-%d %H:%M:%S},{value}" for at, value in zip(times, values, strict=True)]
    return [f"{row},{bad}" for row, bad in zip(rows, negatives, strict=True)] if negative else rows


def scored(path: Path, *, sensitivity: float = 1.0) -> list[ScoredRow]:
    return detect_file(path, detector=Detector(sensitivity))


@pytest.mark.parametrize("minutes", [5, 60])
@pytest.mark.parametrize("negative", [False, True])
def test_a_burst_has_the_highest_score_and_every_row_one(tmp_path: Path, negative: bool, minutes: int) -> None:
    rows = days_of_rows(burst=60, negative=negative, minutes=minutes)

    found = scored(a_file(tmp_path, HEADER + ",negative" * negative, *rows))

    assert [one.timestamp for one in found] == [row.partition(",")[0] for row in rows]
    assert all(0 <= one.score <= 1 for one in found)
    best = max(range(len(found)), key=lambda at: found[at].score)
    assert THEN <= best < THEN + 3
    assert found[best].score > 0.5


def test_what_goes_on_scores_once(tmp_path: Path) -> None:
    found = scored(a_file(tmp_path, HEADER, *days_of_rows(burst=60)))

    assert sum(one.score > 0.3 for one in found[THEN : THEN + 100]) <= 2


def test_a_score_does_not_depend_on_what_comes_after(tmp_path: Path) -> None:
    rows = days_of_rows(burst=60)

    whole = scored(a_file(tmp_path, HEADER, *rows))
    cut = scored(a_file(tmp_path, HEADER, *rows[: THEN + 1]))

    assert whole[: THEN + 1] == cut


def test_a_file_may_have_a_byte_order_mark_other_line_ends_and_be_compressed(tmp_path: Path) -> None:
    rows = days_of_rows(burst=60)
    plain = scored(a_file(tmp_path, HEADER, *rows))

    marked = scored(a_file(tmp_path, "\ufeff" + HEADER, *rows, end="\r\n"))
    (tmp_path / "counts.csv.gz").write_bytes(gzip.compress((tmp_path / "counts.csv").read_bytes()))

    assert marked == plain
    assert scored(tmp_path / "counts.csv.gz") == plain


@pytest.mark.parametrize(
    "row", ["2026-03-02 00:00:00,5", "2026-03-02T00:00:00Z,5", "2026-03-02T08:00:00+08:00,5.0", "2026-03-02,0"]
)
def test_times_and_whole_numbers_are_read_as_people_write_them(tmp_path: Path, row: str) -> None:
    assert scored(a_file(tmp_path, HEADER, row)) == [ScoredRow(row.partition(",")[0], 0.0)]


def test_a_file_without_rows_has_no_scores(tmp_path: Path) -> None:
    assert scored(a_file(tmp_path, HEADER)) == []


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((), "line 1: expected the header"),
        (("time,value", "2026-03-02,5"), "line 1: expected the header"),
        ((HEADER, "2026-03-02,5", "yesterday,5"), "line 3: expected a time"),
        ((HEADER, "2026-03-02,many"), "line 2: expected a whole number"),
        ((HEADER, "2026-03-02,-1"), "line 2: expected a whole number"),
        ((HEADER, "2026-03-02,1.5"), "line 2: expected a whole number"),
        ((HEADER, "2026-03-02,nan"), "line 2: expected a whole number"),
        ((HEADER, "2026-03-02,"), "line 2: expected a whole number"),
        ((HEADER, "2026-03-02,1,1"), "line 2: expected 2 fields, not 3"),
        ((HEADER + ",negative", "2026-03-02,1,2"), "line 2: 2 negatives among 1"),
        ((HEADER, "2026-03-03,1", "2026-03-02,1"), "2026-03-02 is earlier"),
        ((HEADER, '"2026-03-02,1'), "not a CSV file"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, lines: tuple[str, ...], says: str) -> None:
    path = a_file(tmp_path, *lines)

    with pytest.raises(Invalid, match=says):
        scored(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_bytes(b"timestamp,value\n\xff\xfe,1\n")

    with pytest.raises(Invalid):
        scored(tmp_path / "counts.csv")
