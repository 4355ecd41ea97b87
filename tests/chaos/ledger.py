"""What was said to Huiying and what it acknowledged: the truth that the checker holds it to."""

import re
from dataclasses import dataclass, field

_TAG = re.compile(r"#a(\d+)-(\d+)$")


@dataclass(frozen=True, order=True)
class Tag:
    """The name of something said: whose, and that author's how-manyth. It stands at the end of the text."""

    author: int
    number: int

    def __str__(self) -> str:
        return f"#a{self.author}-{self.number}"


def tag_in(text: str | None) -> Tag | None:
    """The tag at the end of a text; None if it has none."""
    found = _TAG.search(text or "")
    return Tag(int(found[1]), int(found[2])) if found else None


@dataclass
class Ledger:
    """Everything said. One author says the next thing only after the last was acknowledged."""

    sent: set[Tag] = field(default_factory=set)
    acknowledged: set[Tag] = field(default_factory=set)
    # Of what was sent several times, every copy that was acknowledged counts.
    acknowledgements: int = 0
    attempts: int = 0
    refused: list[tuple[Tag, int]] = field(default_factory=list)
    given_up: list[Tag] = field(default_factory=list)
    longest_wait_seconds: float = 0.0
    last_acknowledged_at: float = 0.0

    def acknowledge(self, tag: Tag, *, at: float, waited_seconds: float) -> None:
        """This copy was taken."""
        self.acknowledged.add(tag)
        self.acknowledgements += 1
        self.last_acknowledged_at = at
        self.longest_wait_seconds = max(self.longest_wait_seconds, waited_seconds)
