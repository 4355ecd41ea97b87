"""Every text of a corpus is scored once, by tables that never saw it, at a temperature that its label had no say in."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scoring.training.recipes import Recipe
from scoring.training.rotation import Unseen, tempered, together, unseen_in
from scoring.training.sources import Source

LABELS = ("none", "complaint")
RECIPE = Recipe(
    question="complaint",
    language="en",
    labels=LABELS,
    told=("complaint",),
    sources=(
        Source(
            name="some",
            family="some",
            labels={"ok": "none", "complaint": "complaint"},
            origin="a test",
            licence="none",
        ),
    ),
    bits=10,
    strength=1.0,
    units=0,
    confident_accuracy=0.8,
)


@pytest.fixture
def texts(tmp_path: Path) -> list[str]:
    lines = [f"{('ok', 'complaint')[n % 2]}\t{('fine', 'broken')[n % 2]} thing {n}" for n in range(60)]
    with gzip.open(tmp_path / "some.tsv.gz", "wt", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines)
    return [line.partition("\t")[2] for line in lines]


def turns(folder: Path) -> list[list[Unseen]]:
    return [unseen_in(folder, RECIPE, turn=turn) for turn in range(10)]


def test_every_text_is_scored_once(tmp_path: Path, texts: list[str]) -> None:
    (found,) = together(tempered(turns(tmp_path)))

    assert sorted(found.corpus.texts) == sorted(texts)
    assert len(found.rows) == len(texts)


@pytest.mark.usefixtures("texts")
def test_a_label_does_not_temper_its_own_text(tmp_path: Path) -> None:
    first, *others = turns(tmp_path)
    relabelled = [replace(one, corpus=replace(one.corpus, classes=1 - one.corpus.classes)) for one in first]

    before, after = (next(tempered([mine, *others])) for mine in (first, relabelled))

    assert np.array_equal(before.rows, after.rows)
