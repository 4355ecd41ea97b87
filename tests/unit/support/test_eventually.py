"""What tests wait with must itself neither wait too long nor be satisfied too soon."""

import pytest

from tests.support.eventually import eventually


async def test_it_returns_the_first_answer_that_is_true() -> None:
    answers = iter([0, None, "there"])

    answer = await eventually(lambda: next(answers), timeout_seconds=1)

    assert answer == "there"


async def test_it_asks_again_after_a_failed_assertion() -> None:
    numbers = iter([1, 2, 3])

    async def check() -> bool:
        assert next(numbers) == 3
        return True

    assert await eventually(check, timeout_seconds=1)


async def test_it_fails_at_the_deadline_with_the_last_words_of_the_check() -> None:
    def check() -> bool:
        assert False, "the queue still holds 2"  # noqa: B011, PT015

    with pytest.raises(AssertionError, match="the queue still holds 2"):
        await eventually(check, timeout_seconds=0.05)


async def test_no_answer_is_not_a_yes() -> None:
    with pytest.raises(AssertionError, match="answered None"):
        await eventually(lambda: None, timeout_seconds=0.05)


async def test_a_mistake_in_the_check_is_let_through_at_once() -> None:
    with pytest.raises(KeyError):
        await eventually(lambda: {}["missing"], timeout_seconds=60)
