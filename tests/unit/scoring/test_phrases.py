"""A phrase is found when people say it in ever new surroundings, and not when its parts merely meet."""

import random

from scoring.domain.words.phrases import discover_phrases

FIRST, NEXT = ("my", "use", "a", "lost"), ("now", "pls", "soon", "gone")
CHANCE = random.Random(11)
FRAMES = [
    "{}太好喝了",
    "昨天买了{}，失望",
    "想喝{}",
    "{}又卖完了",
    "谁懂{}啊",
    "新出的{}怎么样",
    "客服说{}没有货",
    "排队等{}两小时",
]
OTHERS = ["珍珠奶茶", "拿铁", "面包", "手机", "裤子", "芋圆", "栗子蛋糕", "草莓"]


def some_texts(*names: str, each: int = 12) -> list[str]:
    texts = [CHANCE.choice(FRAMES).format(name) + "！" * n for name in names for n in range(each)]
    texts += [f"{CHANCE.choice(FRAMES).format(other)}{n}" for other in OTHERS for n in range(40)]
    return texts


def phrases(texts: list[str], *known: str) -> list[str]:
    return [phrase.text for phrase in discover_phrases(texts, known=known)]


def test_a_name_that_the_dictionary_cuts_is_found_whole() -> None:
    assert "雪顶冰酪" in phrases(some_texts("雪顶冰酪", each=30))


def test_words_of_latin_letters_are_joined_by_a_space() -> None:
    texts = [f"{before} gift card {after}" for before in FIRST for after in NEXT]
    texts += [f"{word} something else entirely {n}" for n in range(30) for word in FIRST]

    assert "gift card" in phrases(texts)


def test_what_is_known_or_in_the_dictionary_is_not_discovered() -> None:
    texts = some_texts("雪顶冰酪", each=30)

    found = phrases(texts, "雪顶冰酪")

    assert "雪顶冰酪" not in found
    assert "奶茶" not in found


def test_a_part_of_a_name_is_not_a_phrase() -> None:
    found = phrases(some_texts("雪顶冰酪", each=30))

    assert {"雪顶冰", "顶冰酪", "冰酪"}.isdisjoint(found)


def test_one_text_sent_many_times_makes_no_phrase() -> None:
    assert "雪顶冰酪" not in phrases(["快来抢雪顶冰酪呀"] * 100 + some_texts())


def test_few_texts_have_no_phrases() -> None:
    assert phrases([]) == []
    assert phrases(["雪顶冰酪太好喝了", "想喝雪顶冰酪"]) == []


def test_each_phrase_says_how_often_and_how_surely() -> None:
    [found] = [one for one in discover_phrases(some_texts("雪顶冰酪", each=30)) if one.text == "雪顶冰酪"]

    assert found.count >= 5
    assert 0 < found.cohesion <= 1
