"""From buckets to signals: evidence, what it is worth in this series, and when an alarm begins and ends."""

from collections.abc import Iterable

import msgspec

from huiying.errors import Invalid
from scoring.domain.crises.buckets import BUCKET, BUCKETS_A_DAY, Bucket, Reason, Signal
from scoring.domain.crises.episodes import FLOOR_DECADES, Episodes
from scoring.domain.crises.negatives import Evidence, Negatives

_LEARNING_BUCKETS = BUCKETS_A_DAY
# How fast the score goes from 0 to 1 around an alarm's odds: a power of the odds.
_STEEPNESS = 0.25
_CALM_SCORE = 0.3
_CALM_BUCKETS = 24
_FORGIVEN_WEEKS = 1e9


class DetectorState(msgspec.Struct):
    """All that a detector remembers of one series. Changes as buckets are folded in; `to_bytes` keeps it."""

    seen: int = 0
    active: bool = False
    calm: int = 0
    negatives: Negatives = msgspec.field(default_factory=Negatives)
    episodes: Episodes = msgspec.field(default_factory=Episodes)

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

    `sensitivity` is how many false alarms a week are bearable. The first day is for learning: no onset.
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
        evidence = state.negatives.take(bucket)
        by_chance = state.episodes.per_week(evidence.surprise)
        state.episodes.learn(evidence.surprise)
        state.seen += 1
        learning = state.seen <= _LEARNING_BUCKETS
        score = 0.0 if learning else 1 / (1 + (by_chance / self._per_week) ** _STEEPNESS)
        onset = _advance(state, score, everyday=evidence.surprise < FLOOR_DECADES)
        return _signal(bucket, evidence, score=score, onset=onset, active=state.active, by_chance=by_chance)


def _advance(state: DetectorState, score: float, *, everyday: bool) -> bool:
    """Whether an alarm begins. One that is active ends after two hours of calm, so that it does not flap."""
    state.calm = state.calm + 1 if everyday or score < _CALM_SCORE else 0
    onset = not state.active and not everyday and score >= 0.5
    state.active = onset or (state.active and state.calm < _CALM_BUCKETS)
    return onset


def _signal(bucket: Bucket, evidence: Evidence, *, score: float, onset: bool, active: bool, by_chance: float) -> Signal:
    reasons = [Reason.NEGATIVES_SURGE, Reason.NEGATIVE_SHARE_RISES] if evidence.surprise else []
    if evidence.coordinated:
        reasons.append(Reason.COORDINATED_POSTING)
    if bucket.campaign:
        reasons.append(Reason.CAMPAIGN)
    return Signal(
        at=bucket.at,
        score=score,
        onset=onset,
        active=active,
        reasons=tuple(reasons),
        observed=int(evidence.observed),
        baseline=evidence.baseline,
        ratio=evidence.observed / max(evidence.baseline, 1e-9),
        negative_share=evidence.share,
        window_minutes=evidence.window * int(BUCKET.total_seconds()) // 60,
        odds=min(1 / by_chance, _FORGIVEN_WEEKS),
    )
