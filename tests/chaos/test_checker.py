"""The checker finds each kind of damage; one that finds nothing would prove nothing."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from tests.chaos.checker import check
from tests.chaos.ledger import Ledger, Tag
from tests.chaos.observing import Found, Message
from tests.chaos.replies import Desk

_ids = count(1)


def _message(tag: Tag, *, message_id: str | None = None, is_assessed: bool = True) -> Message:
    return Message(
        id=message_id or f"{next(_ids):09}",
        thread_id=f"thread-{tag.author}",
        interaction_id=f"generic:{tag}",
        is_inbound=True,
        text=f"hello {tag}",
        is_assessed=is_assessed,
        delivery_status=None,
    )


def _reply(reply_id: str, *, status: str) -> Message:
    return Message(
        id=reply_id,
        thread_id="thread-1",
        interaction_id=None,
        is_inbound=False,
        text="an answer",
        is_assessed=False,
        delivery_status=status,
    )


def _ledger(*tags: Tag) -> Ledger:
    ledger = Ledger(sent=set(tags))
    for tag in tags:
        ledger.acknowledge(tag, at=0, waited_seconds=0)
    return ledger


def _found(*messages: Message, **more: Any) -> Found:
    said = sum(message.is_inbound for message in messages)
    whole = Found(
        messages=list(messages),
        counted=said,
        counted_with_sentiment=said,
        told_assessments=said,
        deliveries=said,
        refused_deliveries=0,
        dead_letters={},
    )
    return replace(whole, **more)


_FIRST, _SECOND = Tag(1, 1), Tag(1, 2)


def test_all_is_well_when_everything_is_there_once_and_in_order() -> None:
    verdict = check(_ledger(_FIRST, _SECOND), Desk(), _found(_message(_FIRST), _message(_SECOND)))

    assert verdict.wrong == []
    assert verdict.filed == 2


def test_what_was_taken_without_an_acknowledgement_may_be_there() -> None:
    ledger = _ledger(_FIRST)
    ledger.sent.add(_SECOND)

    verdict = check(ledger, Desk(), _found(_message(_FIRST), _message(_SECOND)))

    assert verdict.wrong == []


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (_found(_message(_FIRST), deliveries=2), "acknowledged but not filed: #a1-2"),
        (_found(_message(_FIRST), _message(_SECOND), _message(_SECOND)), "filed more than once: #a1-2"),
        (_found(_message(_SECOND), _message(_FIRST)), "not in the author's order"),
        (_found(_message(_FIRST), _message(_SECOND), _message(Tag(9, 9))), "filed but never said: #a9-9"),
        (_found(_message(_FIRST), _message(_SECOND, is_assessed=False)), "not assessed: #a1-2"),
        (_found(_message(_FIRST), _message(_SECOND), told_assessments=3), "scoring told 3"),
        (_found(_message(_FIRST), _message(_SECOND), counted=3), "reporting counts 3 interactions"),
        (_found(_message(_FIRST), _message(_SECOND), counted_with_sentiment=1), "reporting counts 1 assessments"),
        (_found(_message(_FIRST), _message(_SECOND), deliveries=1), "2 deliveries were acknowledged"),
        (_found(_message(_FIRST), _message(_SECOND), dead_letters={"inbox": 1}), "dead letters: inbox: 1"),
    ],
)
def test_damage_to_what_was_said_is_found(found: Found, complaint: str) -> None:
    verdict = check(_ledger(_FIRST, _SECOND), Desk(), found)

    assert any(wrong.startswith(complaint) for wrong in verdict.wrong), verdict.wrong


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (_found(), "replies lost: an answer"),
        (_found(_reply("r1", status="queued")), "an answer: still queued"),
        (_found(_reply("r1", status="sent")), "an answer: called sent, but the platform never had it"),
        (_found(_reply("r1", status="sent"), at_platforms=["an answer"] * 2), "sent to the platform more than once"),
        (
            _found(_reply("r1", status="sent"), _reply("r2", status="sent"), at_platforms=["an answer"]),
            "messages that nobody wrote",
        ),
    ],
)
def test_damage_to_replies_is_found(found: Found, complaint: str) -> None:
    verdict = check(Ledger(), Desk(accepted={"r1": "an answer"}), found)

    assert any(wrong.startswith(complaint) for wrong in verdict.wrong), verdict.wrong
