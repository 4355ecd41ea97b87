"""How fast texts are read, on one core, and what that needs of memory."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import psutil

from scoring.domain.assessing import Utterance
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.text.language import read_languages
from scoring.usecases.assess_texts import assess_texts
from scoring.usecases.judge_sentiments import TablesAlone
from tests.support.labelled_texts import DEVELOPMENT, FINAL, labelled_texts

SENTIMENT_TARGET, ASSESSMENT_TARGET = 20_000.0, 4_000.0
_BATCH = 500
_ROUNDS = 5
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Speed:
    """Texts per second of processor time, the middle of five rounds."""

    what: str
    texts_per_second: float
    target: float


def measure_reading() -> list[Speed]:
    """The sentiment alone, per language, and the whole assessment, on the authors' own comments in batches."""
    model = TextModel.load(COMMITTED_WEIGHTS)
    tools = TablesAlone(model=model)
    texts = [*labelled_texts(DEVELOPMENT), *labelled_texts(FINAL)]
    chinese, english = ([one.text for one in texts if one.language == language] for language in ("zh", "en"))

    def sentiments(batch: Sequence[str]) -> object:
        return model.probabilities(batch, readings=read_languages(batch))

    def assessments(batch: Sequence[str]) -> object:
        return assess_texts([Utterance(text=text) for text in batch], tools=tools)

    return [
        Speed("sentiment, Chinese", _rate(sentiments, chinese), SENTIMENT_TARGET),
        Speed("sentiment, English", _rate(sentiments, english), SENTIMENT_TARGET),
        Speed("whole assessment", _rate(assessments, [one.text for one in texts]), ASSESSMENT_TARGET),
    ]


def resident_mib() -> float:
    """The memory of a process that has read all of these texts and does nothing else."""
    found = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, check=True)
    return float(found.stdout)


def _rate(read: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    read(texts[:_BATCH])
    rates = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        for at in range(0, len(texts), _BATCH):
            read(texts[at : at + _BATCH])
        rates.append(len(texts) / max(time.process_time() - started, 1e-9))
    return median(rates)


if __name__ == "__main__":
    measure_reading()
    sys.stdout.write(f"{psutil.Process().memory_info().rss / _MIB:.1f}\n")
