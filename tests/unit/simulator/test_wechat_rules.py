"""WeChat's own rules: what a token and an open window allow."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.platforms.platform import Surroundings
from simulator.platforms.wechat_tokens import TokenDesk, WeChatRefusal
from simulator.platforms.wechat_windows import Windows


class Calendar:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def passes(self, time: timedelta) -> None:
        self.moment += time


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def desk(calendar: Calendar) -> TokenDesk:
    return TokenDesk(Surroundings(now=calendar.now), "wx1", "secret")


@pytest.fixture
def windows(calendar: Calendar) -> Windows:
    return Windows(Surroundings(now=calendar.now))


def code_of(refusal: pytest.ExceptionInfo[WeChatRefusal]) -> int:
    return refusal.value.code


def test_everyone_who_asks_for_the_stable_token_gets_the_same(desk: TokenDesk) -> None:
    first, again = (desk.stable("wx1", "secret", force=False) for _ in range(2))

    assert first == again
    assert first[1] == 7200
    desk.check(first[0])


def test_a_forced_token_makes_the_old_one_invalid(desk: TokenDesk) -> None:
    old, _ = desk.stable("wx1", "secret", force=False)

    new, _ = desk.stable("wx1", "secret", force=True)

    desk.check(new)
    with pytest.raises(WeChatRefusal) as refusal:
        desk.check(old)
    assert code_of(refusal) == 40001


def test_a_token_expires_after_two_hours(desk: TokenDesk, calendar: Calendar) -> None:
    token, _ = desk.stable("wx1", "secret", force=False)

    calendar.passes(timedelta(hours=2))

    with pytest.raises(WeChatRefusal) as refusal:
        desk.check(token)
    assert code_of(refusal) == 42001
    assert desk.stable("wx1", "secret", force=False)[0] != token


@pytest.mark.parametrize(("app_id", "secret", "code"), [("wx2", "secret", 40013), ("wx1", "guess", 40125)])
def test_a_stranger_gets_no_token(desk: TokenDesk, app_id: str, secret: str, code: int) -> None:
    with pytest.raises(WeChatRefusal) as refusal:
        desk.stable(app_id, secret, force=False)

    assert code_of(refusal) == code


def test_a_message_allows_five_answers(windows: Windows, calendar: Calendar) -> None:
    windows.open("o1", at=calendar.now(), allowance=Windows.after_message)
    for _ in range(5):
        windows.use("o1")

    with pytest.raises(WeChatRefusal) as refusal:
        windows.use("o1")
    assert code_of(refusal) == 45047


def test_another_message_allows_five_more(windows: Windows, calendar: Calendar) -> None:
    windows.open("o1", at=calendar.now(), allowance=Windows.after_message)
    for _ in range(5):
        windows.use("o1")

    calendar.passes(timedelta(minutes=1))
    windows.open("o1", at=calendar.now(), allowance=Windows.after_message)
    for _ in range(5):
        windows.use("o1")

    with pytest.raises(WeChatRefusal) as refusal:
        windows.use("o1")
    assert code_of(refusal) == 45047


def test_after_forty_eight_hours_it_is_over(windows: Windows, calendar: Calendar) -> None:
    windows.open("o1", at=calendar.now(), allowance=Windows.after_message)

    calendar.passes(timedelta(hours=48))

    with pytest.raises(WeChatRefusal) as refusal:
        windows.use("o1")
    assert code_of(refusal) == 45015


def test_following_allows_three_answers_within_a_minute(windows: Windows, calendar: Calendar) -> None:
    windows.open("o1", at=calendar.now(), allowance=Windows.after_touch)
    windows.use("o1")

    calendar.passes(timedelta(minutes=1))

    with pytest.raises(WeChatRefusal):
        windows.use("o1")


def test_a_button_pressed_does_not_shorten_what_a_message_opened(windows: Windows, calendar: Calendar) -> None:
    windows.open("o1", at=calendar.now(), allowance=Windows.after_message)
    windows.open("o1", at=calendar.now(), allowance=Windows.after_touch)

    calendar.passes(timedelta(hours=47))
    windows.use("o1")
    calendar.passes(timedelta(hours=1))

    with pytest.raises(WeChatRefusal) as refusal:
        windows.use("o1")
    assert code_of(refusal) == 45015


def test_nobody_writes_to_a_stranger(windows: Windows) -> None:
    with pytest.raises(WeChatRefusal) as refusal:
        windows.use("o-stranger")

    assert code_of(refusal) == 45015
