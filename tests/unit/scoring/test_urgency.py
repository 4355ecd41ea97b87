"""Urgency grows with every reason, tells them all, and is never low where lives are in danger."""

import pytest

from huiying.events.assessments import Intent, IntentCode, Reason, Risk, RiskCode
from scoring.domain.codes.signals import find_signals
from scoring.domain.codes.urgency import urgency_of


def urgency(
    *codes: IntentCode | RiskCode, text: str = "", reach: int | None = None, repeated: int = 1
) -> tuple[float, tuple[Reason, ...]]:
    (signals,) = find_signals([text])
    return urgency_of(
        intents=[Intent(code=code, score=0.9) for code in codes if isinstance(code, IntentCode)],
        risks=[Risk(code=code, score=0.9) for code in codes if isinstance(code, RiskCode)],
        sentiment=None,
        signals=signals,
        reach=reach,
        repeated=repeated,
    )


@pytest.mark.parametrize("code", [RiskCode.SELF_HARM, RiskCode.THREAT, RiskCode.SAFETY_INCIDENT])
def test_danger_to_life_is_never_less_than_nine_tenths(code: RiskCode) -> None:
    assert urgency(code)[0] >= 0.9
    assert urgency(code, IntentCode.PRAISE, IntentCode.SPAM)[0] >= 0.9


def test_every_reason_adds() -> None:
    plain = urgency(IntentCode.COMPLAINT)[0]

    assert urgency(IntentCode.COMPLAINT, IntentCode.REFUND)[0] > plain
    assert urgency(IntentCode.COMPLAINT, RiskCode.LEGAL)[0] > plain
    assert urgency(IntentCode.COMPLAINT, text="今天必须解决")[0] > plain
    assert urgency(IntentCode.COMPLAINT, text="still waiting")[0] > plain
    assert urgency(IntentCode.COMPLAINT, repeated=3)[0] > urgency(IntentCode.COMPLAINT, repeated=2)[0] > plain
    assert urgency(IntentCode.COMPLAINT, reach=50_000)[0] > urgency(IntentCode.COMPLAINT, reach=5_000)[0] > plain


def test_all_reasons_together_stay_within_one() -> None:
    assert urgency(*IntentCode, *RiskCode, text="马上 今天 还没", reach=10**9, repeated=10**9)[0] <= 1


def test_nothing_open_is_not_urgent_whoever_writes_it() -> None:
    assert urgency(IntentCode.PRAISE, text="今天 马上", reach=10**7, repeated=9) == (0.0, ())


def test_the_reasons_add_up_and_say_what_they_rest_on() -> None:
    total, reasons = urgency(IntentCode.AFTER_SALES, text="明天就要用", repeated=2)

    assert sum(each.weight for each in reasons) == pytest.approx(total, abs=0.002)
    assert [each.code for each in reasons] == ["after_sales", "deadline", "repeated"]
    assert [each.detail for each in reasons] == [None, "明天", "2"]
