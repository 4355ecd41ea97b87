"""Keywords are what a text is about: content words of both languages, the brand's own first, and nothing private."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.words.keywords import MOST_KEYWORDS, Vocabulary, find_keywords

ANY_TEXT = st.text(st.characters(codec=None), max_size=80)


def keywords(text: str, *words: str) -> tuple[str, ...]:
    return find_keywords([text], vocabulary=Vocabulary(frozenset(words)))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("客服态度太差了，物流也慢", {"客服", "态度", "物流"}),
        ("充电宝半夜冒烟", {"充电宝", "冒烟"}),
        ("The delivery was late and the box was damaged", {"delivery", "late", "box", "damaged"}),
        ("这个 serum 用完闷痘", {"serum", "闷痘"}),
        ("客服電話打不通", {"客服", "電話", "打不通"}),
        ("Don't buy the WH-100 headphones", {"buy", "wh-100", "headphones"}),
    ],
)
def test_content_words_of_both_languages_are_found_as_they_are_written(text: str, expected: set[str]) -> None:
    assert set(keywords(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "😀😀", "哈哈哈哈", "666", "是的呢", "what is it?", "https://shop.example/refund", "[doge]"]
)
def test_what_is_about_nothing_has_no_keywords(text: str) -> None:
    assert keywords(text) == ()


@pytest.mark.parametrize(
    "text", ["call 13800001234", "id 11010519491231002x", "加我 jz6688", "@wang_wei", "li%hua@mail.example", "京A12345"]
)
def test_numbers_names_and_addresses_are_not_keywords(text: str) -> None:
    assert set(keywords(text)) <= {"mail", "id"}


def test_a_word_of_the_vocabulary_is_whole_and_first() -> None:
    text = "第二杯半价的栗子拿铁客服说没有了"

    assert keywords(text, "栗子拿铁", "第二杯半价")[:2] == ("第二杯半价", "栗子拿铁")
    assert "栗子拿铁" not in keywords(text)


def test_a_latin_word_of_the_vocabulary_is_not_found_within_another() -> None:
    assert keywords("a minimum of fuss", "mini") == ("minimum", "fuss")
    assert keywords("the Mini is here", "mini") == ("mini",)
    assert "mini" in keywords("新mini很好看", "mini")


def test_a_vocabulary_of_one_brand_is_not_seen_by_another() -> None:
    assert keywords("喜提栗子拿铁", "栗子拿铁") == ("栗子拿铁",)
    assert "栗子拿铁" not in keywords("喜提栗子拿铁", "芋泥波波")


def test_a_word_said_again_is_named_once() -> None:
    assert keywords("退款退款退款！！退款") == ("退款",)


@given(st.lists(ANY_TEXT, max_size=5))
def test_any_text_has_at_most_so_many_keywords_and_they_stand_in_it(texts: list[str]) -> None:
    found = find_keywords(texts, vocabulary=Vocabulary(frozenset({"mini", "好"})))

    assert len(found) == len(texts)
    for text, words in zip(texts, found, strict=True):
        assert len(words) <= MOST_KEYWORDS
        assert all(word in text.lower() for word in words)
