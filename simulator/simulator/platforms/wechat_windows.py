"""How often, and how long, WeChat lets an account write to somebody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.platforms.platform import Surroundings
from simulator.platforms.wechat_tokens import WeChatRefusal

WINDOW_CLOSED = 45015
QUOTA_USED_UP = 45047


@dataclass(slots=True)
class _Window:
    closes_at: datetime
    left: int


class Windows:
    """What each person's last act allows: five messages in 48 hours after writing, three a minute after following."""

    after_message = (timedelta(hours=48), 5)
    after_touch = (timedelta(minutes=1), 3)

    def __init__(self, world: Surroundings, *, closed: int = WINDOW_CLOSED, used_up: int = QUOTA_USED_UP) -> None:
        self._world, self._closed, self._used_up = world, closed, used_up
        self._windows: dict[str, _Window] = {}

    def open(self, openid: str, *, at: datetime, allowance: tuple[timedelta, int]) -> None:
        """Somebody did something at that moment, which allows so many answers for so long."""
        closes_at = at + allowance[0]
        known = self._windows.get(openid)
        # A press of a button does not shorten what a message has opened.
        if known is None or closes_at >= known.closes_at:
            self._windows[openid] = _Window(closes_at, allowance[1])

    def use(self, openid: str) -> None:
        """Count one message. Raises WeChatRefusal if there is none left, or the time is over."""
        window = self._windows.get(openid)
        if window is None and not self._world.strict:
            return
        if window is None or self._world.now() >= window.closes_at:
            raise WeChatRefusal(self._closed, "response out of time limit or subscription is canceled")
        if window.left == 0:
            raise WeChatRefusal(self._used_up, "out of response count limit")
        window.left -= 1
