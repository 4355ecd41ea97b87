"""A text's language is told by its script, and left open where the script does not tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.text.language import identify, read_languages, with_hint

TEXTS = st.lists(st.text(st.characters(codec=None)), max_size=6)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("这个产品真的很好用", "zh"),
        ("謝謝，很喜歡", "zh"),
        ("这个app真的很垃圾", "zh"),
        ("OK的", "zh"),
        ("iPhone 15 Pro Max 不错", "zh"),
        ("优の良品", "zh"),
        ("好可爱(´・ω・`)", "zh"),
        ("The parcel never arrived", "en"),
        ("lol", "en"),
        ("stock clichés are the worst", "en"),
        ("Ｇｒｅａｔ", "en"),
        ("Can't wait for 小米 launch event next week in London", "en"),
        ("The delivery was fast 但是包装太差了", "mixed"),
        ("refund plz 退款", "mixed"),
        ("東京は楽しい", "ja"),
        ("배송이 빨라요", "ko"),
        ("ขอบคุณมาก", "th"),
        ("شكرا جزيلا لكم", "ar"),
        ("Ευχαριστώ", "el"),
        ("תודה רבה", "he"),
        ("Спасибо, мы рады", "ru"),
    ],
)
def test_a_script_that_tells_decides(text: str, language: str) -> None:
    assert identify(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12345",
        "😡😡",
        "(´・ω・`)",
        "Дякую",
        "خیلی ممنون",
        "नमस्ते",
        "Gracias, muy bueno",
        "Bonjour, merci beaucoup",
        "Danke schön",
        "http://t.cn/hello",
    ],
)
def test_what_the_script_leaves_open_is_undetermined(text: str) -> None:
    assert identify(text) == "und"


def test_links_and_mentions_are_nobodys_language() -> None:
    assert identify("@customer_care_team www.example.com/path 好的") == "zh"


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Gracias, muy bueno", "es-MX", "es"),
        ("Gracias, muy bueno", None, "und"),
        ("Gracias, muy bueno", "qme", "und"),
        ("Gracias, muy bueno", "zh", "und"),
        ("Thank you", "fr", "en"),
        ("你好", "ja", "zh"),
        ("😡", "fr", "und"),
    ],
)
def test_a_platforms_hint_settles_only_an_open_question(text: str, hint: str | None, language: str) -> None:
    reading = read_languages([text])[0]

    assert with_hint(reading, hint=hint) == language


def test_the_share_of_chinese_grows_with_the_chinese() -> None:
    little, much = read_languages(["very good product 不错的", "very good 这个东西真的是不错的"])

    assert 0 < little.chinese_share < much.chinese_share < 1


@given(TEXTS)
def test_any_texts_have_a_language_each_whatever_they_are_read_with(texts: list[str]) -> None:
    together = read_languages(texts)

    assert together == [read_languages([text])[0] for text in texts]
    assert all(2 <= len(reading.language) <= 5 and 0 <= reading.chinese_share <= 1 for reading in together)
