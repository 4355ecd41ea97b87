"""Learns how sure each intent and risk is, from labelled comments: of what lexicons find, and of n-grams.

Run as `python -m scoring.training.weighing LABELLED.tsv…`; it writes `domain/codes/weighing.tsv` and the heads in
`weights/codes`. One logistic regression per code over both at once. The penalties keep a feature that few texts have
from deciding alone, and leave to n-grams what the lexicons do not know.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from huiying.events.assessments import IntentCode, RiskCode
from scoring.domain.assessing import CODES as QUESTION
from scoring.domain.assessing import Heads
from scoring.domain.codes import weighing
from scoring.domain.codes.numbers import find_numbers
from scoring.domain.codes.reconsidering import reconsidered
from scoring.domain.codes.signals import find_signals
from scoring.domain.model.features import EXTRACTORS
from scoring.domain.model.heads import HeadFacts
from scoring.domain.model.sentiment import SENTIMENT, sentiment_of
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import (
    CODES_WEIGHTS,
    COMMITTED_WEIGHTS,
    FACTS_FILE,
    ModelFacts,
    features_fingerprint,
)
from scoring.domain.text.language import ENGLISH, read_languages
from scoring.training.fitting import quantised
from scoring.usecases.score_codes import Labelled, read_labelled

Matrix = npt.NDArray[np.float64]

CODES = tuple(dict.fromkeys(str(code) for code in (*IntentCode, *RiskCode) if code is not RiskCode.COORDINATED))
_BITS = 16
_PENALTY, _NGRAM_PENALTY = 0.5, 0.1
_STEPS = 80
_FEWEST_TEXTS = 4
_OUT = Path(weighing.__file__).parent / "weighing.tsv"


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """What is seen in every text, one row each: features by name, n-grams by language, and the codes that it has."""

    names: Sequence[str]
    features: csr_matrix
    ngrams: Mapping[str, csr_matrix]
    wanted: Matrix


def main(paths: Sequence[str]) -> None:
    """Learn from these files, and write."""
    labelled = [one for path in paths for one in read_labelled(Path(path))]
    lessons = lessons_of(labelled)
    weights, ngrams = learnt(lessons)
    lines = ["\t".join(["feature", *CODES])]
    lines += [
        "\t".join([name, *(f"{one:.2f}" for one in row)]) for name, row in zip(lessons.names, weights, strict=True)
    ]
    _OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write_heads(ngrams)


def lessons_of(labelled: Sequence[Labelled]) -> Lessons:
    """These comments as the lexicons and the other heads see them."""
    texts = [one.text for one in labelled]
    readings = read_languages(texts)
    found = _features(texts)
    counts = Counter(name for features in found for name in features)
    names = sorted(name for name, count in counts.items() if count >= _FEWEST_TEXTS)
    is_english = np.array([reading.language == ENGLISH for reading in readings])
    return Lessons(
        names=names,
        features=csr_matrix([[features.get(name, 0.0) for name in names] for features in found]),
        ngrams={
            language: _ngrams(texts, language=language, rows=is_english == (language == ENGLISH))
            for language in EXTRACTORS
        },
        wanted=np.array([[code in {*one.intents, *one.risks} for code in CODES] for one in labelled], dtype=np.float64),
    )


def learnt(lessons: Lessons) -> tuple[Matrix, dict[str, Matrix]]:
    """The weight of every feature, and of every n-gram by language, one column per code; by maximum likelihood."""
    parts = [(lessons.features, _PENALTY), *((ngrams, _NGRAM_PENALTY) for ngrams in lessons.ngrams.values())]
    ends = np.cumsum([part.shape[1] for part, _ in parts])

    def loss(parameters: Matrix) -> tuple[float, Matrix]:
        blocks = np.split(parameters.reshape(-1, len(CODES)), ends[:-1])
        logits = np.sum([part @ block for (part, _), block in zip(parts, blocks, strict=True)], axis=0)
        shares = 1 / (1 + np.exp(-logits))
        likelihood = np.log(np.where(lessons.wanted > 0, shares, 1 - shares) + 1e-12).sum()
        penalty = sum(weight * (block**2).sum() for (_, weight), block in zip(parts, blocks, strict=True))
        slopes = [
            part.T @ (shares - lessons.wanted) + weight * block
            for (part, weight), block in zip(parts, blocks, strict=True)
        ]
        return float(penalty / 2 - likelihood), np.concatenate(slopes).ravel()

    start = np.zeros(int(ends[-1]) * len(CODES))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    weights, *ngrams = np.split(found.reshape(-1, len(CODES)), ends[:-1])
    return weights, dict(zip(lessons.ngrams, ngrams, strict=True))


def _features(texts: Sequence[str]) -> list[dict[str, float]]:
    model, readings, found = TextModel.load(COMMITTED_WEIGHTS, codes=None), read_languages(texts), find_signals(texts)
    scores = model.score(texts, readings=readings)
    moods = reconsidered(scores.pop(SENTIMENT), found).tolist()
    labels = {question: model.labels(question) for question in scores}
    return [
        weighing.features_of(
            signals,
            sentiment=sentiment_of(mood, confident_from=1.0),
            entities=find_numbers(signals.text),
            hints=Heads(labels=labels, rows={question: rows[place] for question, rows in scores.items()}).hints(),
        )
        for place, (signals, mood) in enumerate(zip(found, moods, strict=True))
    ]


def _ngrams(texts: Sequence[str], *, language: str, rows: npt.NDArray[np.bool_]) -> csr_matrix:
    """Which buckets each text touches, the more of them the less each; nothing for texts in another language."""
    features = EXTRACTORS[language](texts, bits=_BITS)
    shape = (len(texts), 1 << _BITS)
    touched = csr_matrix((np.ones(features.buckets.size), features.buckets, features.starts), shape=shape)
    shares = np.where(rows, 1 / np.sqrt(np.maximum(features.counts, 1)), 0.0)
    return csr_matrix(touched.multiply(shares[:, None]))


def _write_heads(ngrams: Mapping[str, Matrix]) -> None:
    CODES_WEIGHTS.mkdir(exist_ok=True)
    heads = [_written(language, weights) for language, weights in ngrams.items()]
    name = hashlib.sha256("".join(head.sha256 for head in heads).encode()).hexdigest()[:8]
    facts = ModelFacts(name=f"codes-{name}", features_sha256=features_fingerprint(), heads=tuple(heads))
    (CODES_WEIGHTS / FACTS_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")


def _written(language: str, weights: Matrix) -> HeadFacts:
    integers, scale = quantised(weights.astype(np.float32))
    content = BytesIO()
    np.save(content, integers, allow_pickle=False)
    file = f"{language}_{QUESTION}.npy"
    (CODES_WEIGHTS / file).write_bytes(content.getvalue())
    return HeadFacts(
        question=QUESTION,
        language=language,
        labels=CODES,
        file=file,
        sha256=hashlib.sha256(content.getvalue()).hexdigest(),
        bits=_BITS,
        scale=tuple(scale.tolist()),
        bias=(0.0,) * len(CODES),
        temperature=1.0,
        confident_from=1.0,
        is_several=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
