"""How honest the probabilities are, on every text of the corpora: each is scored once, by tables that never saw it.

Run as `python -m scoring.training.rotation --data DIR [--head NAME]`. A tenth of a small corpus cannot tell a fault
from chance; ten trainings, each without another tenth, can. They take ten times as long as one.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scoring.domain.model.evaluation import evaluate
from scoring.domain.model.heads import Probabilities, logs_of, softmax
from scoring.training.corpora import Corpus
from scoring.training.fitting import among_open, best_temperature, probabilities_of, untempered
from scoring.training.measures import error_by_chance
from scoring.training.recipes import RECIPES, Recipe
from scoring.training.train import HELD_OUT_SHARE, corpora_of

_TURNS = round(1 / HELD_OUT_SHARE)


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """Texts of one corpus, and the probabilities that a head which never saw them gave."""

    corpus: Corpus
    rows: Probabilities


def main(arguments: Sequence[str]) -> None:
    """Print a table, one line per corpus as soon as its head has been rotated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--head", choices=[recipe.name for recipe in RECIPES], action="append")
    asked = parser.parse_args(arguments)
    _say("| head | corpus | texts | accuracy | macro-F1 | ECE | by chance |\n|---|---|---|---|---|---|---|")
    for recipe in RECIPES:
        if asked.head is None or recipe.name in asked.head:
            turns = [unseen_in(asked.data, recipe, turn=turn) for turn in range(_TURNS)]
            for one in together(tempered(turns)):
                _say(_line(one, recipe=recipe))


def unseen_in(directory: Path, recipe: Recipe, *, turn: int) -> list[Unseen]:
    """What is held out in this turn, as an untempered head learnt from the rest reads it."""
    corpora = corpora_of(directory, recipe, turn=turn)
    head = untempered(recipe, [corpus.chosen(~corpus.held_out) for corpus in corpora]).head
    held_out = [corpus.chosen(corpus.held_out) for corpus in corpora if corpus.held_out.any()]
    return [Unseen(corpus=corpus, rows=probabilities_of(head, corpus.texts)) for corpus in held_out]


def tempered(turns: Sequence[Sequence[Unseen]]) -> Iterator[Unseen]:
    """The same, each turn at the temperature that suits the others, so that no label tempers its own text."""
    for turn, mine in enumerate(turns):
        others = [one for place, each in enumerate(turns) if place != turn for one in each]
        temperature = best_temperature([one.rows for one in others], [one.corpus for one in others])
        for one in mine:
            yield replace(one, rows=softmax(logs_of(one.rows) / temperature))


def together(parts: Iterator[Unseen]) -> Iterator[Unseen]:
    """One for each corpus, of all its parts."""
    by_name: dict[str, list[Unseen]] = {}
    for part in parts:
        by_name.setdefault(part.corpus.source.name, []).append(part)
    for found in by_name.values():
        corpora = [one.corpus for one in found]
        whole = replace(
            corpora[0],
            texts=tuple(text for corpus in corpora for text in corpus.texts),
            classes=np.concatenate([corpus.classes for corpus in corpora]),
            held_out=np.concatenate([corpus.held_out for corpus in corpora]),
        )
        yield Unseen(corpus=whole, rows=np.concatenate([one.rows for one in found]))


def _line(unseen: Unseen, *, recipe: Recipe) -> str:
    corpus, rows = unseen.corpus, unseen.rows
    figures = evaluate(corpus.classes, rows, labels=recipe.labels, among=corpus.open_classes.tolist())
    by_chance, rarely = error_by_chance(among_open(rows, corpus).max(axis=1))
    shown = [f"{100 * one:.1f}" for one in (figures.accuracy, figures.macro_f1, figures.ece)]
    cells = [recipe.name, corpus.source.name, f"{len(corpus.texts):,}", *shown]
    return f"| {' | '.join(cells)} | {100 * by_chance:.1f} to {100 * rarely:.1f} |"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
