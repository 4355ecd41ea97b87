"""Of every body it can be told what its connector did not heed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ingest.clients.connectors.table import CONNECTORS
from standalone.documents import open_document, pointer
from standalone.unheeded import list_unheeded

NOW = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "samples"
BODIES = [path for path in sorted(SAMPLES.glob("*/*")) if path.suffix in {".json", ".xml"}]
BODIES = [path for path in BODIES if not path.name.endswith(".interactions.json")]


def unheeded_in(platform: str, body: bytes) -> Sequence[Sequence[str]]:
    connector = CONNECTORS[platform]
    interactions = connector.normalise_body(body, content_type="", received_at=NOW)
    return list_unheeded(connector, body, interactions, content_type="", received_at=NOW)


def a_comment(**more: object) -> bytes:
    data = {"id": "c1", "text": "hi", "author": {"id": "u1", "name": "Mia"}, **more}
    return msgspec.json.encode({"type": "comment.created", "timestamp": "2026-09-21T14:00:00Z", "data": data})


def test_of_a_body_that_is_understood_whole_nothing_is_listed() -> None:
    assert unheeded_in("generic", a_comment()) == [[]]


def test_what_is_new_to_us_is_listed_where_it_stands() -> None:
    body = a_comment(mood="furious", badges={"vip": True, "since": 2019}, author={"id": "u1", "hat": "red"})

    assert unheeded_in("generic", body) == [["/data/author/hat", "/data/mood", "/data/badges"]]


def test_a_field_that_only_turns_a_switch_is_heeded() -> None:
    body = msgspec.json.encode(
        {
            "object": "page",
            "entry": [
                {
                    "id": "1",
                    "messaging": [
                        {
                            "sender": {"id": "5"},
                            "recipient": {"id": "1"},
                            "timestamp": 1790000000000,
                            "message": {"mid": "m1", "is_deleted": True, "metadata": "x"},
                        }
                    ],
                }
            ],
        }
    )

    (listed,) = unheeded_in("messenger", body)

    assert "/entry/0/messaging/0/message/is_deleted" not in listed
    assert "/entry/0/messaging/0/message/metadata" in listed


def test_in_a_batch_each_is_told_of_its_own_fields() -> None:
    changes = [
        {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": f"1_{number}", "odd": number}}
        for number in (2, 3)
    ]
    body = msgspec.json.encode({"object": "page", "entry": [{"id": "1", "changes": changes}]})

    assert unheeded_in("facebook", body) == [["/entry/0/changes/0/value/odd"], ["/entry/0/changes/1/value/odd"]]


def test_where_a_body_tells_the_same_twice_nothing_gets_lost() -> None:
    change = {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": "1_2", "odd": 1}}
    body = msgspec.json.encode({"object": "page", "entry": [{"id": "1", "changes": [change, {**change, "more": 2}]}]})

    *_, listed = unheeded_in("facebook", body)

    assert "/entry/0/changes/1/more" in listed


def test_what_is_kept_as_unknown_is_heeded_only_in_what_is_read_of_it() -> None:
    body = msgspec.json.encode({"type": "thing.happened", "timestamp": "2026-09-21T14:00:00Z", "data": {"x": "y"}})

    (listed,) = unheeded_in("generic", body)

    assert listed == ["/data"]


def test_what_only_names_a_thing_by_its_content_is_not_heeded_for_that() -> None:
    value = {"item": "comment", "verb": "edited", "comment_id": "1_2", "message": "hi", "odd": "x"}
    body = msgspec.json.encode(
        {"object": "page", "entry": [{"id": "1", "changes": [{"field": "feed", "value": value}]}]}
    )

    (listed,) = unheeded_in("facebook", body)

    assert listed == ["/entry/0/changes/0/value/odd"]


def test_elements_and_attributes_of_xml_have_names_too() -> None:
    body = (
        b"<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1790000000</CreateTime>"
        b'<MsgType>text</MsgType><Content>hi</Content><MsgId>42</MsgId><Odd a="b">9x</Odd></xml>'
    )

    (listed,) = unheeded_in("wechat_oa", body)

    assert listed == ["/Odd"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"content":"{\\"text\\":\\"hi\\",\\"n\\":[1]}"}', ["/content#/text", "/content#/n/0"]),
        (b'payload={"a":1}&b=c', ["/payload#/a", "/b"]),
        (b"<a><b>1</b><b>2</b></a>", ["/b", "/b[2]"]),
        (b"\xef\xbb\xbf[true]", ["/0"]),
    ],
)
def test_json_within_texts_forms_and_elements_is_opened(body: bytes, found: list[str]) -> None:
    document = open_document(body)

    assert document is not None
    assert [pointer(path) for path, _ in document.leaves()] == found
    assert all(len(list(document.variants(path))) == 2 for path, _ in document.leaves())


@pytest.mark.parametrize("body", [b"", b"{", b"<a>", b"\xff\xfe", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_what_is_no_document_has_no_fields(body: bytes) -> None:
    assert open_document(body) is None


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_sample_can_be_told_what_was_not_heeded_in_it(path: Path) -> None:
    body = path.read_bytes()
    interactions = CONNECTORS[path.parent.name].normalise_body(body, content_type="", received_at=NOW)

    listed = unheeded_in(path.parent.name, body)

    assert len(listed) == len(interactions)
