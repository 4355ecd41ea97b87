"""The tables of how messages read: as scoring assessed them, and as members say."""

from typing import Any

from sqlalchemy import Column, Text
from sqlmodel import Field

from huiying.db.statements import table_of
from huiying.db.types import JSONColumn
from inbox.storage.tables import Base


class AssessmentRow(Base, table=True):
    """How an interaction reads, whether or not it has arrived."""

    __tablename__ = "assessments"

    interaction_id: str = Field(primary_key=True)
    sentiment: str | None = Field(default=None, max_length=16)
    assessment: dict[str, Any] = Field(sa_column=Column(JSONColumn, nullable=False))


class CorrectionRow(Base, table=True):
    """What a member says of how these words read: those of the interaction `interaction_id`, an edit has others."""

    __tablename__ = "corrections"

    interaction_id: str = Field(sa_column=Column(Text, primary_key=True))
    correction_id: str = Field(max_length=64, index=True)
    sentiment: str | None = Field(default=None, max_length=16)
    intents: list[str] | None = Field(default=None, sa_column=Column(JSONColumn, nullable=True))
    risks: list[str] | None = Field(default=None, sa_column=Column(JSONColumn, nullable=True))


ASSESSMENTS = table_of(AssessmentRow)
CORRECTIONS = table_of(CorrectionRow)
