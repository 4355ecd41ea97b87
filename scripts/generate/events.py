"""Writes the schema of every fact to contracts/events, and the catalogue of all of them to docs/events.md."""

import inspect
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from huiying.events.envelope import Event
from huiying.events.registry import TOPICS, Topic
from scripts.event_schemas import examples_of, schema_of, schema_path, versioned_name
from scripts.generated import ROOT, write_or_check

CATALOGUE = ROOT / "docs/events.md"

HEADER = """\
<!-- Made by `make contracts` from shared/huiying/events; do not edit. -->

# Events

What the services tell one another. A fact travels as JSON; CloudEvents 1.0 attributes ride in the headers (`ce_type`,
`ce_source`, `ce_id`, `ce_time`, `ce_specversion`, and `ce_sequence` where it came through an outbox). Facts with the
same key arrive in the order in which they were told. A fact may be told twice; taking it in twice has the effect of
once.

A fact grows by optional fields only, and its readers ignore fields they do not know. Anything else is another event
beside the old one, until nobody consumes that. The examples in `contracts/events/examples` are never changed and decode
for ever: a field that is added later must be optional, or they would not.

Partitions are those on Kafka; the embedded log of a single machine has one per topic. What a consumer cannot take in
becomes a dead letter in its own database (ADR 0003), not a record on another topic.

"""

_SECONDS_A_DAY = 86_400
_MIB = 1024 * 1024


def catalogue() -> str:
    """The whole of docs/events.md."""
    return HEADER + "\n".join([*_overview(), "", *(line for topic in TOPICS for line in _topic(topic))]).rstrip() + "\n"


def files() -> dict[Path, str]:
    """Every generated file, by where it is kept."""
    schemas = {
        schema_path(event): json.dumps(schema_of(event), indent=2, ensure_ascii=False) + "\n"
        for topic in TOPICS
        for event in topic.events
    }
    return {**schemas, CATALOGUE: catalogue()}


def _overview() -> Iterator[str]:
    yield "| topic | key | partitions | kept | produced by | consumed by |"
    yield "|---|---|---|---|---|---|"
    for topic in TOPICS:
        yield (
            f"| [{topic.name}](#{topic.name}) | `{topic.key}` | {topic.partitions} | {_days(topic.retention)} "
            f"| {_named(topic.producers)} | {_named(topic.consumers)} |"
        )


def _topic(topic: Topic) -> Iterator[str]:
    yield f"## {topic.name}\n"
    flushed = " A lone broker writes each record through before it acknowledges." if topic.flush_each_record else ""
    yield (
        f"{topic.description} Owned by {topic.owner}; a record may have {topic.max_message_bytes // _MIB} MiB;"
        f" kept {_days(topic.retention)}.{flushed}\n"
    )
    for event in topic.events:
        yield from _event(event)


def _event(event: type[Event]) -> Iterator[str]:
    name, examples = versioned_name(event), examples_of(event)
    yield f"### `{event.type}`\n"
    yield f"{inspect.getdoc(event)}\n"
    yield f"[Schema](../contracts/events/{name}.json) · [examples](../contracts/events/examples/{name})\n"
    if examples:
        richest = max(examples, key=lambda path: path.stat().st_size)
        yield f"{_sentence(richest)}:\n"
        yield f"```json\n{richest.read_text(encoding='utf-8').rstrip()}\n```\n"


def _sentence(example: Path) -> str:
    words = example.stem.replace("-", " ")
    return words[0].upper() + words[1:]


def _days(kept: timedelta) -> str:
    return f"{kept.total_seconds() / _SECONDS_A_DAY:g} days"


def _named(services: Sequence[str]) -> str:
    return ", ".join(services)


if __name__ == "__main__":
    write_or_check(files())
