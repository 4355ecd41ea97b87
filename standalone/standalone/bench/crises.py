"""How soon crises are told and how often nothing is, on months of counts in which every crisis is known."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles

import numpy as np

from scoring.domain.crises.buckets import Bucket, Reason
from scoring.domain.crises.detector import Detector, DetectorState
from simulator.scenarios.incidents import CRISES, Incident, Kind
from simulator.scenarios.ordinary import DAYS
from simulator.scenarios.series import BUCKET_MINUTES, FINAL_SEEDS, Series, make_series
from standalone.bench.yardsticks import informed_onsets, sigma_onsets

FALSE_ALARMS_A_WEEK = 0.25
# The fewest, by quarters, with which the yardsticks keep to as many on the development brands.
SIGMAS = 7.0
INFORMED_DECADES = 3.25
# The first day is for learning, so nothing is asked of it.
_WEEKS = (DAYS - 1) / 7
# What still comes within three hours of an incident's end belongs to it.
_AFTERMATH = 36


@dataclass(frozen=True)
class Onset:
    """Where a detector says that something begins."""

    bucket: int
    coordinated: bool = False


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What became of one crisis: minutes from its first post to the alarm, and from when it had doubled the negatives.

    None where no alarm came before it was over.
    """

    kind: Kind
    delay_minutes: float | None
    visible_delay_minutes: float | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a detector did on many brands."""

    brands: int
    tellings: Sequence[Telling]
    false_alarms: int
    told_apart: int
    microseconds: float = 0.0

    @property
    def false_alarms_a_week(self) -> float:
        """Of one brand."""
        return self.false_alarms / (self.brands * _WEEKS)

    @property
    def delays(self) -> list[float]:
        """Minutes from the first post, of the crises told."""
        return [one.delay_minutes for one in self.tellings if one.delay_minutes is not None]

    @property
    def median_delay_minutes(self) -> float:
        """From the first post."""
        return median(self.delays)

    @property
    def late_delay_minutes(self) -> float:
        """Nine of ten are told sooner."""
        return quantiles(self.delays, n=10)[-1]

    @property
    def visible_delay_minutes(self) -> float:
        """The median from when the negatives had doubled."""
        return median(one.visible_delay_minutes for one in self.tellings if one.visible_delay_minutes is not None)

    def recall(self, *kinds: Kind) -> float:
        """The share of the crises of these kinds that were told; of all where none is given."""
        asked = [one for one in self.tellings if one.kind in (kinds or CRISES)]
        return sum(one.delay_minutes is not None for one in asked) / max(len(asked), 1)

    def told_within(self, minutes: float) -> float:
        """The share of all crises told that soon after their first post."""
        return sum(delay <= minutes for delay in self.delays) / max(len(self.tellings), 1)


def measure_detector(seeds: Iterable[int] = FINAL_SEEDS, *, sensitivity: float = FALSE_ALARMS_A_WEEK) -> Outcome:
    """Our detector, told how many false alarms are bearable and nothing else."""
    detector, spent, updates = Detector(sensitivity), 0.0, 0

    def onsets(series: Series) -> list[Onset]:
        nonlocal spent, updates
        state, buckets = DetectorState.empty(), buckets_of(series)
        began = time.process_time()
        signals = [detector.update(state, bucket) for bucket in buckets]
        spent += time.process_time() - began
        updates += len(buckets)
        return [
            Onset(at, Reason.COORDINATED_POSTING in signal.reasons) for at, signal in enumerate(signals) if signal.onset
        ]

    found = _judge(seeds, onsets)
    return Outcome(**{**vars(found), "microseconds": spent / updates * 1e6})


def measure_sigma(seeds: Iterable[int] = FINAL_SEEDS, *, sigmas: float = SIGMAS) -> Outcome:
    """The usual alternative: sliding mean and standard deviation."""
    return _judge(seeds, lambda series: list(map(Onset, sigma_onsets(series, sigmas))))


def measure_informed(seeds: Iterable[int] = FINAL_SEEDS, *, least_decades: float = INFORMED_DECADES) -> Outcome:
    """How well it can be done: by one who is told the expected counts and how crises rise."""
    return _judge(seeds, lambda series: list(map(Onset, informed_onsets(series, least_decades))))


def buckets_of(series: Series) -> list[Bucket]:
    """The series as a detector reads it."""
    columns = (series.total, series.negative, series.campaign, series.coordinated)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    step = timedelta(minutes=BUCKET_MINUTES)
    return [Bucket(series.start + at * step, *row) for at, row in enumerate(rows)]


def _judge(seeds: Iterable[int], onsets: Callable[[Series], list[Onset]]) -> Outcome:
    tellings: list[Telling] = []
    brands = false_alarms = told_apart = 0
    for series in map(make_series, seeds):
        found = onsets(series)
        brands += 1
        tellings += [_telling(series, crisis, found) for crisis in series.incidents if crisis.kind in CRISES]
        outside = [one for one in found if not _is_within(one, series.incidents, CRISES)]
        apart = [one for one in outside if one.coordinated and _is_within(one, series.incidents, [Kind.WAVE])]
        told_apart += len(apart)
        false_alarms += len(outside) - len(apart)
    return Outcome(brands=brands, tellings=tellings, false_alarms=false_alarms, told_apart=told_apart)


def _telling(series: Series, crisis: Incident, onsets: Iterable[Onset]) -> Telling:
    told = next((one for one in onsets if crisis.begins <= one.bucket < crisis.ends and not one.coordinated), None)
    if told is None:
        return Telling(kind=crisis.kind, delay_minutes=None, visible_delay_minutes=None)
    visible = int(np.argmax(crisis.negative >= series.expected_negative.mean()))
    # An alarm comes when its five minutes are over.
    return Telling(
        kind=crisis.kind,
        delay_minutes=(told.bucket + 1 - crisis.begins) * BUCKET_MINUTES,
        visible_delay_minutes=max(told.bucket + 1 - visible, 0) * BUCKET_MINUTES,
    )


def _is_within(onset: Onset, incidents: Iterable[Incident], kinds: Sequence[Kind]) -> bool:
    return any(one.kind in kinds and one.begins <= onset.bucket < one.ends + _AFTERMATH for one in incidents)
