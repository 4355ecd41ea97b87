"""The labelled texts that a table is trained on, and the part of them it never sees."""

import gzip
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiying.errors import Invalid
from scoring.domain.evaluation import SHORT_LABELS
from scoring.training.sources import OWN_EXAMPLES, Source

_EXAMPLES = Path(__file__).parent / "examples"
_NOT_IN_A_KEY = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """The texts and classes of one source, and which of them are kept from training."""

    source: Source
    texts: tuple[str, ...]
    classes: npt.NDArray[np.int64]
    held_out: npt.NDArray[np.bool_]

    def part(self, *, held_out: bool) -> "Corpus":
        """Only what is held out, or only the rest."""
        chosen = np.flatnonzero(self.held_out == held_out)
        return Corpus(
            source=self.source,
            texts=tuple(self.texts[index] for index in chosen),
            classes=self.classes[chosen],
            held_out=self.held_out[chosen],
        )


def read_corpus(directory: Path, source: Source, *, held_out_share: float) -> Corpus:
    """One corpus, about `held_out_share` of it held out by the text's key, so that no repeat stands on both sides."""
    path = directory / f"{source.name}.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        labelled = _labelled(lines, where=path)
    held_out = np.array([_share(text) < held_out_share for _, text in labelled])
    return _corpus(source, labelled, held_out)


def own_examples(language: str) -> Corpus:
    """The short comments and signs that the authors labelled, all for training: too few to measure anything with."""
    labelled = []
    for name in (language, "signs"):
        path = _EXAMPLES / f"{name}.tsv"
        with path.open(encoding="utf-8", newline="\n") as lines:
            labelled += _labelled(lines, where=path)
    return _corpus(OWN_EXAMPLES, labelled, np.zeros(len(labelled), dtype=bool))


def _labelled(lines: Iterable[str], *, where: Path) -> list[tuple[int, str]]:
    rows = []
    for number, line in enumerate(lines, start=1):
        label, _, text = line.rstrip("\n").partition("\t")
        if label not in SHORT_LABELS:
            raise Invalid(f"{where} line {number}: expected one of {SHORT_LABELS} before a tab, not {label[:20]!r}")
        rows.append((SHORT_LABELS.index(label), text))
    return rows


def _corpus(source: Source, labelled: Sequence[tuple[int, str]], held_out: npt.NDArray[np.bool_]) -> Corpus:
    texts = tuple(text for _, text in labelled)
    return Corpus(source=source, texts=texts, classes=np.array([one for one, _ in labelled]), held_out=held_out)


def key_of(text: str) -> str:
    """What remains of a text without punctuation, spaces and case: equal for repeats that look different."""
    return _NOT_IN_A_KEY.sub("", text.lower())


def _share(text: str) -> float:
    """A number between 0 and 1 that depends on the text's key and nothing else."""
    digest = hashlib.sha256(key_of(text).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
