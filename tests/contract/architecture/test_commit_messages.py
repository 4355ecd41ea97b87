"""The commit-msg hook lets through `area: what is now true`."""

import pytest

from scripts.commit_message import complaint


@pytest.mark.parametrize(
    "message",
    [
        "inbox: keep replies in order within a thread",
        "shared/bus: the embedded log keeps what it acknowledged\n\nOne writer, group commit.\n# a comment of git's",
        'Revert "inbox: keep replies in order within a thread"',
    ],
)
def test_a_good_message_passes(message: str) -> None:
    assert complaint(message) is None


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Fix bug",
        "inbox:keep replies in order",
        "inbox: Keep replies in order",
        "inbox: keep replies in order.",
        "inbox: " + "very " * 14 + "long",
        "inbox: keep replies in order\nwithin a thread",
    ],
)
def test_a_bad_message_is_refused_with_the_reason(message: str) -> None:
    assert complaint(message)
