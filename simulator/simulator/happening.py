"""Something that happens on some platform, before that platform puts it into its own words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from simulator.people import Person, Post


class Kind(StrEnum):
    """What people do."""

    COMMENT = "comment"
    EDIT = "edit"
    REMOVAL = "removal"
    MESSAGE = "message"
    MENTION = "mention"
    REACTION = "reaction"
    SHARE = "share"
    FOLLOW = "follow"


class Mood(StrEnum):
    """What the author meant, which no platform tells."""

    PRAISE = "praise"
    QUESTION = "question"
    COMPLAINT = "complaint"
    REFUND = "refund"
    JOKE = "joke"
    CRISIS = "crisis"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One thing that one person did.

    `number` names what came to be (or what was edited or removed), `parent_number` the comment it answers; a platform
    turns both into its own ids, the same number always into the same id.
    """

    at: datetime
    platform: str
    kind: Kind
    person: Person
    number: int
    post: Post
    text: str = ""
    mood: Mood = Mood.NONE
    parent_number: int | None = None
    reaction: str | None = None
    picture: str | None = None
