"""The desk of played customer service (微信客服): what was said there, for whoever comes with a cursor to fetch it."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.platforms.platform import Surroundings
from simulator.platforms.wechat_tokens import WeChatRefusal

INVALID_TICKET, INVALID_CURSOR, NO_SUCH_ACCOUNT = 95007, 40058, 95000

FROM_CUSTOMER, FROM_SYSTEM, FROM_STAFF = 3, 4, 5
_PAGE = 1000
_MOST = 10_000


@dataclass(slots=True)
class ServiceDesk:
    """One customer-service account. Keeps the newest ten thousand elements; the numbers of those before are known."""

    world: Surroundings
    open_kfid: str
    _elements: deque[tuple[int, Mapping[str, Any]]] = field(default_factory=lambda: deque(maxlen=_MOST))
    _tickets: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST))
    _count: int = 0

    def add(self, element: Mapping[str, Any], *, at: datetime) -> str:
        """Keep an element for who asks; the ticket for the notice that there is one."""
        self._count += 1
        self._elements.append((self._count, {"send_time": int(at.timestamp()), **element}))
        ticket = f"ENC{self.world.number():x}"
        self._tickets.append(ticket)
        return ticket

    def page(self, question: Mapping[str, Any]) -> Mapping[str, object]:
        """What came after the cursor. Raises WeChatRefusal."""
        self.check(question.get("open_kfid"))
        if question.get("token") and question["token"] not in self._tickets:
            raise WeChatRefusal(INVALID_TICKET, "invalid msg token")
        after = self._position(question.get("cursor"))
        waiting = [(number, one) for number, one in self._elements if number > after]
        shown = waiting[: min(int(question.get("limit") or _PAGE), _PAGE)]
        return {
            "errcode": 0,
            "errmsg": "ok",
            "next_cursor": f"cursor-{shown[-1][0] if shown else after}",
            "has_more": int(len(shown) < len(waiting)),
            "msg_list": [one for _, one in shown],
        }

    def check(self, open_kfid: object) -> None:
        """Raises WeChatRefusal for any other account."""
        if open_kfid != self.open_kfid:
            raise WeChatRefusal(NO_SUCH_ACCOUNT, "invalid open_kfid")

    def elements(self) -> Sequence[Mapping[str, Any]]:
        """All that is kept, oldest first."""
        return tuple(one for _, one in self._elements)

    def _position(self, cursor: object) -> int:
        if not cursor:
            return 0
        head, _, number = str(cursor).partition("-")
        if head != "cursor" or not number.isdecimal():
            raise WeChatRefusal(INVALID_CURSOR, "invalid cursor")
        return int(number)
