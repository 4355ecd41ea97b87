"""When two tellings are one thing, and when they are two."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from huiying.events.interactions import AccountRef, Direction, Interaction, TimeSource
from ingest.clients.connectors.table import CONNECTORS

NOW = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)
PAGE = "700100200300400"


def told(platform: str, body: object, *, external_id: str = PAGE) -> Interaction:
    account = AccountRef(id="account-1", external_id=external_id, brand="tea-house")
    (interaction,) = CONNECTORS[platform].normalise_body(
        msgspec.json.encode(body), content_type="", account=account, received_at=NOW
    )
    return interaction


def a_change(*, at: int | None = 1790000000, time: int = 1790000002, **more: Any) -> dict[str, Any]:
    value = {"item": "comment", "verb": "add", "comment_id": "1_2", "post_id": "7_1", "message": "hi", **more}
    timed = value if at is None else {**value, "created_time": at}
    return {"object": "page", "entry": [{"id": PAGE, "time": time, "changes": [{"field": "feed", "value": timed}]}]}


def a_generic(kind_and_action: str, *, timestamp: str = "2026-09-21T14:00:00Z", **more: Any) -> dict[str, Any]:
    data = {"id": "c1", "text": "hi", "author": {"id": "u1"}, **more}
    return {"type": kind_and_action, "timestamp": timestamp, "data": data}


def test_a_comment_told_again_in_another_batch_is_the_same() -> None:
    assert told("facebook", a_change(time=1)).id == told("facebook", a_change(time=1790009999)).id


def test_a_comment_is_the_same_through_either_of_metas_hooks() -> None:
    assert told("facebook", a_change()) == told("messenger", a_change())


@pytest.mark.parametrize(
    "other",
    [{"at": 1790000001}, {"message": "ho"}, {"verb": "hide"}, {"verb": "unhide"}, {"verb": "remove"}, {"verb": "add"}],
)
def test_what_happens_to_a_comment_later_is_something_else(other: dict[str, Any]) -> None:
    edit: dict[str, Any] = {"verb": "edited"}

    assert told("facebook", a_change(**edit)).id != told("facebook", a_change(**(edit | other))).id


def test_a_reaction_given_taken_back_and_given_again_is_three_things() -> None:
    reaction: dict[str, Any] = {"item": "reaction", "reaction_type": "love", "from": {"id": "9"}}
    bodies = [
        a_change(**reaction, verb=verb, at=at) for verb, at in (("add", 1), ("remove", 2), ("add", 3), ("add", 3))
    ]

    assert len({told("facebook", body).id for body in bodies}) == 3


def test_a_generic_creation_is_the_same_whenever_it_is_told() -> None:
    later = a_generic("comment.created", timestamp="2026-09-22T00:00:00Z")

    assert told("generic", a_generic("comment.created")).id == told("generic", later).id == f"generic:{PAGE}:comment:c1"


def test_a_generic_change_is_known_by_its_moment() -> None:
    assert told("generic", a_generic("comment.updated")).id == f"generic:{PAGE}:comment:c1:2026-09-21T14:00:00Z"


def test_a_change_and_a_deletion_in_the_same_second_are_two() -> None:
    assert told("generic", a_generic("comment.updated")).id != told("generic", a_generic("comment.deleted")).id


def test_the_true_origin_of_a_bridged_thing_is_part_of_its_id() -> None:
    interaction = told("generic", a_generic("comment.created", platform="xiaohongshu"))

    assert (interaction.platform, interaction.id) == ("xiaohongshu", f"xiaohongshu:{PAGE}:comment:c1")


def test_what_the_brand_itself_writes_through_a_bridge_is_outbound() -> None:
    interaction = told("generic", a_generic("comment.created", author={"id": PAGE}))

    assert interaction.direction is Direction.OUTBOUND
    assert not interaction.reply.capabilities


def test_another_page_on_the_same_hook_keeps_its_name() -> None:
    interaction = told("facebook", a_change(), external_id="another-page")

    assert interaction.id == "facebook:another-page:comment:1_2"
    assert interaction.extensions == {"page_id": PAGE}


@pytest.mark.parametrize(
    ("at", "time", "expected", "source"),
    [
        (1790000000, 1790000002, datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC), TimeSource.EVENT),
        (None, 1790000002, datetime(2026, 9, 21, 14, 13, 22, tzinfo=UTC), TimeSource.DELIVERY),
        (None, 1790000002500, datetime(2026, 9, 21, 14, 13, 22, 500000, tzinfo=UTC), TimeSource.DELIVERY),
        (10**17, 0, NOW, TimeSource.RECEIVE),
        (-5, -5, NOW, TimeSource.RECEIVE),
    ],
)
def test_the_best_time_there_is_counts(at: int | None, time: int, expected: datetime, source: TimeSource) -> None:
    interaction = told("facebook", a_change(at=at, time=time))

    assert (interaction.occurred_at, interaction.occurred_at_source) == (expected, source)
