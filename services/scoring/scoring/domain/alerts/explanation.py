"""What an alarm is about: what changed against before, who said it first, and what tells most, all by interactions."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from huiying.events.envelope import Value
from scoring.domain.alerts.coordination import Post, coordinated
from scoring.domain.alerts.observation import INFLUENTIAL_FOLLOWERS
from scoring.domain.crises.surprise import decades, rate_z
from scoring.domain.words.duplicates import group_signatures
from scoring.domain.words.rising import Window, rising_terms

SHOWN = 5
"""So many interactions are named for each claim, and so many changes of each kind."""

_DAY = timedelta(days=1)
_LEAST_AUTHORS = 3
_LEAST_DECADES = 2.0
_SCATTER = 0.1
_ONE_SOURCE = 0.3
_ALIKE = 0.6


class Voice(NamedTuple):
    """One thing that was said, as far as it explains something. `author` and `signature` are digests."""

    interaction_id: str
    at: datetime
    platform: str
    post: str | None
    author: bytes | None
    followers: int | None
    is_negative: bool
    urgency: float
    intents: tuple[str, ...]
    risks: tuple[str, ...]
    topics: tuple[str, ...]
    keywords: tuple[str, ...]
    signature: bytes | None


class Change(Value, frozen=True, kw_only=True):
    """Something that is more frequent than before: `observed` of what is told here, where `expected` were usual.

    `kind` is word, topic, intent, risk, platform, post or authors; of authors, `value` is new, influential, one_source
    or coordinated. `share` is that of what is told here, from 0 to 1.
    """

    kind: str
    value: str
    observed: int
    expected: float
    share: float
    interactions: tuple[str, ...]


class Explanation(Value, frozen=True, kw_only=True):
    """What changed between `since` and `until`, by what was said then and by what had been said since `baseline_since`.

    The counts are of what was looked at: negative things, all things, and those before. Interactions are ids.
    """

    since: datetime
    until: datetime
    baseline_since: datetime
    negative_count: int
    interaction_count: int
    baseline_count: int
    changes: tuple[Change, ...] = ()
    first_voices: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()


_KINDS: dict[str, Callable[[Voice], Iterable[str | None]]] = {
    "topic": lambda voice: voice.topics,
    "word": lambda voice: voice.keywords,
    "risk": lambda voice: voice.risks,
    "intent": lambda voice: voice.intents,
    "post": lambda voice: (voice.post,),
    "platform": lambda voice: (voice.platform,),
}


def explanation_of(
    voices: Sequence[Voice], before: Sequence[Voice], *, since: datetime, until: datetime
) -> Explanation:
    """What sets these voices apart from those before; both in order of time."""
    # Where nobody tells feelings apart, all are told of.
    told = [voice for voice in voices if voice.is_negative] or list(voices)
    changes = _changes(told, before)
    return Explanation(
        since=since,
        until=until,
        baseline_since=before[0].at if before else since,
        negative_count=sum(voice.is_negative for voice in voices),
        interaction_count=len(voices),
        baseline_count=len(before),
        changes=tuple(changes),
        first_voices=_first_voices(told, changes),
        samples=_samples(told, changes),
    )


def _changes(told: Sequence[Voice], before: Sequence[Voice]) -> list[Change]:
    """What is more frequent in what is told now, the most surprising of each kind first."""
    return [change for kind in _KINDS for change in _rising(kind, told, before)] + _authors(told, before)


def _first_voices(told: Sequence[Voice], changes: Sequence[Change]) -> tuple[str, ...]:
    """Who said first what the alarm is about."""
    about = _about(changes)
    first = [voice for voice in told if about & _terms(voice)] or list(told)
    return tuple(voice.interaction_id for voice in sorted(first, key=lambda voice: voice.at)[:SHOWN])


def _samples(told: Sequence[Voice], changes: Sequence[Change]) -> tuple[str, ...]:
    """What tells most, no two of them alike or by one author."""
    about = _about(changes)
    first_of_each = {group: voice for voice, group in zip(told[::-1], _groups(told)[::-1], strict=True)}
    chosen: list[Voice] = []
    for voice in sorted(first_of_each.values(), key=lambda voice: (-_telling(voice, about), voice.at)):
        if len(chosen) < SHOWN and not any(_alike(voice, other) for other in chosen):
            chosen.append(voice)
    return tuple(voice.interaction_id for voice in chosen)


def _groups(voices: Sequence[Voice]) -> list[int]:
    return group_signatures([voice.signature for voice in voices])


def _rising(kind: str, told: Sequence[Voice], before: Sequence[Voice]) -> list[Change]:
    who: dict[str, list[Voice]] = defaultdict(list)
    for voice in told:
        for value in _values(kind, voice):
            who[value].append(voice)
    now = Window(texts=len(told), counts={value: len(voices) for value, voices in who.items()})
    found = [
        _change(kind, rise.term, who[rise.term], expected=rise.expected, of=told)
        for rise in rising_terms(now, earlier=_days(kind, before))
        # What one person repeats is no rise among people.
        if len({voice.author or voice.interaction_id for voice in who[rise.term]}) >= _LEAST_AUTHORS
    ]
    return found[:SHOWN]


def _days(kind: str, voices: Sequence[Voice]) -> list[Window]:
    """What was said before, by the day, counted back from the end."""
    days: dict[int, list[Voice]] = defaultdict(list)
    for voice in voices:
        days[(voices[-1].at - voice.at) // _DAY].append(voice)
    return [
        Window(texts=len(day), counts=Counter(value for voice in day for value in _values(kind, voice)))
        for _, day in sorted(days.items())
    ]


def _values(kind: str, voice: Voice) -> set[str]:
    return {value for value in _KINDS[kind](voice) if value}


def _authors(told: Sequence[Voice], before: Sequence[Voice]) -> list[Change]:
    """Groups of authors: who is new, who is heard by many, who says it alone, who repeats others."""
    known = {voice.author for voice in before}
    middle = len(before) // 2
    earlier = {voice.author for voice in before[:middle]}
    usually_new = sum(voice.author not in earlier for voice in before[middle:]) / max(len(before) - middle, 1)
    usually_loud = sum(_is_influential(voice) for voice in before) / max(len(before), 1)
    groups = [
        ("new", [voice for voice in told if voice.author not in known], usually_new),
        ("influential", [voice for voice in told if _is_influential(voice)], usually_loud),
        ("one_source", _one_source(told), 0.0),
        ("coordinated", _repeating(told), 0.0),
    ]
    return [
        _change("authors", name, voices, expected=usual * len(told), of=told)
        for name, voices, usual in groups
        if decades(rate_z(len(voices), expected=max(usual * len(told), 0.5), dispersion=_SCATTER)) >= _LEAST_DECADES
    ]


def _one_source(told: Sequence[Voice]) -> list[Voice]:
    counts = Counter(voice.author for voice in told if voice.author)
    loudest = [
        author for author, count in counts.most_common(1) if count >= max(_ONE_SOURCE * len(told), _LEAST_AUTHORS)
    ]
    return [voice for voice in told if voice.author in loudest]


def _repeating(told: Sequence[Voice]) -> list[Voice]:
    places = coordinated([Post(voice.signature, voice.author, voice.at) for voice in told])
    return [told[place] for place in sorted(places)]


def _change(kind: str, value: str, voices: Sequence[Voice], *, expected: float, of: Sequence[Voice]) -> Change:
    return Change(
        kind=kind,
        value=value,
        observed=len(voices),
        expected=round(expected, 2),
        share=round(len(voices) / len(of), 4),
        interactions=tuple(voice.interaction_id for voice in voices[:SHOWN]),
    )


def _about(changes: Sequence[Change]) -> set[str]:
    """What it is about: words and topics; where none rises, risks, which are read into words and may be wrong."""
    said = {change.value for change in changes if change.kind in {"word", "topic"}}
    return said or {change.value for change in changes if change.kind == "risk"}


def _terms(voice: Voice) -> set[str]:
    return {*voice.keywords, *voice.topics, *voice.risks}


def _telling(voice: Voice, about: set[str]) -> float:
    reach = math.log10(1 + (voice.followers or 0)) / 3
    return len(about & _terms(voice)) + len(voice.risks) + voice.urgency + reach


def _alike(voice: Voice, other: Voice) -> bool:
    if voice.author is not None and voice.author == other.author:
        return True
    mine, theirs = set(voice.keywords), set(other.keywords)
    return len(mine & theirs) > _ALIKE * max(len(mine | theirs), 1)


def _is_influential(voice: Voice) -> bool:
    return (voice.followers or 0) >= INFLUENTIAL_FOLLOWERS
