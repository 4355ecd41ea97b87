"""Training gives back what the labels say, silent classes stay open, and eight bits lose nothing that matters."""

import gzip
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest

from huiying.errors import Invalid, NotFound
from scoring.domain.model.features import english
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS, FACTS_FILE
from scoring.training.card import CARD_FILE, ModelRecord, card_of
from scoring.training.corpora import Corpus, own_examples, read_corpora
from scoring.training.fitting import best_temperature, probabilities_of, quantised, train_head, untempered
from scoring.training.measures import error_by_chance, measure
from scoring.training.network import fit_network
from scoring.training.recipes import RECIPES, Recipe
from scoring.training.regression import Examples, fit, matrix_of
from scoring.training.sources import Source
from scoring.training.train import train

BITS = 12
LABELS = ("negative", "neutral", "positive")
TEXTS = ("good", "really good", "bad", "really bad", "when is it open", "where is it")
CLASSES = np.array([2, 2, 0, 0, 1, 1])
SOURCE = Source(
    name="some",
    family="some",
    labels={"neg": "negative", "neu": "neutral", "pos": "positive", "unclear": None},
    origin="a test",
    licence="none",
)
RECIPE = Recipe(
    question="sentiment",
    language="en",
    labels=LABELS,
    told=LABELS,
    sources=(SOURCE,),
    bits=BITS,
    strength=10.0,
    units=2,
    confident_accuracy=0.8,
)


def examples(*, binary: bool = False) -> Examples:
    kept = np.flatnonzero(CLASSES != 1) if binary else np.arange(len(TEXTS))
    open_classes = np.ones((kept.size, 3), dtype=bool)
    open_classes[:, 1] = not binary
    return Examples(
        features=english([TEXTS[index] for index in kept], bits=BITS),
        classes=CLASSES[kept],
        open_classes=open_classes,
        importance=np.ones(kept.size),
    )


def a_corpus() -> Corpus:
    return Corpus(source=SOURCE, texts=TEXTS, classes=CLASSES, held_out=np.zeros(len(TEXTS), dtype=bool))


def write_corpus(folder: Path, lines: list[str], *, name: str = "some") -> None:
    with gzip.open(folder / f"{name}.tsv.gz", "wt", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines)


def read_one(folder: Path, *, held_out_share: float = 0.3) -> Corpus:
    return read_corpora(folder, [SOURCE], labels=LABELS, held_out_share=held_out_share)[0]


def write_all_corpora(folder: Path, *, times: int) -> None:
    """For every source, a few lines of each of its labels, told apart by a word of their own."""
    for recipe in RECIPES:
        for source in recipe.sources:
            lines = [f"{label}\tword{label} {chr(97 + n % 26)}{n}" for n in range(times) for label in source.labels]
            write_corpus(folder, lines, name=source.name)


def test_the_labels_are_learnt() -> None:
    found = fit(examples(), strength=10.0, iterations=100)

    logits = matrix_of(english(TEXTS, bits=BITS)) @ found.weights + found.bias
    assert np.array_equal(logits.argmax(axis=1), CLASSES)


def test_a_corpus_without_neutral_says_nothing_about_neutral() -> None:
    found = fit(examples(binary=True), strength=10.0, iterations=100)

    assert np.abs(found.weights[:, 1]).max() == 0
    assert found.bias[1] == 0


def test_the_network_too_hears_nothing_about_neutral_from_a_corpus_without_it() -> None:
    found = fit_network(examples(binary=True), units=2)

    assert found.label_bias[1] == 0
    assert found.label_bias[0] != 0


def test_eight_bits_decide_as_full_precision_does() -> None:
    found = fit(examples(), strength=10.0, iterations=100)
    rows = matrix_of(english(TEXTS, bits=BITS))

    integers, scale = quantised(found.weights)

    assert integers.dtype == np.int8
    assert np.allclose(rows @ (integers.T * scale), rows @ found.weights, atol=0.05)


def test_a_head_with_hidden_units_decides_as_it_was_taught() -> None:
    head = train_head(RECIPE, [a_corpus()], held_out=[a_corpus()]).head

    assert head.weights.shape == (len(LABELS) + RECIPE.units, 1 << BITS)
    assert np.array_equal(probabilities_of(head, TEXTS).argmax(axis=1), CLASSES)


def test_the_same_corpora_give_the_same_head() -> None:
    first, second = (train_head(RECIPE, [a_corpus()], held_out=[a_corpus()]).head for _ in range(2))

    assert np.array_equal(first.weights, second.weights)
    assert first.facts == second.facts


def test_confidence_is_never_given_below_what_the_recipe_asks() -> None:
    recipe = replace(RECIPE, least_confident=0.97)

    head = train_head(recipe, [a_corpus()], held_out=[a_corpus()]).head

    assert head.facts.confident_from >= 0.97


def test_a_head_without_held_out_texts_of_all_labels_is_never_confident() -> None:
    whole = a_corpus()

    head = train_head(RECIPE, [whole], held_out=[whole.chosen(CLASSES != 1)]).head

    assert head.facts.confident_from == 1.0


def test_a_measure_decides_among_the_labels_that_the_corpus_has() -> None:
    whole = a_corpus()
    trained = train_head(RECIPE, [whole], held_out=[whole])

    found = measure(trained, whole.chosen(CLASSES != 1), recipe=RECIPE, left_out=False)

    assert (found.accuracy, found.called_other) == (1.0, 0.0)


def test_a_small_corpus_says_more_of_how_sure_to_be_than_its_share_of_the_texts() -> None:
    large = replace(a_corpus(), texts=TEXTS * 50, classes=np.tile(CLASSES, 50))
    wrong = replace(a_corpus(), classes=CLASSES[::-1])
    both = replace(large, texts=large.texts + wrong.texts, classes=np.concatenate([large.classes, wrong.classes]))
    head = untempered(RECIPE, [large]).head
    large_rows, wrong_rows, both_rows = (probabilities_of(head, one.texts) for one in (large, wrong, both))

    apart, together = best_temperature([large_rows, wrong_rows], [large, wrong]), best_temperature([both_rows], [both])

    assert apart > together


def test_even_a_head_as_right_as_it_is_sure_shows_an_error_the_larger_the_fewer_the_texts() -> None:
    (few, few_rarely), (many, many_rarely) = (error_by_chance(np.linspace(0.4, 1, texts)) for texts in (100, 10_000))

    assert 0 < many < many_rarely < few < few_rarely


def test_equal_texts_are_held_out_together(tmp_path: Path) -> None:
    write_corpus(tmp_path, [f"pos\tText {n % 100}{'!' * (n // 100)}" for n in range(300)])

    corpus = read_one(tmp_path)

    assert 0 < corpus.held_out.sum() < 300
    assert np.array_equal(corpus.held_out[:100], corpus.held_out[100:200])


def test_an_excerpt_of_a_held_out_text_is_not_trained_on(tmp_path: Path) -> None:
    posts = [f"第{n}天去那家店里吃饭，服务员一直不理人" for n in range(40)]
    write_corpus(tmp_path, [f"neg\t{post}" for post in posts])
    write_corpus(tmp_path, [f"neg\t{post.partition('，')[0]}。" for post in posts], name="excerpts")
    sources = [replace(SOURCE, is_quoted=True), replace(SOURCE, name="excerpts")]

    quoted, excerpts = read_corpora(tmp_path, sources, labels=LABELS, held_out_share=0.3)

    unseen = [text for text, held in zip(quoted.texts, quoted.held_out, strict=True) if held]
    taught = [text for text, held in zip(excerpts.texts, excerpts.held_out, strict=True) if not held]
    assert unseen
    assert taught
    assert not any(text.rstrip("。") in post for text in taught for post in unseen)


def test_a_label_that_teaches_nothing_is_passed_over(tmp_path: Path) -> None:
    write_corpus(tmp_path, ["unclear\tone", "pos\ttwo"])

    assert read_one(tmp_path).texts == ("two",)


def test_a_label_that_is_none_is_named(tmp_path: Path) -> None:
    write_corpus(tmp_path, ["happy\ttext"])

    with pytest.raises(Invalid, match="line 1"):
        read_one(tmp_path)


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"some\.tsv\.gz"):
        read_one(tmp_path)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_reads_the_labels_of_its_sources_as_its_own(recipe: Recipe) -> None:
    read_as = {label for source in recipe.sources for label in source.labels.values()}

    assert read_as - {None} == set(recipe.labels)


@pytest.mark.parametrize("recipe", RECIPES[:2], ids=lambda recipe: recipe.name)
def test_the_authors_own_examples_have_all_three_labels(recipe: Recipe) -> None:
    own = next(source for source in recipe.sources if source.is_own)

    assert set(own_examples(own, labels=recipe.labels).classes) == {0, 1, 2}


def test_a_training_writes_a_model_that_loads_and_says_how_it_goes(tmp_path: Path) -> None:
    write_all_corpora(tmp_path, times=30)
    small = tuple(replace(recipe, bits=BITS) for recipe in RECIPES)
    out, said = tmp_path / "weights", list[str]()

    record = train(tmp_path, out=out, recipes=small, left_out=["shop10"], trained_on=date(2026, 1, 1), say=said.append)

    model = TextModel.load(out, codes=None)
    assert model.name == record.name
    assert set(model.heads) == {recipe.question for recipe in RECIPES}
    assert {one.corpus for one in record.measures if one.left_out} == {"zh_shop10"}
    assert record.name in (out / CARD_FILE).read_text(encoding="utf-8")
    assert any("zh_sentiment" in line for line in said)


def test_the_committed_card_says_what_the_committed_record_says() -> None:
    record = msgspec.json.decode((COMMITTED_WEIGHTS / FACTS_FILE).read_bytes(), type=ModelRecord)

    assert (COMMITTED_WEIGHTS / CARD_FILE).read_text(encoding="utf-8") == card_of(record)
