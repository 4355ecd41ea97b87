"""Train every head, measure it on what it never saw, and write the model and its card: what `huiying train` does.

The same corpora give the same weights. About half an hour on one core, most of it for the families left out.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

from scoring.training.card import ModelRecord, write_model
from scoring.training.corpora import Corpus, own_examples, read_corpora
from scoring.training.fitting import Trained, train_head
from scoring.training.measures import HEADING, Measure, line_of, measure
from scoring.training.recipes import RECIPES, Recipe

HELD_OUT_SHARE = 0.1

Say = Callable[[str], object]
"""Told each line of progress."""


def train(
    directory: Path,
    *,
    out: Path,
    recipes: Sequence[Recipe] = RECIPES,
    left_out: Collection[str] | None,
    trained_on: date,
    say: Say,
) -> ModelRecord:
    """Train on the files of `directory` and write into `out`.

    Every head is trained once on all its families, and that is what is kept; then once without each family in
    `left_out`, or without each there is, for the figures only. Raises NotFound for a missing file and Invalid for a
    label that means nothing.
    """
    trained: list[Trained] = []
    measures: list[Measure] = []
    say(HEADING)
    for recipe in recipes:
        corpora = corpora_of(directory, recipe)
        found = _train(recipe, corpora)
        trained.append(found)
        say(f"{recipe.name}: {found.texts} texts, {found.steps} steps, {found.head.facts}")
        seen = [corpus for corpus in corpora if corpus.held_out.any()]
        figures = [measure(found, corpus.chosen(corpus.held_out), recipe=recipe, left_out=False) for corpus in seen]
        for one in (*figures, *_left_out(recipe, corpora, families=left_out)):
            say(line_of(one))
            measures.append(one)
    return write_model(out, trained=trained, recipes=recipes, measures=measures, trained_on=trained_on)


def corpora_of(directory: Path, recipe: Recipe, *, turn: int = 0) -> list[Corpus]:
    """What a head is taught and measured on: the corpora, another tenth of them held out each `turn`, and our own."""
    own = [source for source in recipe.sources if source.is_own]
    read = [source for source in recipe.sources if not source.is_own]
    return [
        *read_corpora(directory, read, labels=recipe.labels, held_out_share=HELD_OUT_SHARE, turn=turn),
        *(own_examples(source, labels=recipe.labels) for source in own),
    ]


def _train(recipe: Recipe, corpora: Sequence[Corpus]) -> Trained:
    taught = [corpus.chosen(~corpus.held_out) for corpus in corpora]
    held_out = [corpus.chosen(corpus.held_out) for corpus in corpora if corpus.held_out.any()]
    return train_head(recipe, taught, held_out=held_out)


def _left_out(recipe: Recipe, corpora: Sequence[Corpus], *, families: Collection[str] | None) -> Iterator[Measure]:
    """The figures on each family of a head that was taught, and set up, without it; none where there is but one."""
    known = dict.fromkeys(corpus.source.family for corpus in corpora if not corpus.source.is_own)
    for family in known:
        rest = [corpus for corpus in corpora if corpus.source.family != family]
        if len(known) == 1 or (families is not None and family not in families):
            continue
        found = _train(recipe, rest)
        for corpus in corpora:
            if corpus.source.family == family:
                yield measure(found, corpus, recipe=recipe, left_out=True)
