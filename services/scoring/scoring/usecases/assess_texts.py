"""Say how texts read."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from huiying.events.assessments import Assessment
from scoring.domain.assessing import Heads, ReadText, Utterance, assess
from scoring.domain.codes.signals import find_signals
from scoring.domain.model.sentiment import SENTIMENT, is_readable, sentiment_of
from scoring.domain.teaching.knowledge import BrandKnowledge
from scoring.domain.text.language import read_languages
from scoring.domain.text.normalisation import LONGEST_TEXT
from scoring.domain.words.duplicates import signatures
from scoring.domain.words.keywords import find_keywords
from scoring.usecases.judge_sentiments import Models, judge_sentiments

_Places = npt.NDArray[np.int64]


def read_texts(utterances: Sequence[Utterance], *, tools: Models) -> list[ReadText]:
    """What each text says and what it is like, in order."""
    assessments = assess_texts(utterances, tools=tools)
    return list(map(ReadText, assessments, signatures([one.text for one in utterances])))


def assess_texts(utterances: Sequence[Utterance], *, tools: Models) -> list[Assessment]:
    """One assessment per text, in order, each as its brand would have it; of a long text its first 4,000 characters.

    Pure and quick, some 200 to 350 microseconds a text in a batch, so it may run on the event loop for a few hundred.
    """
    if not utterances:
        return []
    texts = [one.text[:LONGEST_TEXT] for one in utterances]
    readings = read_languages(texts)
    signals = find_signals(texts)
    scores = tools.model.score(texts, readings=readings)
    judged = judge_sentiments(tools, texts, readings=readings, of_tables=scores.pop(SENTIMENT), signals=signals)
    rows = judged.rows.copy()
    keywords: list[tuple[str, ...]] = [()] * len(texts)
    for knowledge, places in _by_knowledge(utterances):
        own = [texts[place] for place in places]
        theirs = [readings[place] for place in places]
        rows[places] = knowledge.apply(rows[places], texts=own, readings=theirs, model=judged.model)
        for place, words in zip(places, find_keywords(own, vocabulary=knowledge.vocabulary), strict=True):
            keywords[place] = words
    labels = {question: tools.model.labels(question) for question in scores}
    return [
        assess(
            utterance,
            reading=reading,
            sentiment=sentiment_of(row, confident_from=judged.confident_from(reading))
            if is_readable(text, reading)
            else None,
            heads=Heads(labels=labels, rows={question: scores[question][place] for question in scores}),
            signals=found,
            keywords=keywords[place],
            model=judged.model,
        )
        for place, (utterance, text, reading, row, found) in enumerate(
            zip(utterances, texts, readings, rows.tolist(), signals, strict=True)
        )
    ]


def _by_knowledge(utterances: Sequence[Utterance]) -> Iterator[tuple[BrandKnowledge, _Places]]:
    """What brands have taught, and which texts are theirs."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place, utterance in enumerate(utterances):
        found[id(utterance.knowledge)].append(place)
    for places in found.values():
        yield utterances[places[0]].knowledge, np.array(places)
