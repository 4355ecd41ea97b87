"""The tables of how messages read, as scoring assessed them and as members say, and of what threads are found by."""

from typing import Any

from sqlalchemy import Column, Index, Text
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


class ThreadCodeRow(Base, table=True):
    """A code of a thread's intents or risks, by which it is found; what it says itself is in `readings`."""

    __tablename__ = "thread_codes"
    __table_args__ = (Index(None, "aspect", "code", "thread_id"), {"sqlite_with_rowid": False})

    thread_id: str = Field(primary_key=True, max_length=64)
    aspect: str = Field(primary_key=True, max_length=8)
    code: str = Field(primary_key=True, max_length=32)


ASSESSMENTS = table_of(AssessmentRow)
CORRECTIONS = table_of(CorrectionRow)
THREAD_CODES = table_of(ThreadCodeRow)
