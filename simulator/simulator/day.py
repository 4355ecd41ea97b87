"""A believable day: who writes what, where and when, in two languages, with its quiet and its busy hours.

The same seed and start always make the same day. It has no end; the next morning follows.
"""

import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from simulator.crisis import Crisis
from simulator.happening import Happening, Kind, Mood
from simulator.people import Language, Person, Post, make_person
from simulator.platforms.table import PLATFORMS
from simulator.texts.chinese import CHINESE
from simulator.texts.english import ENGLISH

K = TypeVar("K")

BUSINESS_ZONE = timezone(timedelta(hours=8))

# How busy each hour is, of 1 on average: asleep at four, a first peak at lunch, the highest after dinner.
_HOURS = (
    *(0.45, 0.25, 0.15, 0.1, 0.1, 0.15, 0.35, 0.7, 0.95, 1.05, 1.1, 1.3),
    *(1.6, 1.35, 1.2, 1.35, 1.3, 1.25, 1.3, 1.6, 1.95, 2.0, 1.5, 0.95),
)
_PUBLIC_MOODS = {Mood.PRAISE: 38, Mood.QUESTION: 22, Mood.COMPLAINT: 18, Mood.JOKE: 17, Mood.REFUND: 5}
_PRIVATE_MOODS = {Mood.PRAISE: 12, Mood.QUESTION: 45, Mood.COMPLAINT: 22, Mood.JOKE: 3, Mood.REFUND: 18}
_POSTS = (
    "秋日菜单上新 Autumn menu",
    "山楂乌龙回归 Hawthorn oolong is back",
    "会员日买一送一 Two for one",
    "新店开业 We opened a shop",
    "杯子设计征集 Design our cup",
)
_FEELINGS = ("like", "like", "love", "haha", "wow", "care")
_TEXTLESS = frozenset({Kind.REACTION, Kind.FOLLOW, Kind.REMOVAL})
_PEOPLE = 4_000
_ANSWERS_ANOTHER = 0.3
_GOES_ON_TALKING = 0.35
_REMEMBERED = 60


@dataclass(slots=True)
class _Place:
    """What was lately said on one platform, so that others can answer it and its author can change it."""

    comments: deque[Happening] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    messages: deque[Happening] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class Day:
    """An endless stream of happenings, in order of time."""

    def __init__(
        self,
        *,
        start: datetime,
        seed: int = 0,
        per_hour: float = 600,
        platforms: Sequence[str] = tuple(PLATFORMS),
        crisis: Crisis | None = None,
        first_number: int | None = None,
    ) -> None:
        self._chance = random.Random(f"{seed}/{start.isoformat()}")
        self._per_hour, self._crisis = per_hour, crisis
        # Where nobody is told of what people do, nothing happens.
        self._platforms = tuple(name for name in platforms if PLATFORMS[name].habits)
        self._places = {name: _Place() for name in platforms}
        self._now = start
        # Two days must not give the same number to different things, so numbers go on from the day's own moment.
        self._number = int(start.timestamp() * 10**7) if first_number is None else first_number
        self._posts = [Post(number=self._next_number(), title=title) for title in _POSTS]

    def __iter__(self) -> Iterator[Happening]:
        while True:
            usual = self._per_hour * _HOURS[self._now.astimezone(BUSINESS_ZONE).hour]
            alarm = self._crisis.strength(self._now) if self._crisis else 0.0
            self._now += timedelta(hours=self._chance.expovariate(usual * (1 + alarm)))
            is_alarm = self._chance.random() < alarm / (1 + alarm)
            yield self._outcry() if is_alarm else self._ordinary()

    def _ordinary(self) -> Happening:
        platform = self._chance.choice(self._platforms)
        kind = _weighted(PLATFORMS[platform].habits, self._chance)
        happening = self._on_what_was_said(platform, kind) or self._anew(platform, kind)
        self._remember(happening)
        return happening

    def _outcry(self) -> Happening:
        platform = self._chance.choice(self._platforms)
        kinds = {
            kind: weight for kind, weight in PLATFORMS[platform].habits.items() if kind not in {*_TEXTLESS, Kind.EDIT}
        }
        kind = _weighted(kinds, self._chance)
        # Some show what they found.
        picture = "https://pictures.example/plastic-shard.jpg" if self._chance.random() < 0.1 else None
        has_text = not (picture and platform == "wechat_oa")
        happening = self._happening(
            platform,
            kind,
            person=self._somebody(platform),
            mood=Mood.CRISIS,
            post=self._posts[0],
            picture=picture,
            has_text=has_text,
        )
        self._remember(happening)
        return happening

    def _on_what_was_said(self, platform: str, kind: Kind) -> Happening | None:
        place, chance = self._places[platform], self._chance
        said = place.messages if kind is Kind.MESSAGE or _is_private(platform) else place.comments
        if not said:
            return None
        earlier = chance.choice(said)
        if kind in {Kind.EDIT, Kind.REMOVAL}:
            return self._change(earlier, kind)
        if kind is Kind.MESSAGE and chance.random() < _GOES_ON_TALKING:
            mood = earlier.mood if chance.random() < 0.7 else _weighted(_PRIVATE_MOODS, chance)
            return self._happening(platform, kind, person=earlier.person, mood=mood, post=earlier.post)
        if kind is Kind.REACTION or (kind is Kind.COMMENT and chance.random() < _ANSWERS_ANOTHER):
            mood = _weighted(_PUBLIC_MOODS, chance)
            return self._happening(
                platform, kind, person=self._somebody(platform), mood=mood, post=earlier.post, parent=earlier.number
            )
        return None

    def _anew(self, platform: str, kind: Kind) -> Happening:
        # With nothing to edit or to remove yet, somebody says something.
        is_private = _is_private(platform)
        if kind in {Kind.EDIT, Kind.REMOVAL} or (kind is Kind.REACTION and is_private):
            kind = Kind.MESSAGE if is_private else Kind.COMMENT
        moods = _PRIVATE_MOODS if kind is Kind.MESSAGE else _PUBLIC_MOODS
        mood, post = _weighted(moods, self._chance), self._chance.choice(self._posts)
        return self._happening(platform, kind, person=self._somebody(platform), mood=mood, post=post)

    def _change(self, earlier: Happening, kind: Kind) -> Happening:
        addition = "（补充：已解决）" if earlier.person.language == "zh" else " (edit: sorted now)"
        return Happening(
            at=self._now,
            platform=earlier.platform,
            kind=kind,
            person=earlier.person,
            number=earlier.number,
            post=earlier.post,
            text="" if kind is Kind.REMOVAL else earlier.text + addition,
            mood=earlier.mood,
        )

    def _happening(
        self,
        platform: str,
        kind: Kind,
        *,
        person: Person,
        mood: Mood,
        post: Post,
        parent: int | None = None,
        picture: str | None = None,
        has_text: bool = True,
    ) -> Happening:
        is_silent = kind in _TEXTLESS or not has_text
        book = CHINESE if person.language == "zh" else ENGLISH
        return Happening(
            at=self._now,
            platform=platform,
            kind=kind,
            person=person,
            number=self._next_number(),
            post=post,
            text="" if is_silent else book.write(mood, chance=self._chance),
            mood=Mood.NONE if kind in _TEXTLESS else mood,
            parent_number=parent,
            reaction=self._chance.choice(_FEELINGS) if kind is Kind.REACTION else None,
            picture=picture,
        )

    def _remember(self, happening: Happening) -> None:
        place = self._places[happening.platform]
        if happening.kind is Kind.COMMENT:
            place.comments.append(happening)
        elif happening.kind is Kind.MESSAGE:
            place.messages.append(happening)
        elif happening.kind is Kind.REMOVAL:
            left = [one for one in place.comments if one.number != happening.number]
            place.comments = deque(left, maxlen=_REMEMBERED)

    def _somebody(self, platform: str) -> Person:
        language: Language = "zh" if self._chance.random() < PLATFORMS[platform].chinese_share else "en"
        # A few write all the time, most once.
        number = int(_PEOPLE * self._chance.random() ** 2)
        return make_person(number * 2 + (language == "en") + 10, language=language)

    def _next_number(self) -> int:
        self._number += 1
        return self._number


def _is_private(platform: str) -> bool:
    """Whether people there only write to the brand, not under what it published."""
    return Kind.COMMENT not in PLATFORMS[platform].habits


def _weighted(weights: Mapping[K, float], chance: random.Random) -> K:
    return chance.choices(list(weights), weights=list(weights.values()))[0]
