"""The comments that the authors wrote and labelled, to measure with."""

import csv
from dataclasses import dataclass
from pathlib import Path

DEVELOPMENT, FINAL = "development", "final"
_FOLDER = Path(__file__).parent.parent / "comments"


@dataclass(frozen=True)
class LabelledText:
    """A comment and how a person reads it: `sentiment` is neg, neu or pos, `urgency` low, medium or high."""

    id: str
    language: str
    intents: frozenset[str]
    risks: frozenset[str]
    sentiment: str
    urgency: str
    text: str


def labelled_texts(half: str) -> list[LabelledText]:
    """All of one half. Rules may be made with the development half in view; the final one only measures."""
    with (_FOLDER / f"{half}.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            LabelledText(
                id=row["id"],
                language=row["language"],
                intents=_codes(row["intents"]),
                risks=_codes(row["risks"]),
                sentiment=row["sentiment"],
                urgency=row["urgency"],
                text=row["text"],
            )
            for row in rows
        ]


def _codes(cell: str) -> frozenset[str]:
    return frozenset(code for code in cell.split(",") if code)
