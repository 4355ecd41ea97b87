"""`python -m scoring.training --data DIR --out DIR`: train, measure, and write the weights and their card.

The same corpora give the same weights. About eight minutes on one core; most of it for the families left out.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from huiying.clock import SystemClock
from scoring.training.card import write_model
from scoring.training.corpora import Corpus, own_examples, read_corpus
from scoring.training.measures import HEADING, Measure, line_of, measure
from scoring.training.sources import SOURCES
from scoring.training.table import Recipe, Trained, train_table

HELD_OUT_SHARE = 0.1
RECIPES = (
    Recipe(language="zh", bits=19, strength=2.5, iterations=200),
    Recipe(language="en", bits=19, strength=2.0, iterations=120),
)


def main(arguments: Sequence[str]) -> None:
    """Train every table, then once more without each family named by `--leave-out`."""
    parser = argparse.ArgumentParser(prog="python -m scoring.training", description="Train the sentiment tables.")
    parser.add_argument("--data", type=Path, required=True, help="folder of NAME.tsv.gz files, label<TAB>text")
    parser.add_argument("--out", type=Path, required=True, help="where weights, model.json and MODEL_CARD.md go")
    parser.add_argument("--leave-out", nargs="*", default=["nlpcc13", "weibo2018", "shop10"], help="families")
    chosen = parser.parse_args(arguments)
    trained: list[Trained] = []
    measures: list[Measure] = []
    for recipe in RECIPES:
        sources = SOURCES[recipe.language]
        corpora = [read_corpus(chosen.data, source, held_out_share=HELD_OUT_SHARE) for source in sources]
        found, figures = _with_measures(recipe, corpora, left_out=chosen.leave_out)
        trained.append(found)
        measures += figures
    write_model(chosen.out, trained=trained, measures=measures, trained_on=SystemClock().now().date())


def _with_measures(
    recipe: Recipe, corpora: Sequence[Corpus], *, left_out: Sequence[str]
) -> tuple[Trained, list[Measure]]:
    found = _trained(recipe, corpora)
    _say(f"{recipe.language}: {found.texts} texts, {found.linear.iterations} steps, {found.table.facts}")
    _say(HEADING)
    measures = [_said(measure(found.table, corpus.part(held_out=True), left_out=False)) for corpus in corpora]
    for family in left_out:
        apart = [corpus for corpus in corpora if corpus.source.family == family]
        if not apart:
            continue
        _say(f"without {family}:")
        rest = [corpus for corpus in corpora if corpus.source.family != family]
        table = _trained(recipe, rest).table
        measures += [_said(measure(table, corpus, left_out=True)) for corpus in apart]
    return found, measures


def _trained(recipe: Recipe, corpora: Sequence[Corpus]) -> Trained:
    parts = [*(corpus.part(held_out=False) for corpus in corpora), own_examples(recipe.language)]
    return train_table(recipe, parts, held_out=[corpus.part(held_out=True) for corpus in corpora])


def _said(figures: Measure) -> Measure:
    _say(line_of(figures))
    return figures


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
