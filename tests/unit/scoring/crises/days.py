"""Days of a brand for tests of the detector: even but for luck, unless something is put into them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

from scoring.domain.crises.buckets import BUCKET, BUCKETS_A_DAY, Bucket, Signal
from scoring.domain.crises.detector import Detector, DetectorState

START = datetime(2026, 3, 2, tzinfo=UTC)


def quiet_days(days: int, *, an_hour: float = 60.0, share: float = 0.1, seed: int = 1) -> list[Bucket]:
    chance = np.random.default_rng(seed)
    totals = chance.poisson(an_hour / 12, days * BUCKETS_A_DAY)
    negatives = chance.binomial(totals, share)
    rows = zip(totals.tolist(), negatives.tolist(), strict=True)
    return [Bucket(START + at * BUCKET, total, negative) for at, (total, negative) in enumerate(rows)]


def with_posts(
    buckets: Sequence[Bucket], *, since: int, each: Iterable[tuple[int, int]], **changes: Any
) -> list[Bucket]:
    """So many more posts and negatives in each bucket from `since` on."""
    changed = list(buckets)
    for at, (total, negative) in enumerate(each, start=since):
        was = changed[at]
        changed[at] = msgspec.structs.replace(
            was, total=was.total + total, negative=(was.negative or 0) + negative, **changes
        )
    return changed


def without_feelings(buckets: Iterable[Bucket]) -> list[Bucket]:
    return [msgspec.structs.replace(bucket, negative=None) for bucket in buckets]


def signals_of(buckets: Iterable[Bucket], *, sensitivity: float = 0.05) -> list[Signal]:
    return Detector(sensitivity).fold(DetectorState.empty(), buckets)[1]


def onsets(signals: Iterable[Signal]) -> list[int]:
    return [at for at, signal in enumerate(signals) if signal.onset]
