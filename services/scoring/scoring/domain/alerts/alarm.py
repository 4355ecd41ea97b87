"""From signals to alarms: when one opens, grows, shrinks and closes. The same counts always make the same alarms."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec

from huiying.errors import Invalid
from huiying.events.assessments import Reason
from huiying.events.envelope import Value
from scoring.domain.alerts.counts import Counts
from scoring.domain.alerts.severity import Episode, Severity, severity_of
from scoring.domain.crises.buckets import BUCKET, Bucket, Signal
from scoring.domain.crises.detector import Detector, DetectorState

_NAMESPACE = UUID("6f1d2b0e-5b0f-5c6e-9f43-3a4a2f1f0c55")


class Turn(StrEnum):
    """What happens to an alarm."""

    OPENED = "opened"
    ESCALATED = "escalated"
    EASED = "eased"
    CLOSED = "closed"


class Figures(Value, frozen=True, kw_only=True):
    """How bad it is, and what says so: `observed` posts against `baseline`, negative ones where feelings are known."""

    severity: int
    observed: int
    baseline: float
    ratio: float
    negative_share: float
    window_minutes: int
    reasons: tuple[Reason, ...] = ()


class Entry(Value, frozen=True, kw_only=True):
    """One turn of the alarm that opened at `opened_at`; `at` is the end of the five minutes that showed it."""

    opened_at: datetime
    at: datetime
    turn: Turn
    was: int
    figures: Figures


class Standing(msgspec.Struct, kw_only=True, tag_field="version", tag=2):
    """All that is remembered of a series up to some moment: the detector's state, and the alarm that is not over.

    Whoever changes what of it means something else gives it another `tag`: then all series are judged afresh.
    """

    detector: DetectorState = msgspec.field(default_factory=DetectorState.empty)
    episode: Episode | None = None

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Standing":
        """What `to_bytes` gave. Raises Invalid for anything else, such as what another version remembered."""
        try:
            return _decoder.decode(kept)
        except msgspec.MsgspecError as failure:
            raise Invalid(f"not a standing: {failure}") from failure

    def to_bytes(self) -> bytes:
        """The same buckets give the same bytes."""
        return _encoder.encode(self)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Standing)


class Course(NamedTuple):
    """Where a series has got to: what turned on the way, and the figures of the alarm that is not over."""

    standing: Standing
    entries: tuple[Entry, ...] = ()
    latest: Figures | None = None

    @property
    def alarms(self) -> list[tuple[datetime, tuple[Entry, ...]]]:
        """Those that went on at some time on the way: when each opened, and what turned in it."""
        found = {at: tuple(run) for at, run in groupby(self.entries, key=lambda entry: entry.opened_at)}
        if self.standing.episode is not None:
            found.setdefault(self.standing.episode.opened_at, ())
        return list(found.items())


def alert_id(*, brand: str, watch_id: str, opened_at: datetime) -> str:
    """The id of the alarm of a watch that opened then: the same in every replay."""
    return str(uuid5(_NAMESPACE, f"{brand}\0{watch_id}\0{opened_at.isoformat()}"))


def fold(standing: Standing, buckets: Iterable[Bucket], counts: Sequence[Counts], *, sensitivity: float) -> Course:
    """Go on from `standing`, which stays as it was, through these buckets, of which `counts` say more."""
    after = Standing.from_bytes(standing.to_bytes())
    after.detector, signals = Detector(sensitivity).fold(after.detector, buckets)
    entries, latest = [], None
    for signal, of_bucket in zip(signals, counts, strict=True):
        entry, latest = _advance(after, signal, of_bucket)
        if entry is not None:
            entries.append(entry)
    return Course(after, tuple(entries), latest)


def _advance(standing: Standing, signal: Signal, counts: Counts) -> tuple[Entry | None, Figures | None]:
    is_new = standing.episode is None
    if is_new and not signal.onset:
        return None, None
    episode = standing.episode or Episode(opened_at=signal.at)
    was = episode.level
    figures = _figures(signal, severity_of(episode, signal, counts))
    turn = _turn(is_new=is_new, is_over=not signal.active, was=was, severity=figures.severity)
    standing.episode = None if turn is Turn.CLOSED else episode
    entry = None
    if turn is not None:
        entry = Entry(opened_at=episode.opened_at, at=signal.at + BUCKET, turn=turn, was=was, figures=figures)
    return entry, None if turn is Turn.CLOSED else figures


def _turn(*, is_new: bool, is_over: bool, was: int, severity: int) -> Turn | None:
    if is_new:
        return Turn.OPENED
    if is_over:
        return Turn.CLOSED
    if severity == was:
        return None
    return Turn.ESCALATED if severity > was else Turn.EASED


def _figures(signal: Signal, severity: Severity) -> Figures:
    return Figures(
        severity=severity.level,
        observed=signal.observed,
        baseline=round(signal.baseline, 2),
        ratio=round(signal.ratio, 2),
        negative_share=round(signal.negative_share, 4),
        window_minutes=signal.window_minutes,
        reasons=severity.reasons,
    )
