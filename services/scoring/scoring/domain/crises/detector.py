"""From buckets to signals: evidence, what it is worth in this series, and when an alarm begins and ends."""

from collections.abc import Iterable

import msgspec

from huiying.errors import Invalid
from scoring.domain.crises.alarm import Alarm
from scoring.domain.crises.buckets import BUCKET, BUCKETS_A_DAY, BUCKETS_A_WEEK, Bucket, Reason, Signal
from scoring.domain.crises.episodes import FLOOR_DECADES, Episodes
from scoring.domain.crises.evidence import Evidence
from scoring.domain.crises.negatives import Negatives
from scoring.domain.crises.volume import Volume

_LEARNING_BUCKETS = BUCKETS_A_DAY
# How fast the score goes from 0 to 1 around an alarm's odds: a power of the odds.
_STEEPNESS = 0.25
_BUCKET_MINUTES = int(BUCKET.total_seconds()) // 60
# Volume as unusual as this is worth a word where negatives decide.
_SURGE_DECADES = 3.0


class DetectorState(msgspec.Struct):
    """All that a detector remembers of one series, some kilobytes. Changes as buckets are folded in."""

    buckets: int = 0
    negatives: Negatives = msgspec.field(default_factory=Negatives)
    volume: Volume = msgspec.field(default_factory=Volume)
    episodes: Episodes = msgspec.field(default_factory=Episodes)
    alarm: Alarm = msgspec.field(default_factory=Alarm)

    @classmethod
    def empty(cls) -> "DetectorState":
        """Before the first bucket."""
        return cls()

    @classmethod
    def from_bytes(cls, kept: bytes) -> "DetectorState":
        """What `to_bytes` gave. Raises Invalid for anything else."""
        try:
            return _decoder.decode(kept)
        except msgspec.MsgspecError as failure:
            raise Invalid(f"not a detector's state: {failure}") from failure

    def to_bytes(self) -> bytes:
        """The same buckets give the same bytes."""
        return _encoder.encode(self)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(DetectorState)


class Detector:
    """Signals for one series at a time.

    `sensitivity` is how many false alarms a week are bearable. The first day is for learning, without negatives the
    first two: no onset.
    """

    def __init__(self, sensitivity: float) -> None:
        if not 0 < sensitivity < float("inf"):
            raise Invalid(f"sensitivity is a number of false alarms per week above 0, not {sensitivity}")
        self._per_week = sensitivity

    def fold(self, state: DetectorState, buckets: Iterable[Bucket]) -> tuple[DetectorState, list[Signal]]:
        """The state after the buckets, and a signal for each; the state given is left as it was."""
        after = DetectorState.from_bytes(state.to_bytes())
        return after, [self.update(after, bucket) for bucket in buckets]

    def update(self, state: DetectorState, bucket: Bucket) -> Signal:
        """The signal of the next bucket. Changes the state."""
        state.buckets += 1
        volume = state.volume.take(bucket)
        evidence, per_week = (volume, _per_week(volume)) if bucket.negative is None else _weigh(state, bucket)
        score = 0.0
        if evidence.surprise >= FLOOR_DECADES and state.buckets > _LEARNING_BUCKETS:
            score = 1 / (1 + (per_week / self._per_week) ** _STEEPNESS)
        return Signal(
            at=bucket.at,
            score=score,
            news=state.alarm.is_news(evidence.surprise),
            onset=state.alarm.advance(score),
            active=state.alarm.active,
            reasons=tuple(_reasons(bucket, evidence, volume)),
            observed=evidence.observed,
            baseline=evidence.baseline,
            ratio=evidence.observed / max(evidence.baseline, 1e-9),
            negative_share=evidence.share,
            window_minutes=evidence.window * _BUCKET_MINUTES,
            odds=1 / per_week,
        )


def _weigh(state: DetectorState, bucket: Bucket) -> tuple[Evidence, float]:
    evidence = state.negatives.take(bucket)
    per_week = state.episodes.per_week(evidence.surprise)
    state.episodes.learn(evidence.surprise)
    return evidence, per_week


def _per_week(volume: Evidence) -> float:
    """Its tails know by themselves how often a bucket is as surprising."""
    return BUCKETS_A_WEEK * 10**-volume.surprise


def _reasons(bucket: Bucket, evidence: Evidence, volume: Evidence) -> Iterable[Reason]:
    if bucket.negative is not None and evidence.surprise >= FLOOR_DECADES:
        yield Reason.NEGATIVES_SURGE
        if evidence.coordinated:
            yield Reason.COORDINATED_POSTING
    if volume.surprise >= (FLOOR_DECADES if bucket.negative is None else _SURGE_DECADES):
        yield Reason.VOLUME_SURGE
    if bucket.campaign:
        yield Reason.CAMPAIGN
