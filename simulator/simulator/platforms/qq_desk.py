"""What a played QQ lets a bot say: in answer to something, for some minutes, each answer once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.platforms.memory import Memory
from simulator.platforms.platform import Surroundings

WRONG_SECRET, NO_TOKEN = 100016, 11243
BAD_REQUEST, NO_MESSAGE, REPEATED = 50035, 304026, 40054005
TOO_LATE, TOO_LATE_IN_CHANNEL, USED_UP = 40034128, 304027, 40034025
NOT_YOURS, RECALLED_TOO_LATE = 306003, 306011

RECALL_WITHIN = timedelta(minutes=2)


class QQRefusal(Exception):
    """QQ says no: with this status, and in the body why, as a number."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a bot may be spoken to, and how long and often it may answer a message there."""

    root: str
    window: timedelta
    answers: int | None
    numbers_answers: bool


C2C = Place(root="/v2/users", window=timedelta(minutes=60), answers=5, numbers_answers=True)
GROUP = Place(root="/v2/groups", window=timedelta(minutes=5), answers=5, numbers_answers=True)
CHANNEL = Place(root="/channels", window=timedelta(minutes=5), answers=None, numbers_answers=False)
DIRECT = Place(root="/dms", window=timedelta(minutes=5), answers=None, numbers_answers=False)
PLACES = (C2C, GROUP, CHANNEL, DIRECT)


@dataclass(slots=True)
class _Heard:
    where: str
    closes_at: datetime
    numbers: set[int] = field(default_factory=set)
    answers: int = 0


@dataclass(slots=True)
class Answers:
    """The messages that may be answered, and what was answered."""

    world: Surroundings
    _heard: Memory[_Heard] = field(default_factory=Memory)
    _said: Memory[tuple[str, datetime]] = field(default_factory=Memory)

    def hear(self, message_id: str, *, place: Place, where: str, at: datetime) -> None:
        """Somebody spoke to the bot there."""
        self._heard.keep(message_id, _Heard(where, at + place.window))

    def use(self, message_id: object, *, place: Place, where: str, number: object) -> None:
        """Count one answer. Raises QQRefusal if it may not be given, or was given before."""
        heard = self._heard.find(str(message_id))
        if heard is None and not self.world.strict and message_id:
            # What was said before a restart may be answered all the same.
            heard = _Heard(where, self.world.now() + place.window)
            self._heard.keep(str(message_id), heard)
        if heard is None or heard.where != where:
            raise QQRefusal(NO_MESSAGE, "请求参数msg_id无效或越权")
        if place.numbers_answers and number in heard.numbers:
            raise QQRefusal(REPEATED, "消息被去重，请检查请求msgseq")
        if self.world.now() >= heard.closes_at:
            raise QQRefusal(TOO_LATE if place.numbers_answers else TOO_LATE_IN_CHANNEL, "回复的消息已过期")
        if place.answers is not None and heard.answers >= place.answers:
            raise QQRefusal(USED_UP, "消息回复次数超过限制")
        heard.answers += 1
        if isinstance(number, int):
            heard.numbers.add(number)

    def say(self, message_id: str, *, where: str) -> None:
        """The bot said something there."""
        self._said.keep(message_id, (where, self.world.now()))

    def take_back(self, message_id: str, *, where: str) -> None:
        """Nobody sees it any more. Raises QQRefusal."""
        said = self._said.find(message_id)
        if said is None or said[0] != where:
            raise QQRefusal(NOT_YOURS, "消息不存在或不是机器人发送的")
        if self.world.now() - said[1] > RECALL_WITHIN:
            raise QQRefusal(RECALLED_TOO_LATE, "撤回消息超过时间限制")
        self._said.forget(message_id)


@dataclass(slots=True)
class QQTokens:
    """One token at a time, for two hours."""

    world: Surroundings
    app_id: str
    app_secret: str
    lifetime: timedelta = timedelta(hours=2)
    issued: int = 0
    _token: str = ""
    _expires_at: datetime | None = None

    def issue(self, app_id: object, secret: object) -> tuple[str, int]:
        """The token in use and its remaining seconds. Raises QQRefusal."""
        if (app_id, secret) != (self.app_id, self.app_secret):
            raise QQRefusal(WRONG_SECRET, "invalid appid or secret", status=200)
        if not self._is_good():
            self.issued += 1
            self._token = f"qq-token-{self.issued}-{self.world.number():x}"
            self._expires_at = self.world.now() + self.lifetime
        expires_at = self._expires_at or self.world.now()
        return self._token, int((expires_at - self.world.now()).total_seconds())

    def expire(self) -> None:
        """Let the token in use run out now."""
        self._expires_at = self.world.now()

    def check(self, authorization: str) -> None:
        """Whether a call may go on. Raises QQRefusal."""
        if authorization != f"QQBot {self._token}" or not self._is_good():
            raise QQRefusal(NO_TOKEN, "token not exist or expire", status=401)

    def _is_good(self) -> bool:
        return self._expires_at is not None and self.world.now() < self._expires_at
