"""Templates and what fills them, in one language."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from simulator.happening import Mood


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrasebook:
    """A language's templates by mood, the words that fill their slots, and the endings people add.

    `calm` endings suit any mood, `merry` and `cross` only theirs.
    """

    templates: Mapping[Mood, Sequence[str]]
    words: Mapping[str, Sequence[str]]
    calm: Sequence[str]
    merry: Sequence[str]
    cross: Sequence[str]

    def write(self, mood: Mood, *, chance: random.Random) -> str:
        """A text of that mood."""
        template = chance.choice(self.templates[mood])
        slots = {name for _, name, _, _ in Formatter().parse(template) if name}
        # In the order of their names, so that the same chance always writes the same.
        text = template.format(**{slot: chance.choice(self.words[slot]) for slot in sorted(slots)})
        if chance.random() < 0.45:
            text += chance.choice((*self._endings(mood), *self.calm))
        return text

    def _endings(self, mood: Mood) -> Sequence[str]:
        if mood in {Mood.PRAISE, Mood.JOKE}:
            return self.merry
        return self.cross if mood in {Mood.COMPLAINT, Mood.REFUND, Mood.CRISIS} else ()
