"""What scoring remembers of something said, once it has read it: enough to count it and to explain an alarm by it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol

from huiying.events.assessments import Assessment, EntityKind, RiskCode, SentimentLabel
from huiying.events.envelope import Value
from huiying.events.interactions import Action, Interaction, Kind
from scoring.domain.codes.masking import masked

EXCERPT_CHARACTERS = 280
MOST_FOLLOWERS = 10**10
INFLUENTIAL_FOLLOWERS = 10_000
"""From so many followers on, one voice is heard like many."""

GRAVE = frozenset(
    {RiskCode.SAFETY_INCIDENT, RiskCode.LEGAL, RiskCode.MEDIA_ENQUIRY, RiskCode.THREAT, RiskCode.SELF_HARM}
)
"""Risks that make a crisis worse than its numbers."""

DIGEST_BYTES = 16
"""How long the keys of things and the digests of authors are."""

_DELETES = frozenset({Action.DELETED, Action.REMOVED})
_WORDLESS = frozenset({Kind.REACTION, Kind.FOLLOW})


class Countable(Protocol):
    """What counts in the watches that it belongs to: something said, or what is remembered of it."""

    @property
    def brand(self) -> str:
        """To which brand it was said."""

    @property
    def platform(self) -> str:
        """Where."""

    @property
    def region(self) -> str | None:
        """From where, if that is known."""

    @property
    def occurred_at(self) -> datetime:
        """When."""

    @property
    def followers(self) -> int | None:
        """How many follow who said it, if that is known."""

    @property
    def text(self) -> str:
        """The words."""

    @property
    def topics(self) -> Collection[str]:
        """The topics of the brand's dictionary that it is about."""

    @property
    def products(self) -> Collection[str]:
        """The brand's products that it names."""

    @property
    def is_negative(self) -> bool:
        """Whether it reads so."""

    @property
    def is_grave(self) -> bool:
        """Whether it names one of the risks that weigh."""


class Observed(Value, frozen=True, kw_only=True):
    """One thing said. `key` is the same for the thing and its edits; `author` is a digest, the same on one platform.

    Personal data in `text` is masked.
    """

    key: bytes
    interaction_id: str
    brand: str
    platform: str
    region: str | None
    post: str | None
    author: bytes | None
    followers: int | None
    occurred_at: datetime
    is_edit: bool
    assessment: Assessment
    signature: bytes | None
    text: str

    @property
    def is_negative(self) -> bool:
        """Whether it reads so."""
        sentiment = self.assessment.sentiment
        return sentiment is not None and sentiment.label is SentimentLabel.NEGATIVE

    @property
    def is_grave(self) -> bool:
        """Whether it names one of the risks that weigh."""
        return any(risk.code in GRAVE for risk in self.assessment.risks)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the brand's dictionary that it is about."""
        return self.assessment.topics

    @property
    def products(self) -> frozenset[str]:
        """The brand's products that it names."""
        return frozenset(one.name for one in self.assessment.entities if one.kind is EntityKind.PRODUCT)


def observe(interaction: Interaction, assessment: Assessment, *, signature: bytes | None) -> Observed:
    """What is remembered of an interaction that was read."""
    actor, target = interaction.actor, interaction.target
    return Observed(
        key=key_of(interaction),
        interaction_id=interaction.id,
        brand=interaction.account.brand,
        platform=interaction.platform,
        region=_region(interaction.extensions),
        post=target.post_id if target else None,
        author=author_of(interaction),
        followers=_believable(actor.followers) if actor else None,
        # A platform whose clock is ahead must not file something in a minute that nobody has seen yet.
        occurred_at=min(interaction.occurred_at, interaction.received_at),
        is_edit=interaction.action is Action.UPDATED,
        assessment=assessment,
        signature=signature,
        text=masked(interaction.object.text or "", assessment.entities),
    )


def author_of(interaction: Interaction) -> bytes | None:
    """A digest of who said it, the same for one person on one platform."""
    return _digest(interaction.platform, interaction.actor.id) if interaction.actor else None


def key_of(interaction: Interaction) -> bytes:
    """A short name for the thing that was said, the same in what tells of its edits and of its deletion."""
    return _digest(interaction.account.id, interaction.object.id)


def is_deletion(interaction: Interaction) -> bool:
    """Whether words are gone by this. Who likes something no longer has said nothing."""
    return interaction.action in _DELETES and interaction.kind not in _WORDLESS


def _believable(followers: int | None) -> int | None:
    """No number of people is below nothing or beyond mankind, whatever a platform says; sums of them stay numbers."""
    return None if followers is None else min(max(followers, 0), MOST_FOLLOWERS)


def _region(extensions: Mapping[str, Any]) -> str | None:
    found = extensions.get("region")
    return found if isinstance(found, str) else None


def _digest(*names: str) -> bytes:
    return blake2b("\0".join(names).encode(), digest_size=DIGEST_BYTES).digest()
