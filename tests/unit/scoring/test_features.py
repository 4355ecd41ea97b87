"""The features of a text are its own: whatever the text, and whatever it is batched with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.model.features import EXTRACTORS, chinese, english
from scoring.domain.text.normalisation import LAUGHTER, LINK, LONGEST_TEXT, MENTION, PRAISE, normalised

BITS = 18
TEXTS = st.lists(st.text(st.characters(codec=None)), max_size=6)


@pytest.mark.parametrize("language", sorted(EXTRACTORS))
@given(texts=TEXTS)
def test_a_texts_features_do_not_depend_on_its_batch(language: str, texts: list[str]) -> None:
    together = EXTRACTORS[language](texts, bits=BITS)

    assert together.counts.size == len(texts)
    for index, text in enumerate(texts):
        alone = EXTRACTORS[language]([text], bits=BITS)
        start, end = together.starts[index : index + 2]
        assert np.array_equal(together.buckets[start:end], alone.buckets)


@given(TEXTS)
def test_buckets_are_distinct_sorted_and_within_bounds(texts: list[str]) -> None:
    features = chinese(texts, bits=BITS)

    assert features.starts[-1] == features.buckets.size
    for start, end in zip(features.starts[:-1], features.starts[1:], strict=True):
        assert (np.diff(features.buckets[start:end]) > 0).all()
    assert ((features.buckets >= 0) & (features.buckets < 1 << BITS)).all()


@given(TEXTS)
def test_every_text_has_one_normal_form_and_no_third_repeat(texts: list[str]) -> None:
    found = normalised(texts)

    assert len(found) == len(texts)
    assert not any(a == b == c for line in found for a, b, c in zip(line, line[1:], line[2:], strict=False))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ｈｅｌｌｏ  WORLD", "hello world"),
        ("好好好好吃！！！！", "好好吃!!"),
        ("謝謝老闆", "谢谢老板"),
        ("see https://a.example/b?c=d", f"see {LINK}"),
        ("@王小明 你好", f"{MENTION} 你好"),
        ("order 123456", "order 0"),
        ("6666", PRAISE),
        ("23333", LAUGHTER),
        ("line\nbreak", "line break"),
        ("don’t", "don't"),
    ],
)
def test_what_means_the_same_is_read_as_the_same(text: str, normal: str) -> None:
    assert normalised([text]) == [normal]


@pytest.mark.parametrize(
    ("one", "other"),
    [("不好", "好不"), ("ab", "ba"), ("not good", "good not"), ("👍", "👎")],
)
def test_order_and_signs_matter(one: str, other: str) -> None:
    features = english([one, other], bits=BITS)
    first, second = np.split(features.buckets, [features.starts[1]])

    assert not np.array_equal(first, second)


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    text = "很长的评论" * LONGEST_TEXT

    assert np.array_equal(chinese([text], bits=BITS).buckets, chinese([text[:LONGEST_TEXT]], bits=BITS).buckets)
