"""Write a trained model down: the tables, the facts a machine reads, and the card a person reads."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np

from huiying.events.envelope import Value
from scoring.domain.sentiment import CONFIDENT_ACCURACY
from scoring.domain.weights import FACTS_FILE, ModelFacts, features_fingerprint
from scoring.training.measures import HEADING, Measure, line_of
from scoring.training.sources import OWN_EXAMPLES, SOURCES, Source
from scoring.training.table import Trained

CARD_FILE = "MODEL_CARD.md"
_TEMPLATE = Path(__file__).parent / "card.md.txt"


class SourceRecord(Value, frozen=True, kw_only=True):
    """One corpus as the record names it."""

    name: str
    language: str
    origin: str
    licence: str
    neutral_masked: bool


class ModelRecord(ModelFacts, frozen=True, kw_only=True):
    """The facts that the service reads, and beside them where they come from and what they are worth."""

    trained_on: date
    sources: tuple[SourceRecord, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A table as bytes."""

    trained: Trained
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def write_model(
    directory: Path, *, trained: Sequence[Trained], measures: Sequence[Measure], trained_on: date
) -> ModelRecord:
    """Write the tables, `model.json` and the card into `directory`, replacing what is there."""
    directory.mkdir(parents=True, exist_ok=True)
    stored = [_Stored(trained=one, content=_bytes_of(one)) for one in trained]
    for one in stored:
        (directory / one.trained.table.facts.file).write_bytes(one.content)
    record = _record(stored, measures=measures, trained_on=trained_on)
    written = msgspec.json.format(msgspec.json.encode(record), indent=1)
    (directory / FACTS_FILE).write_bytes(written + b"\n")
    (directory / CARD_FILE).write_text(card_of(record), encoding="utf-8")
    return record


def card_of(record: ModelRecord) -> str:
    """The card as Markdown, its figures taken from the record."""
    tables = [
        f"| {language} | 2^{facts.bits} | {facts.temperature} | {facts.confident_from} |"
        for language, facts in record.tables.items()
    ]
    sources = [
        f"| {one.name} | {one.language} | {one.origin} | {one.licence} | {'yes' if one.neutral_masked else 'no'} |"
        for one in record.sources
    ]
    return _TEMPLATE.read_text(encoding="utf-8").format(
        name=record.name,
        trained_on=record.trained_on.isoformat(),
        confident_accuracy=f"{CONFIDENT_ACCURACY:.0%}",
        heading=HEADING,
        tables="\n".join(tables),
        sources="\n".join(sources),
        held_out="\n".join(line_of(one) for one in record.measures if not one.left_out),
        left_out="\n".join(line_of(one) for one in record.measures if one.left_out),
    )


def _record(stored: Sequence[_Stored], *, measures: Sequence[Measure], trained_on: date) -> ModelRecord:
    tables = {
        one.trained.table.language: msgspec.structs.replace(one.trained.table.facts, sha256=one.sha256)
        for one in stored
    }
    # The name is the weights' own, so that two trainings never pass for the same model.
    together = hashlib.sha256("".join(one.sha256 for one in stored).encode()).hexdigest()
    return ModelRecord(
        name=f"ngram-{together[:8]}",
        features_sha256=features_fingerprint(tables["zh"].bits, tables["en"].bits),
        tables=tables,
        trained_on=trained_on,
        sources=(
            *(_source(one, language) for language, sources in SOURCES.items() for one in sources),
            _source(OWN_EXAMPLES, "zh, en"),
        ),
        measures=tuple(measures),
    )


def _source(source: Source, language: str) -> SourceRecord:
    return SourceRecord(
        name=source.name,
        language=language,
        origin=source.origin,
        licence=source.licence,
        neutral_masked=source.binary,
    )


def _bytes_of(trained: Trained) -> bytes:
    buffer = BytesIO()
    np.save(buffer, trained.integers, allow_pickle=False)
    return buffer.getvalue()
