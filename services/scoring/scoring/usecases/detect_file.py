"""Look for the beginnings of incidents in a file of counts."""

import csv
import gzip
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from huiying.errors import Invalid
from scoring.domain.crises.buckets import Bucket
from scoring.domain.crises.detector import Detector, DetectorState

_COLUMNS = ("timestamp", "value")
_NEGATIVE = "negative"


class ScoredRow(NamedTuple):
    """A row's own timestamp, and how much it looks like a beginning: 0 to 1."""

    timestamp: str
    score: float


def detect_file(path: Path, *, detector: Detector) -> list[ScoredRow]:
    """The score of each `timestamp,value[,negative]` row, from the rows before it alone.

    Only what is stronger than the 216 rows before it scores above 0: an incident is told once, not for as long as it
    lasts. Rows are taken to be five minutes apart. With another step everything stretches with it but the hours of the
    day; where rows are missing nothing is made up. Raises Invalid, naming the line, for anything else in the file.
    """
    rows = _rows(path)
    _, signals = detector.fold(DetectorState.empty(), (bucket for _, bucket in rows))
    return [
        ScoredRow(timestamp, signal.score if signal.news else 0.0)
        for (timestamp, _), signal in zip(rows, signals, strict=True)
    ]


def _rows(path: Path) -> list[tuple[str, Bucket]]:
    try:
        lines = csv.reader(_text(path).splitlines(), strict=True)
        header = tuple(next(lines, ()))
        if header not in {_COLUMNS, (*_COLUMNS, _NEGATIVE)}:
            raise Invalid(f"{path} line 1: expected the header timestamp,value or timestamp,value,negative")
        rows = [_row(row, f"{path} line {lines.line_num}", columns=len(header)) for row in lines if row]
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile) as failure:
        raise Invalid(f"{path}: not a CSV file in UTF-8: {failure}") from failure
    for number, ((_, before), (timestamp, after)) in enumerate(pairwise(rows), start=2):
        if after.at < before.at:
            raise Invalid(f"{path} row {number}: {timestamp} is earlier than the row before it")
    return rows


def _text(path: Path) -> str:
    kept = path.read_bytes()
    return (gzip.decompress(kept) if path.suffix == ".gz" else kept).decode("utf-8-sig")


def _row(row: list[str], where: str, *, columns: int) -> tuple[str, Bucket]:
    if len(row) != columns:
        raise Invalid(f"{where}: expected {columns} fields, not {len(row)}")
    try:
        at = datetime.fromisoformat(row[0].strip())
    except ValueError as failure:
        raise Invalid(f"{where}: expected a time such as 2026-03-01T08:05:00Z, not {row[0]!r}") from failure
    total = _count(row[1], where)
    negative = _count(row[2], where) if columns > len(_COLUMNS) else None
    if negative is not None and negative > total:
        raise Invalid(f"{where}: {negative} negatives among {total} interactions")
    return row[0], Bucket(at if at.tzinfo else at.replace(tzinfo=UTC), total, negative)


def _count(text: str, where: str) -> int:
    """Also as spreadsheets write whole numbers: 12.0."""
    whole, _, rest = text.strip().partition(".")
    if not (whole.isascii() and whole.isdigit()) or rest.strip("0"):
        raise Invalid(f"{where}: expected a whole number, 0 or more, not {text!r}")
    return int(whole)
