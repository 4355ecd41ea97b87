"""Who says the same is found, with other emoji, punctuation, names or another word; who says something else is not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.words.duplicates import group_near_duplicates, group_signatures, signatures
from tests.support.labelled_texts import DEVELOPMENT, labelled_texts

POST = "这家店的奶茶喝完肚子疼了一晚上，客服还说是我自己的问题，大家千万不要再去买了"
ENGLISH_POST = "They sold me a charger that melted overnight and support keeps telling me it was my own fault"


@pytest.mark.parametrize(
    "variant",
    [
        "😡" + POST + "！！！🔥🔥",
        POST.replace("，", " "),
        "@小王 " + POST + " https://t.example/8812",
        POST.replace("一晚上", "一整天"),
        "家人们，" + POST + "[怒]",
        POST.replace("这家店", "這家店").replace("还说", "還說"),
    ],
)
def test_a_copy_with_something_changed_is_of_one_group(variant: str) -> None:
    assert group_near_duplicates([POST, "今天天气真好，适合去公园散步", variant]) == [0, 1, 0]


@pytest.mark.parametrize(
    "variant",
    [ENGLISH_POST.upper() + "!!!", "OMG 😱 " + ENGLISH_POST, ENGLISH_POST.replace("charger", "battery")],
)
def test_an_english_copy_with_something_changed_is_of_one_group(variant: str) -> None:
    assert group_near_duplicates([ENGLISH_POST, variant]) == [0, 0]


def test_short_texts_are_alike_only_when_their_letters_are() -> None:
    assert group_near_duplicates(["多少钱？", "多少钱[疑问]", "多少米", "多少钱 1"]) == [0, 0, 2, 0]
    assert group_near_duplicates(["😀", "👍", "😀 ", ""]) == [0, 1, 0, 3]


def test_a_short_text_has_no_signature_so_that_many_may_say_it() -> None:
    assert signatures(["求链接", "how much?", ""]) == [None, None, None]
    assert group_signatures([None, None]) == [0, 1]


def test_a_wave_of_variants_is_one_group_found_by_signatures_alone() -> None:
    chance = random.Random(1)
    wave = [
        POST.replace("大家", chance.choice(["姐妹们", "大伙", "各位"])) + "！" * n + "😭" * (n % 3) for n in range(30)
    ]

    kept = signatures([ENGLISH_POST, *wave])

    assert group_signatures(kept) == [0] + [1] * 30
    assert all(one is not None and len(one) == 64 for one in kept)


def test_comments_that_people_wrote_one_by_one_are_not_alike() -> None:
    texts = [text.text for text in labelled_texts(DEVELOPMENT)]

    groups = group_near_duplicates(texts)

    assert groups == list(range(len(texts)))


def test_copies_of_long_comments_with_another_word_emoji_and_a_name_are_found() -> None:
    chance = random.Random(3)
    short = [text.text for text in labelled_texts(DEVELOPMENT)]
    texts = [" ".join(three) for three in zip(short[::3], short[1::3], short[2::3], strict=False)]

    def copied(text: str) -> str:
        start = chance.randrange(len(text) - 4)
        other = "yesterday" if text.isascii() else "昨天"
        return f"@fan_{chance.randrange(99)} {text[:start]}{other}{text[start + len(other) // 2 + 1 :]}😡🔥"

    groups = group_near_duplicates([*texts, *map(copied, texts)])

    found = sum(groups[len(texts) + place] == place for place in range(len(texts)))
    assert found >= 0.95 * len(texts)


def test_a_signature_never_changes() -> None:
    [signature] = signatures([POST])

    assert signature is not None
    assert signature.hex()[:32] == "a63b8151585d53d2292ac6accb2b583e"


@given(st.lists(st.text(st.characters(codec=None), max_size=60), max_size=8))
def test_any_texts_can_be_grouped_and_the_first_of_a_group_names_it(texts: list[str]) -> None:
    groups = group_near_duplicates(texts)

    assert len(groups) == len(texts)
    assert all(group <= place and groups[group] == group for place, group in enumerate(groups))
