"""Counting what was sent and what became of it."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

_MOST_LATENCIES = 1_000_000


def percentile(latencies: "array[float]", share: float) -> float:
    """The latency that `share` of all stay under; 0 if there are none."""
    if not latencies:
        return 0.0
    ordered = sorted(latencies)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(slots=True)
class Statistics:
    """Over all deliveries of a sender: `sent` counts attempts, `given_up` deliveries. Latencies are of attempts."""

    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    unanswered: int = 0
    retried: int = 0
    given_up: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_seconds: "array[float]" = field(default_factory=lambda: array("d"))

    def note(self, *, status: int | None, is_taken: bool, latency_seconds: float, is_retry: bool) -> None:
        """Count one attempt; `status` None is no answer."""
        self.sent += 1
        self.retried += is_retry
        self.acknowledged += is_taken
        if status is None:
            self.unanswered += 1
        else:
            self.statuses[status] += 1
            self.refused += not is_taken
        if len(self.latencies_seconds) < _MOST_LATENCIES:
            self.latencies_seconds.append(latency_seconds)

    def summary(self) -> dict[str, float]:
        """The figures, for people and for JSON."""
        return {
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "refused": self.refused,
            "unanswered": self.unanswered,
            "retried": self.retried,
            "given_up": self.given_up,
            "p50_ms": round(percentile(self.latencies_seconds, 0.5) * 1000, 3),
            "p99_ms": round(percentile(self.latencies_seconds, 0.99) * 1000, 3),
        }
