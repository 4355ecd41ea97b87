"""When an alarm begins and when it is over."""

import msgspec

ALARM_SCORE = 0.5
_CALM_SCORE = 0.3
_CALM_BUCKETS = 24
# For three quarters of a day what is no stronger than before is no news.
_NEWS_BUCKETS = 216


class Alarm(msgspec.Struct):
    """The state of one series' alarm, and the peaks of late that something must exceed to be news."""

    active: bool = False
    calm: int = 0
    now: int = 0
    peaks: list[tuple[int, float]] = msgspec.field(default_factory=list)

    def advance(self, score: float) -> bool:
        """Whether an alarm begins. One that is active ends after two hours of calm, so that it does not flap."""
        self.calm = self.calm + 1 if score < _CALM_SCORE else 0
        if self.active:
            self.active = self.calm < _CALM_BUCKETS
            return False
        self.active = score >= ALARM_SCORE
        return self.active

    def is_news(self, surprise: float) -> bool:
        """Whether this bucket is stronger than all of the last 18 hours."""
        self.now += 1
        if self.peaks and self.peaks[0][0] <= self.now - _NEWS_BUCKETS:
            del self.peaks[0]
        news = surprise > (self.peaks[0][1] if self.peaks else 0.0)
        # Peaks fall from the oldest to the newest; a smaller one before this bucket cannot matter any more.
        while self.peaks and self.peaks[-1][1] <= surprise:
            del self.peaks[-1]
        self.peaks.append((self.now, surprise))
        return news
