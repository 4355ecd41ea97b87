"""The score of the Numenta Anomaly Benchmark, for a folder of its series and their labelled windows.

Standard profile: in each window the earliest detection counts, nearly 1 at its left edge and 0 at its right; a window
without one costs 1; every detection outside costs up to 0.11, less soon after a window. The first 15 % of a series, 750
rows at most, are for learning. 0 is the score of a detector that never speaks, 100 of one that is always right at once.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from huiying.errors import Invalid
from scoring.domain.crises.detector import Detector
from scoring.usecases.detect_file import detect_file

_FALSE_WEIGHT = 0.11
_LEARNING_SHARE, _LEARNING_MOST = 0.15, 750
_SENSITIVITY = 1.0
_SECONDS_LENGTH = len("2015-03-05 03:22:53")


@dataclass(frozen=True)
class Detection:
    """A row that scores above 0: in which window, None for outside of all, and what it is then worth."""

    score: float
    window: int | None
    worth: float


@dataclass(frozen=True)
class Judged:
    """One series: its windows and what was detected in it."""

    name: str
    windows: int
    detections: Sequence[Detection]

    def raw(self, threshold: float) -> float:
        """What the detections at this score and above are worth."""
        best: dict[int, float] = {}
        outside = 0.0
        for one in self.detections:
            if one.score < threshold:
                continue
            if one.window is None:
                outside += one.worth
            else:
                best[one.window] = max(best.get(one.window, 0.0), one.worth)
        return sum(best.values()) - (self.windows - len(best)) + outside


@dataclass(frozen=True)
class Standing:
    """The standard score, 100 at most: with each series' threshold chosen on the others, and on all at once."""

    series: int
    windows: int
    left_out: float
    in_sample: float


def measure_nab(folder: Path) -> Standing:
    """Our detector on every series that `windows.json` names, as `NAME.csv` or `NAME.csv.gz` beside it."""
    windows = json.loads((folder / "windows.json").read_text())
    return stand([_judged(folder, name, spans) for name, spans in sorted(windows.items())])


def stand(series: Sequence[Judged]) -> Standing:
    """The scores of series already judged. Raises Invalid where nobody is left to choose a threshold on."""
    if len(series) < 2:
        raise Invalid("a threshold is chosen on other series: at least two are needed")
    total = sum(one.windows for one in series)
    left_out = sum(one.raw(_best_threshold([other for other in series if other is not one])) for one in series)
    in_sample = _raw(series, _best_threshold(series))
    return Standing(len(series), total, _normalised(left_out, total), _normalised(in_sample, total))


def judge(name: str, scored: Sequence[tuple[str, float]], spans: Iterable[tuple[str, str]]) -> Judged:
    """What rows of a timestamp and a score are worth, given the first and last timestamp of each labelled window."""
    times = [timestamp[:_SECONDS_LENGTH] for timestamp, _ in scored]
    windows = [_rows_between(times, *span) for span in sorted(spans)]
    learning = min(int(_LEARNING_SHARE * len(scored)), _LEARNING_MOST)
    found = []
    for row, (_, score) in enumerate(scored):
        if row >= learning and score > 0:
            found.append(Detection(score, *_worth(row, windows)))
    return Judged(name, len(windows), found)


def _judged(folder: Path, name: str, spans: Iterable[tuple[str, str]]) -> Judged:
    path = next((path for path in (folder / name, folder / f"{name}.gz") if path.exists()), None)
    if path is None:
        raise Invalid(f"{folder / name}: not there, nor with .gz")
    return judge(name, detect_file(path, detector=Detector(_SENSITIVITY)), spans)


def _rows_between(times: Sequence[str], first: str, last: str) -> tuple[int, int]:
    rows = [row for row, time in enumerate(times) if first[:_SECONDS_LENGTH] <= time <= last[:_SECONDS_LENGTH]]
    if not rows:
        raise Invalid(f"no row lies in the window from {first} to {last}")
    return rows[0], rows[-1]


def _worth(row: int, windows: Sequence[tuple[int, int]]) -> tuple[int | None, float]:
    before = None
    for number, (first, last) in enumerate(windows):
        if first <= row <= last:
            return number, _sigmoid(-(last - row + 1) / (last - first + 1)) / _sigmoid(-1.0)
        if last < row:
            before = (first, last)
    if before is None:
        return None, -_FALSE_WEIGHT
    first, last = before
    return None, _FALSE_WEIGHT * _sigmoid((row - last) / (last - first))


def _sigmoid(position: float) -> float:
    """Of a position in widths of a window, 0 being its right edge."""
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


def _best_threshold(series: Sequence[Judged]) -> float:
    thresholds = sorted({one.score for each in series for one in each.detections}, reverse=True)
    return max(thresholds, key=lambda threshold: _raw(series, threshold), default=math.inf)


def _raw(series: Iterable[Judged], threshold: float) -> float:
    return sum(one.raw(threshold) for one in series)


def _normalised(raw: float, windows: int) -> float:
    return 100 * (raw + windows) / (2 * windows)
