"""Scoring's tables for what brands teach it: dictionaries, corrections, and the adaptations learnt from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlmodel import Field

from huiying.db.statements import table_of
from huiying.db.types import JSONColumn, UTCDateTime
from scoring.storage.tables import Base

_ID = 64


def _maybe_json() -> Any:
    return Field(sa_column=Column(JSONColumn, nullable=True))


class Knowledge(Base, table=True):
    """What holds for one brand now. `version` counts all its changes, `dictionary_version` those of the dictionary."""

    __tablename__ = "brand_knowledge"

    brand: str = Field(primary_key=True, max_length=_ID)
    version: int
    dictionary: dict[str, Any] = Field(sa_column=Column(JSONColumn, nullable=False))
    dictionary_version: int
    adaptation_id: str | None = Field(max_length=_ID)


class CorrectionRow(Base, table=True):
    """What a member said of one text. Erased, text and all, when the text is deleted: `object_key` is what tells.

    That is the key of the observation; there is none for a text that belongs to no interaction.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        Index(None, "brand", "interaction_id", unique=True),
        Index(None, "brand", "corrected_at", "id"),
    )

    id: str = Field(primary_key=True, max_length=_ID)
    brand: str = Field(max_length=_ID)
    interaction_id: str | None = Field(sa_column=Column(Text, nullable=True))
    object_key: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True, index=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    sentiment: str | None = Field(max_length=16)
    intents: list[str] | None = _maybe_json()
    risks: list[str] | None = _maybe_json()
    member_id: str | None = Field(max_length=_ID)
    corrected_at: datetime = Field(sa_type=UTCDateTime)


class ReadInteraction(Base, table=True):
    """Which object an interaction is about whose words were read, an edit as well; `digest` stands for its id.

    `day` is when it was noted, counted from the first of the year 1. It comes first in the key, so that what is written
    now lies together whatever the digests are, and what is forgotten too.
    """

    __tablename__ = "read_interactions"
    __table_args__ = {"sqlite_with_rowid": False}

    day: int = Field(primary_key=True)
    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    object_key: bytes = Field(sa_type=LargeBinary)
    brand: str = Field(max_length=_ID)


class DeletedObject(Base, table=True):
    """An object that was deleted, by its key; kept for ever, for what is told again later."""

    __tablename__ = "deleted_objects"
    __table_args__ = {"sqlite_with_rowid": False}

    object_key: bytes = Field(primary_key=True, sa_type=LargeBinary)


class AdaptationRow(Base, table=True):
    """An adaptation that was learnt, with the effect it was shown to have.

    `changes` name corrections whose texts it reads otherwise; `before_id` is the one that it took the place of.
    """

    __tablename__ = "adaptations"
    __table_args__ = (Index(None, "brand", "created_at", "id"),)

    id: str = Field(primary_key=True, max_length=_ID)
    brand: str = Field(max_length=_ID)
    model: str = Field(max_length=100)
    status: str = Field(max_length=16)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    effect: dict[str, Any] = Field(sa_column=Column(JSONColumn, nullable=False))
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONColumn, nullable=False))
    before_id: str | None = Field(max_length=_ID)
    created_by: str = Field(max_length=_ID)
    created_at: datetime = Field(sa_type=UTCDateTime)
    applied_at: datetime | None = Field(sa_type=UTCDateTime)


KNOWLEDGE = table_of(Knowledge)
CORRECTIONS = table_of(CorrectionRow)
READ_INTERACTIONS = table_of(ReadInteraction)
DELETED_OBJECTS = table_of(DeletedObject)
ADAPTATIONS = table_of(AdaptationRow)
