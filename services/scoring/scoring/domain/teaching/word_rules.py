"""Words of which a brand has said how they read: they hold at once, with nothing to learn."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from ahocorasick_rs import AhoCorasick, MatchKind

from huiying.events.assessments import SentimentLabel
from scoring.domain.model.heads import Probabilities, logs_of, softmax
from scoring.domain.model.sentiment import LABELS
from scoring.domain.text.searchable import fold

RULE_LOGIT = 4.0
"""What one word adds to its label's logit: odds of 1 to 3 become 18 to 1, and two words that differ cancel out."""


class WordRules:
    """Words and their labels, ready to be found. Of words that overlap the longer counts: 不好吃 before 好吃."""

    def __init__(self, rules: Mapping[str, SentimentLabel]) -> None:
        folded = {fold(word).strip(): LABELS.index(label) for word, label in rules.items()}
        folded.pop("", None)
        self._words = list(folded)
        self._columns = list(folded.values())

    def apply(self, rows: Probabilities, *, texts: Sequence[str]) -> Probabilities:
        """The probabilities of these texts, one row each, with what the words say; each word counts once in a text."""
        if not self._words:
            return rows
        logits = logs_of(rows)
        for row, text in enumerate(texts):
            for word in self._found(fold(text)):
                logits[row, self._columns[word]] += RULE_LOGIT
        return softmax(logits)

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(self._words, matchkind=MatchKind.LeftmostLongest)

    def _found(self, text: str) -> set[int]:
        found = self._automaton.find_matches_as_indexes(text)
        return {word for word, start, end in found if not _is_within_word(text, start, end)}


def _is_within_word(text: str, start: int, end: int) -> bool:
    """Whether a match is only part of a longer word: "mid" in "midnight". Chinese has no such edges."""
    begins = start > 0 and _is_latin(text[start - 1]) and _is_latin(text[start])
    ends = end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end])
    return begins or ends


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
