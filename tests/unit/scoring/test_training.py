"""Training gives back what the labels say, silent classes stay open, and eight bits lose nothing that matters."""

import gzip
from pathlib import Path

import msgspec
import numpy as np
import pytest

from huiying.errors import Invalid
from scoring.domain.features import english
from scoring.domain.sentiment import SentimentModel
from scoring.domain.weights import COMMITTED_WEIGHTS, FACTS_FILE
from scoring.training.__main__ import main
from scoring.training.card import CARD_FILE, ModelRecord, card_of
from scoring.training.corpora import own_examples, read_corpus
from scoring.training.partial_label import Examples, fit, matrix_of
from scoring.training.sources import SOURCES, Source
from scoring.training.table import Recipe, quantised, train_table

BITS = 12
TEXTS = ("good", "really good", "bad", "really bad", "when is it open", "where is it")
CLASSES = np.array([2, 2, 0, 0, 1, 1])
RECIPE = Recipe(language="en", bits=BITS, strength=10.0, iterations=100)


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


def write_corpora(folder: Path, *, times: int) -> None:
    for source in (*SOURCES["zh"], *SOURCES["en"]):
        words = ("不好", "多少钱", "很好") if source.name.startswith("zh") else ("bad", "how much", "good")
        labels = ("neg", "pos") if source.binary else ("neg", "neu", "pos")
        spoken = dict(zip(("neg", "neu", "pos"), words, strict=True))
        lines = [f"{label}\t{spoken[label]} {chr(97 + n % 26)}{n}\n" for n in range(times) for label in labels]
        with gzip.open(folder / f"{source.name}.tsv.gz", "wt", encoding="utf-8") as out:
            out.writelines(lines)


def test_the_labels_are_learnt() -> None:
    found = fit(examples(), bits=BITS, strength=10.0, iterations=100)

    logits = matrix_of(english(TEXTS, bits=BITS), bits=BITS) @ found.weights + found.bias
    assert np.array_equal(logits.argmax(axis=1), CLASSES)


def test_a_corpus_without_neutral_says_nothing_about_neutral() -> None:
    found = fit(examples(binary=True), bits=BITS, strength=10.0, iterations=100)

    assert np.abs(found.weights[:, 1]).max() == 0
    assert found.bias[1] == 0


def test_eight_bits_decide_as_full_precision_does() -> None:
    found = fit(examples(), bits=BITS, strength=10.0, iterations=100)
    rows = matrix_of(english(TEXTS, bits=BITS), bits=BITS)

    integers, scale = quantised(found.weights)

    assert integers.dtype == np.int8
    assert np.allclose(rows @ (integers.T * scale), rows @ found.weights, atol=0.05)


def test_equal_texts_are_held_out_together(tmp_path: Path) -> None:
    source = Source(name="some", family="some", origin="a test", licence="none")
    with gzip.open(tmp_path / "some.tsv.gz", "wt", encoding="utf-8") as out:
        out.writelines(f"pos\tText {n % 100}{'!' * (n // 100)}\n" for n in range(300))

    corpus = read_corpus(tmp_path, source, held_out_share=0.3)

    assert 0 < corpus.held_out.sum() < 300
    assert np.array_equal(corpus.held_out[:100], corpus.held_out[100:200])


def test_a_label_that_is_none_is_named(tmp_path: Path) -> None:
    source = Source(name="some", family="some", origin="a test", licence="none")
    with gzip.open(tmp_path / "some.tsv.gz", "wt", encoding="utf-8") as out:
        out.write("happy\ttext\n")

    with pytest.raises(Invalid, match="line 1"):
        read_corpus(tmp_path, source, held_out_share=0.1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_authors_own_examples_have_all_three_labels(language: str) -> None:
    assert set(own_examples(language).classes) == {0, 1, 2}


def test_the_same_corpora_give_the_same_table() -> None:
    own = own_examples("en")
    part = Recipe(language="en", bits=BITS, strength=1.0, iterations=20)

    first, second = (train_table(part, [own], held_out=[own]) for _ in range(2))

    assert np.array_equal(first.integers, second.integers)
    assert first.table.facts == second.table.facts


def test_a_training_writes_a_model_that_loads_and_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_corpora(tmp_path, times=30)

    main(["--data", str(tmp_path), "--out", str(tmp_path / "weights"), "--leave-out", "shop10"])

    model = SentimentModel.load(tmp_path / "weights")
    card = (tmp_path / "weights" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert [one.label for one in model.assess(["很好", "bad"]) if one] == ["positive", "negative"]
    assert model.name in card
    assert "without shop10" in capsys.readouterr().out


def test_the_committed_card_says_what_the_committed_record_says() -> None:
    record = msgspec.json.decode((COMMITTED_WEIGHTS / FACTS_FILE).read_bytes(), type=ModelRecord)

    assert (COMMITTED_WEIGHTS / CARD_FILE).read_text(encoding="utf-8") == card_of(record)
