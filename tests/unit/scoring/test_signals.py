"""Words are found as they stand in a text, with what denies, supposes or turns them into a figure of speech."""

import pytest

from scoring.domain.codes.rules import DENIAL, IDIOM, SUPPOSITION, is_latin, rules
from scoring.domain.codes.signals import Signals, find_signals


def signals_of(text: str) -> Signals:
    return find_signals([text])[0]


def words_of(text: str, *, code: str) -> tuple[str, ...]:
    signals = signals_of(text)
    return signals.words(signals.of(code))


def test_texts_are_read_in_their_order() -> None:
    first, second = find_signals(["谢谢", "退款"])

    assert first.of("thanks")
    assert second.of("refund")


def test_evidence_stands_in_the_text_as_it_was_written() -> None:
    assert "客服態度太差" in words_of("ＯＫ…客服態度太差了", code="complaint")
    assert "ＲＥＦＵＮＤ" in words_of("ＲＥＦＵＮＤ!", code="refund")


def test_a_character_that_unfolds_into_several_does_not_shift_the_rest() -> None:
    assert words_of("㈱ ﷺ 仅退款", code="refund") == ("仅退款",)


@pytest.mark.parametrize(("text", "code"), [("I like scampi", "complaint"), ("a thankless job", "thanks")])
def test_an_english_word_counts_only_whole(text: str, code: str) -> None:
    assert not words_of(text, code=code)


def test_an_english_word_may_stand_between_chinese_ones() -> None:
    assert words_of("我想refund一下", code="refund") == ("refund",)


@pytest.mark.parametrize("text", ["一点都不推荐", "没觉得好吃", "I don't recommend it", "not amazing"])
def test_a_denial_takes_back_what_follows(text: str) -> None:
    assert not words_of(text, code="praise")


@pytest.mark.parametrize("text", ["不是不好吃", "没有不推荐"])
def test_a_denial_of_a_denial_takes_nothing_back(text: str) -> None:
    assert words_of(text, code="praise")


@pytest.mark.parametrize("text", ["不仅好吃", "没想到这么好吃", "不错，推荐", "not only amazing"])
def test_what_only_looks_like_a_denial_takes_nothing_back(text: str) -> None:
    assert words_of(text, code="praise")


def test_a_denial_does_not_reach_beyond_its_clause() -> None:
    assert words_of("不用了，谢谢", code="thanks")


def test_asking_whether_denies_nothing() -> None:
    assert words_of("值不值得买", code="praise")


@pytest.mark.parametrize(
    ("text", "code"), [("笑死我了", "threat"), ("想死你们了", "self_harm"), ("this price is killing me", "threat")]
)
def test_a_figure_of_speech_swallows_the_words_in_it(text: str, code: str) -> None:
    assert not words_of(text, code=code)


def test_words_of_what_might_be_are_marked() -> None:
    said, supposed = find_signals(["食物中毒", "万一食物中毒怎么办"])

    assert not any(each.supposed for each in said.of("safety_incident"))
    assert all(each.supposed for each in supposed.of("safety_incident"))


def test_the_longest_words_count_once() -> None:
    assert words_of("无限回购", code="praise") == ("无限回购",)


@pytest.mark.parametrize(("text", "found"), [("说好的优惠呢", True), ("说好的。你呢", False)])
def test_the_parts_of_a_pattern_stand_in_one_sentence(text: str, *, found: bool) -> None:
    assert any("呢" in words for words in words_of(text, code="complaint")) is found


def test_no_text_is_too_odd_to_be_read() -> None:
    for text in ("", "\x00", "\ud800", "？" * 3_000, "👍🏽", "İstanbul ﷺ ㈱"):
        for signal in signals_of(text).found:
            assert 0 <= signal.start < signal.end <= len(text)


def test_every_word_of_one_slot_is_found_where_it_stands_alone() -> None:
    about_words = {DENIAL, SUPPOSITION, IDIOM}
    for rule in rules():
        words = rule.slots[0] if len(rule.slots) == 1 and rule.code not in about_words else ()
        for word in words:
            signals = signals_of(word.literal if is_latin(word.literal[0]) else f"。{word.literal}")
            assert any(each.code == rule.code for each in signals.found), (rule.code, word.literal)


def test_a_weight_is_a_share() -> None:
    assert all(0 < rule.weight <= 1 for rule in rules())
