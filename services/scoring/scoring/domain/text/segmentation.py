"""Folded text cut into words: Chinese by a dictionary and the everyday words of trade, Latin words as written."""

import re
from collections.abc import Iterator
from pathlib import Path

import rjieba

# Links, addresses, mentions and stickers are named first, so that no word is found inside them. What may come to
# nothing at every character is bounded, or a text without spaces would take the square of its length.
_RUN = re.compile(
    r"""(?: https?:// | www\. )[!-~]+ | [\w.%+\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+ | @[\w·\-]{1,30} | \[[^\[\]\s]{1,8}\]
    | (?P<latin> [0-9]{0,64}[a-zà-öø-ÿ][0-9a-zà-öø-ÿ]*(?:['&.+\-][0-9a-zà-öø-ÿ]+)* )
    | (?P<han> [㐀-鿿]+ )""",
    re.VERBOSE,
)
_DICTIONARY_TOTAL = 60_101_967
"""The sum of the frequencies in the segmenter's dictionary."""


def words(folded: str, start: int = 0, end: int | None = None) -> Iterator[tuple[str, int]]:
    """The words between two places and where each begins; no punctuation, numbers, links, mentions or stickers.

    Chinese that no dictionary has comes out in single characters. The segmenter could guess new words, but in comments
    it guesses wrong more often than right (加微|信领|红包); they are found by how often they are said: see `phrases`.
    """
    for run in _RUN.finditer(folded, start, len(folded) if end is None else end):
        if run.lastgroup == "latin":
            yield run.group(), run.start()
        elif run.lastgroup == "han":
            place = run.start()
            for word in rjieba.cut(run.group(), False):
                yield word, place
                place += len(word)


def is_word(characters: str) -> bool:
    """Whether the Chinese dictionary has it."""
    return rjieba.has_word(characters)


def part_of_speech(word: str) -> str:
    """What part of speech a Chinese word is: one or more letters, of which the first is the class: n, v, a, d, ..."""
    return rjieba.tag(word, False)[-1][1]


def share_of_words(word: str) -> float:
    """How large a part of general Chinese text the word is, 0 to 1; never quite 0."""
    # The frequency that would keep a word whole is, for a word of the dictionary, the one it has there.
    return max(rjieba.suggest_freq(word), 1) / _DICTIONARY_TOTAL


def word_list(name: str) -> frozenset[str]:
    """The words of a committed list, where lines that begin with # are not words."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


STOP_WORDS = word_list("stop_words.txt")
"""Words that say nothing of what a text is about."""

# Added to the process's one segmenter, which nothing else in it uses: a second would take 24 MB.
for _word in sorted(word_list("trade_words.txt")):
    rjieba.add_word(_word, None, "n")
