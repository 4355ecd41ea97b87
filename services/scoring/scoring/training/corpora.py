"""The labelled texts that heads are trained on, and the part of them that no head ever sees."""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiying.errors import Invalid, NotFound
from scoring.training.sources import Source

_EXAMPLES = Path(__file__).parent / "examples"
_NOT_IN_A_KEY = re.compile(r"[\W_]+")
_SHORTEST_EXCERPT = 6
"""Characters of a sentence from which on its standing inside another text is no accident."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """The texts of one source, the class of each, and which of them are kept from training.

    A class is the place of its label among those of the question.
    """

    source: Source
    texts: tuple[str, ...]
    classes: npt.NDArray[np.int64]
    held_out: npt.NDArray[np.bool_]

    def chosen(self, rows: npt.NDArray[np.bool_]) -> "Corpus":
        """Only the texts that `rows` marks."""
        texts = tuple(self.texts[index] for index in np.flatnonzero(rows))
        return replace(self, texts=texts, classes=self.classes[rows], held_out=self.held_out[rows])

    @property
    def open_classes(self) -> npt.NDArray[np.int64]:
        """The classes that its labellers could choose from, as far as its texts show."""
        return np.unique(self.classes)


def read_corpora(
    directory: Path, sources: Sequence[Source], *, labels: Sequence[str], held_out_share: float, turn: int = 0
) -> list[Corpus]:
    """All corpora of one head, about `held_out_share` of each held out: another such part each `turn`.

    What is held out depends on the text's key alone, so no repeat stands on both sides, in whichever corpora. A text
    for training that is an excerpt of a held-out one is dropped. Raises NotFound where a file is missing.
    """
    shares = (turn * held_out_share, (turn + 1) * held_out_share)
    corpora = [_read(directory, source, labels=labels, held_out=shares) for source in sources]
    unseen = "\n".join(
        key_of(text)
        for corpus in corpora
        for text, held in zip(corpus.texts, corpus.held_out.tolist(), strict=True)
        if held and corpus.source.is_quoted
    )
    return [corpus.chosen(corpus.held_out | ~_quotes(corpus, unseen)) for corpus in corpora]


def own_examples(source: Source, *, labels: Sequence[str]) -> Corpus:
    """The short comments and signs that the authors labelled, all for training: too few to measure anything with."""
    labelled = []
    for name in (source.name.removeprefix("own_"), "signs"):
        path = _EXAMPLES / f"{name}.tsv"
        with path.open(encoding="utf-8", newline="\n") as lines:
            labelled += _labelled(lines, where=path, meanings=source.labels)
    return _corpus(source, labelled, labels=labels, held_out=(0.0, 0.0))


def key_of(text: str) -> str:
    """What remains of a text without punctuation, spaces and case: equal for repeats that look different."""
    return _NOT_IN_A_KEY.sub("", text.lower())


def _read(directory: Path, source: Source, *, labels: Sequence[str], held_out: tuple[float, float]) -> Corpus:
    path = directory / f"{source.name}.tsv.gz"
    if not path.is_file():
        raise NotFound(f"{path}: not there, and {source.name} is one of the corpora to train on")
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        labelled = _labelled(lines, where=path, meanings=source.labels)
    return _corpus(source, labelled, labels=labels, held_out=held_out)


def _labelled(lines: Iterable[str], *, where: Path, meanings: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Label and text of every line whose label means something to the head."""
    rows = []
    for number, line in enumerate(lines, start=1):
        written, _, text = line.rstrip("\n").partition("\t")
        if written not in meanings:
            raise Invalid(
                f"{where} line {number}: expected one of {tuple(meanings)} before a tab, not {written[:20]!r}"
            )
        label = meanings[written]
        if label is not None:
            rows.append((label, text))
    return rows


def _corpus(
    source: Source, labelled: Sequence[tuple[str, str]], *, labels: Sequence[str], held_out: tuple[float, float]
) -> Corpus:
    first, end = held_out
    return Corpus(
        source=source,
        texts=tuple(text for _, text in labelled),
        classes=np.array([labels.index(label) for label, _ in labelled], dtype=np.int64),
        held_out=np.array([first <= _share(text) < end for _, text in labelled], dtype=np.bool_),
    )


def _quotes(corpus: Corpus, unseen: str) -> npt.NDArray[np.bool_]:
    """Which texts are excerpts of one of the unseen, given as keys on lines of their own."""
    if not unseen:
        return np.zeros(len(corpus.texts), dtype=np.bool_)
    keys = [key_of(text) for text in corpus.texts]
    return np.array([len(key) >= _SHORTEST_EXCERPT and key in unseen for key in keys], dtype=np.bool_)


def _share(text: str) -> float:
    """A number between 0 and 1 that depends on the text's key and nothing else."""
    digest = hashlib.sha256(key_of(text).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
