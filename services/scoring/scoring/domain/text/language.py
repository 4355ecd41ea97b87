"""Which language a text is in, as far as its script tells.

Chinese, English and their mixture are told apart by counting. Elsewhere only a script that belongs to one language is
taken as proof; Latin letters with the marks or small words of another language, and most Cyrillic, are `und`.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.domain.text.small_words import ENGLISH_WORDS, OTHER_WORDS

UNDETERMINED = "und"
CHINESE, ENGLISH, MIXED = "zh", "en", "mixed"

# A Chinese word has about 1.6 characters; below this share the lesser language is a name or a loan word.
_CHARACTERS_PER_WORD = 1.6
_MIXED_SHARE = 0.2
_MIXED_WORDS = 2

# Script, the code point ranges that show it, and the language it proves; empty where several share it.
_LATIN, _HAN, _KANA, _HANGUL, _CYRILLIC, _ARABIC = 1, 2, 3, 4, 5, 6
_SHARED_SCRIPTS: dict[int, tuple[tuple[int, int], ...]] = {
    _LATIN: ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)),
    _HAN: ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF), (0x3007, 0x3007)),
    _KANA: ((0x3041, 0x30FA), (0x31F0, 0x31FF), (0xFF66, 0xFF9D)),
    _HANGUL: ((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3)),
    _CYRILLIC: ((0x400, 0x52F),),
    _ARABIC: ((0x620, 0x64A), (0x66E, 0x6D3), (0x6FA, 0x6FF)),
}
_OWN_SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "el": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "he": ((0x5D0, 0x5EA),),
    "hy": ((0x531, 0x587),),
    "ka": ((0x10A0, 0x10FF),),
    "th": ((0xE01, 0xE3A), (0xE40, 0xE4E)),
    "lo": ((0xE81, 0xEDF),),
    "km": ((0x1780, 0x17DD),),
    "my": ((0x1000, 0x103F),),
    "ta": ((0xB80, 0xBFF),),
    "te": ((0xC00, 0xC7F),),
    "kn": ((0xC80, 0xCFF),),
    "ml": ((0xD00, 0xD7F),),
    "gu": ((0xA80, 0xAFF),),
    "pa": ((0xA00, 0xA7F),),
    "si": ((0xD80, 0xDFF),),
}
_OWN_SCRIPT_LANGUAGES = tuple(_OWN_SCRIPTS)
_FIRST_OWN = 7
_OTHER_LETTERS = _FIRST_OWN + len(_OWN_SCRIPTS)
_SCRIPT_COUNT = _OTHER_LETTERS + 1
_ONE_SCRIPT = 0.5
"""The share of a text's letters that one script must reach to decide."""
_FEWEST_LETTERS = 2

_NOT_PROSE = re.compile(r"https?://[!-~]+|www\.[!-~]+|@[\w\-·]{1,30}")
_RUSSIAN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
_RUSSIAN_ONLY = frozenset("ыэ")
_ADDED_TO_ARABIC = re.compile(r"[\u0671-\u06d3\u06fa-\u06ff]")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿＡ-Ｚａ-ｚ]+(?:'[A-Za-z]+)?")
_NOT_ENGLISH_LETTER = re.compile(r"[ßñãõåøæœłşğıőűžščřěůąęćśźżăđơưạ-ỹ]")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A text's language, and how much of what can be read in it is Chinese: 0 to 1, the rest being Latin words."""

    language: str
    chinese_share: float
    has_letters: bool


def identify(text: str) -> str:
    """The language of one text: `zh`, `en`, `mixed`, an ISO 639-1 code where the script tells, or `und`."""
    return read_languages([text])[0].language


def read_languages(texts: Sequence[str]) -> list[Reading]:
    """One reading per text, in order. Links and mentions are nobody's language and are passed over."""
    prose = [_NOT_PROSE.sub(" ", text) if "@" in text or "://" in text or "www." in text else text for text in texts]
    counts = _script_counts(prose)
    return [_reading(text, row.tolist()) for text, row in zip(prose, counts, strict=True)]


def with_hint(reading: Reading, *, hint: str | None) -> str:
    """The language, or what the platform says it is where the script leaves that open.

    Only a two-letter code is believed, and never against the script: a platform's guess at Chinese does not make
    English words Chinese.
    """
    primary = (hint or "").lower().replace("_", "-").split("-")[0]
    open_question = reading.language == UNDETERMINED and reading.has_letters
    believable = len(primary) == 2 and primary.isascii() and primary.isalpha() and primary not in _TOLD_BY_SCRIPT
    return primary if open_question and believable else reading.language


def _reading(text: str, counts: list[int]) -> Reading:
    letters = sum(counts[1:])
    if not letters:
        return Reading(language=UNDETERMINED, chinese_share=0.0, has_letters=False)
    decided = _by_script(text, counts, letters=letters)
    if decided is not None:
        return Reading(language=decided, chinese_share=0.0, has_letters=True)
    # Most texts are in one script, and need no words counted.
    if not counts[_LATIN]:
        return Reading(language=CHINESE, chinese_share=1.0, has_letters=True)
    return _of_two_scripts(_LATIN_WORD.findall(text), han=counts[_HAN])


def _of_two_scripts(words: list[str], *, han: int) -> Reading:
    """Latin words beside so many Chinese characters, of which there may be none."""
    chinese_words = han / _CHARACTERS_PER_WORD
    share = chinese_words / max(chinese_words + len(words), 1)
    if not han or (len(words) >= _MIXED_WORDS and share < _MIXED_SHARE):
        return Reading(language=_by_latin_words(words), chinese_share=share, has_letters=True)
    both = han >= _MIXED_WORDS and len(words) >= _MIXED_WORDS and share <= 1 - _MIXED_SHARE
    # One Latin word beside Chinese is a brand or "OK"; several without a plain word are one too: iPhone 15 Pro Max.
    if both and any(_is_plain(word) for word in words):
        return Reading(language=MIXED, chinese_share=share, has_letters=True)
    return Reading(language=CHINESE, chinese_share=share, has_letters=True)


def _is_plain(word: str) -> bool:
    return (word.islower() and len(word) > 1) or word.lower() in ENGLISH_WORDS


def _by_script(text: str, counts: list[int], *, letters: int) -> str | None:
    """The language a script other than Han and Latin proves; None where those two make up the text."""
    # A lone の decorates Chinese shop names; real Japanese has more kana than that.
    if counts[_KANA] >= 2 and counts[_KANA] * 5 >= counts[_KANA] + counts[_HAN] and counts[_KANA] * 5 >= letters:
        return "ja"
    if counts[_HANGUL] * 4 >= letters:
        return "ko"
    foreign = letters - counts[_LATIN] - counts[_HAN]
    if foreign < letters * _ONE_SCRIPT:
        return None
    strongest = max(range(_CYRILLIC, _SCRIPT_COUNT), key=counts.__getitem__)
    # A single letter is more often part of a face, (´・ω・`), than of a language.
    if counts[strongest] < max(letters * _ONE_SCRIPT, _FEWEST_LETTERS):
        return UNDETERMINED
    return _language_of_script(strongest, text)


def _language_of_script(script: int, text: str) -> str:
    if script == _CYRILLIC and _is_russian(text):
        return "ru"
    if script == _ARABIC and _is_arabic(text):
        return "ar"
    if _FIRST_OWN <= script < _OTHER_LETTERS:
        return _OWN_SCRIPT_LANGUAGES[script - _FIRST_OWN]
    return UNDETERMINED


def _by_latin_words(words: list[str]) -> str:
    """English, unless the marks or the small words of another language outweigh its own."""
    joined = " ".join(words)
    small = (joined if joined.isascii() else unicodedata.normalize("NFKC", joined)).lower().split()
    english = sum(map(ENGLISH_WORDS.__contains__, small))
    other = sum(map(OTHER_WORDS.__contains__, small))
    marked = [] if joined.isascii() else [word for word in small if not word.isascii()]
    foreign = other + sum(bool(_NOT_ENGLISH_LETTER.search(word)) for word in marked)
    return UNDETERMINED if max(foreign, len(marked)) > english else ENGLISH


def _is_russian(text: str) -> bool:
    """Letters only of the Russian alphabet, and one of those that its neighbours in the alphabet do without."""
    letters = {char for char in text.lower() if "\u0400" <= char <= "\u052f"}
    return letters <= _RUSSIAN and bool(letters & _RUSSIAN_ONLY)


def _is_arabic(text: str) -> bool:
    """No letter that Persian or Urdu added."""
    return not _ADDED_TO_ARABIC.search(text)


def _script_counts(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """How many characters of each script each text has: one row per text."""
    joined = "\n".join(text.replace("\n", " ") for text in texts)
    chars = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    owner = np.cumsum(chars == 10)
    scripts = _SCRIPTS[np.minimum(chars, _SCRIPTS.size - 1)]
    flat = np.bincount(owner * _SCRIPT_COUNT + scripts, minlength=len(texts) * _SCRIPT_COUNT)
    return flat[: len(texts) * _SCRIPT_COUNT].reshape(len(texts), _SCRIPT_COUNT)


def _scripts() -> npt.NDArray[np.uint8]:
    """The script of every code point up to the last Han block; 0 for what is no letter."""
    table = np.zeros(0x323B1, dtype=np.uint8)
    # Letters of scripts not named below count as letters, so that they are und rather than nothing at all.
    for first, last in ((0x530, 0x10FF), (0x1200, 0x1DFF), (0x2C00, 0x2DFF), (0xA000, 0xABFF)):
        table[first : last + 1] = _OTHER_LETTERS
    for script, ranges in _SHARED_SCRIPTS.items():
        for first, last in ranges:
            table[first : last + 1] = script
    for number, ranges in enumerate(_OWN_SCRIPTS.values(), start=_FIRST_OWN):
        for first, last in ranges:
            table[first : last + 1] = number
    # Multiplication and division signs sit among the Latin letters.
    table[[0xD7, 0xF7]] = 0
    return table


_TOLD_BY_SCRIPT = frozenset({"zh", "en", "ja", "ko", *_OWN_SCRIPTS})
_SCRIPTS = _scripts()
