"""Write a trained model down: the tables, the facts a machine reads, and the card a person reads."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np

from huiying.events.envelope import Value
from scoring.domain.model.heads import HeadFacts
from scoring.domain.model.sentiment import CONFIDENT_ACCURACY
from scoring.domain.model.weights import FACTS_FILE, ModelFacts, features_fingerprint
from scoring.training.fitting import Trained
from scoring.training.measures import HEADING, Measure, line_of
from scoring.training.recipes import Recipe

CARD_FILE = "MODEL_CARD.md"
_TEMPLATE = Path(__file__).parent / "card.md.txt"


class SourceRecord(Value, frozen=True, kw_only=True):
    """One corpus as the record names it, what its labels were read as, and the head it taught."""

    name: str
    head: str
    labels: tuple[str, ...]
    origin: str
    licence: str


class ModelRecord(ModelFacts, frozen=True, kw_only=True):
    """The facts that the service reads, and beside them where they come from and what they are worth."""

    trained_on: date
    sources: tuple[SourceRecord, ...]
    measures: tuple[Measure, ...]


def write_model(
    directory: Path,
    *,
    trained: Sequence[Trained],
    recipes: Sequence[Recipe],
    measures: Sequence[Measure],
    trained_on: date,
) -> ModelRecord:
    """Write the tables, `model.json` and the card into `directory`, replacing what is there."""
    directory.mkdir(parents=True, exist_ok=True)
    heads = tuple(_written(directory, one) for one in trained)
    # The name is the weights' own, temperatures included, so that two trainings never pass for the same model.
    together = hashlib.sha256(msgspec.json.encode(heads)).hexdigest()
    record = ModelRecord(
        name=f"ngram-{together[:8]}",
        features_sha256=features_fingerprint(),
        heads=heads,
        trained_on=trained_on,
        sources=tuple(_sources(recipes)),
        measures=tuple(measures),
    )
    facts = msgspec.json.format(msgspec.json.encode(record), indent=1)
    (directory / FACTS_FILE).write_bytes(facts + b"\n")
    (directory / CARD_FILE).write_text(card_of(record), encoding="utf-8")
    return record


def card_of(record: ModelRecord) -> str:
    """The card as Markdown, its figures taken from the record."""
    return _TEMPLATE.read_text(encoding="utf-8").format(
        name=record.name,
        trained_on=record.trained_on.isoformat(),
        confident_accuracy=f"{CONFIDENT_ACCURACY:.0%}",
        heading=HEADING,
        heads="\n".join(_head_line(head) for head in record.heads),
        sources="\n".join(
            f"| {one.name} | {one.head} | {', '.join(one.labels)} | {one.origin} | {one.licence} |"
            for one in record.sources
        ),
        held_out="\n".join(line_of(one) for one in record.measures if not one.left_out),
        left_out="\n".join(line_of(one) for one in record.measures if one.left_out),
    )


def _head_line(head: HeadFacts) -> str:
    cells = (
        f"{head.language}_{head.question}",
        ", ".join(head.labels),
        f"2^{head.bits}",
        len(head.hidden),
        head.temperature,
        head.confident_from,
    )
    return f"| {' | '.join(map(str, cells))} |"


def _sources(recipes: Iterable[Recipe]) -> Iterable[SourceRecord]:
    for recipe in recipes:
        for source in recipe.sources:
            read_as = dict.fromkeys(label for label in source.labels.values() if label is not None)
            yield SourceRecord(
                name=source.name,
                head=recipe.name,
                labels=tuple(read_as),
                origin=source.origin,
                licence=source.licence,
            )


def _written(directory: Path, trained: Trained) -> HeadFacts:
    """The head's facts with the hash of its integers, which now lie in their file."""
    content = BytesIO()
    np.save(content, trained.head.weights, allow_pickle=False)
    facts = trained.head.facts
    (directory / facts.file).write_bytes(content.getvalue())
    return msgspec.structs.replace(facts, sha256=hashlib.sha256(content.getvalue()).hexdigest())
