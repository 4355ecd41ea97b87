"""What people begin to ask for: questions and needs, and what they are about, against what was usual before."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from huiying.events.assessments import IntentCode
from huiying.events.envelope import Value
from scoring.domain.alerts.explanation import SHOWN, Voice
from scoring.domain.words.rising import Window, rising_terms

ASKING = (IntentCode.QUESTION, IntentCode.NEED, IntentCode.PURCHASE, IntentCode.SUGGESTION)
_BETWEEN = "\0"


class Demand(Value, frozen=True, kw_only=True):
    """Something that more people ask for: `observed` of them where `expected` were usual; `interactions` are ids.

    `score` is how many decades lie between that and chance.
    """

    intent: IntentCode
    about: str
    observed: int
    expected: float
    score: float
    interactions: tuple[str, ...]


def rising_demand(
    now: Sequence[Voice], earlier: Sequence[Voice], *, window: timedelta, until: datetime
) -> list[Demand]:
    """What is asked for more than before, the surest first. `earlier` ends at `until`, and is cut into such windows."""
    who: dict[str, list[Voice]] = defaultdict(list)
    for voice in now:
        for term in _terms(voice):
            who[term].append(voice)
    counts = {term: len(voices) for term, voices in who.items()}
    found = []
    for rise in rising_terms(Window(texts=len(now), counts=counts), earlier=_windows(earlier, window, until)):
        intent, _, about = rise.term.partition(_BETWEEN)
        found.append(
            Demand(
                intent=IntentCode(intent),
                about=about,
                observed=rise.observed,
                expected=round(rise.expected, 2),
                score=round(rise.score, 2),
                interactions=tuple(voice.interaction_id for voice in who[rise.term][:SHOWN]),
            )
        )
    return found


def _terms(voice: Voice) -> set[str]:
    """Each thing that is asked for, with what is asked of it."""
    about = {*voice.topics, *voice.keywords}
    return {f"{intent}{_BETWEEN}{what}" for intent in ASKING if intent in voice.intents for what in about}


def _windows(voices: Sequence[Voice], window: timedelta, until: datetime) -> list[Window]:
    parts: dict[int, list[Voice]] = defaultdict(list)
    for voice in voices:
        parts[(until - voice.at) // window].append(voice)
    return [
        Window(texts=len(part), counts=Counter(term for voice in part for term in _terms(voice)))
        for _, part in sorted(parts.items())
    ]
