"""The inbox's tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from huiying.db.platform import service_metadata
from huiying.db.statements import table_of
from huiying.db.types import JSONColumn, UTCDateTime
from inbox.storage.readings_column import ReadingsColumn

METADATA = service_metadata()

_ID = 64


class Base(SQLModel, registry=registry(metadata=METADATA)):
    """The inbox's catalogue of tables."""


def _instant(*, index: bool = False) -> Any:
    return Field(sa_type=UTCDateTime, index=index)


def _maybe_instant() -> Any:
    return Field(default=None, sa_type=UTCDateTime)


def _maybe_text() -> Any:
    return Field(default=None, sa_column=Column(Text, nullable=True))


class ThreadRow(Base, table=True):
    """A thread; the fields are those of `inbox.domain.thread.Thread`."""

    __tablename__ = "threads"
    __table_args__ = (
        Index(None, "last_message_at", "id"),
        Index(None, "brand", "last_message_at", "id"),
        Index(None, "urgency", "last_message_at", "id"),
        Index(None, "brand", "urgency", "last_message_at", "id"),
        Index(None, "assignee"),
        Index(None, "contact_id"),
    )

    id: str = Field(primary_key=True, max_length=_ID)
    account_id: str = Field(max_length=_ID)
    brand: str = Field(max_length=_ID)
    platform: str = Field(max_length=32)
    kind: str = Field(max_length=16)
    created_at: datetime = _instant()
    updated_at: datetime = _instant()
    open_since: datetime = _instant()
    status: str = Field(max_length=16)
    snoozed_until: datetime | None = _maybe_instant()
    assignee: str | None = Field(default=None, max_length=_ID)
    claimed_by: str | None = Field(default=None, max_length=_ID)
    claimed_until: datetime | None = _maybe_instant()
    contact_id: str | None = Field(default=None, max_length=_ID)
    contact_at: datetime | None = _maybe_instant()
    post_id: str | None = _maybe_text()
    post_url: str | None = _maybe_text()
    post_title: str | None = _maybe_text()
    readings: Any = Field(default=None, sa_column=Column(ReadingsColumn, nullable=True))
    sentiment: str | None = Field(default=None, max_length=16)
    sentiment_at: datetime | None = _maybe_instant()
    urgency: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    last_message_text: str | None = _maybe_text()
    last_message_at: datetime = _instant()
    last_message_direction: str = Field(max_length=16)
    message_count: int
    unread: int
    last_inbound_at: datetime | None = _maybe_instant()
    waiting_since: datetime | None = _maybe_instant()
    seen_until: datetime | None = _maybe_instant()
    answered_until: datetime | None = _maybe_instant()
    was_answered: bool
    merged_into: str | None = Field(default=None, max_length=_ID)
    version: int


class AnchorRow(Base, table=True):
    """Where interactions meet, and the thread that is there."""

    __tablename__ = "anchors"
    # Looked up by its key alone, so SQLite need not keep every row twice.
    __table_args__ = ({"sqlite_with_rowid": False},)

    account_id: str = Field(primary_key=True, max_length=_ID)
    name: str = Field(primary_key=True)
    thread_id: str = Field(max_length=_ID, index=True)


class MessageRow(Base, table=True):
    """Something that was said. Ids grow, so among messages of one moment they keep the order of acceptance."""

    __tablename__ = "messages"
    __table_args__ = (Index(None, "account_id", "object_id"), Index(None, "thread_id", "occurred_at", "id"))

    id: str = Field(primary_key=True, max_length=_ID)
    thread_id: str = Field(max_length=_ID)
    account_id: str = Field(max_length=_ID)
    interaction_id: str | None = Field(default=None, sa_column=Column(Text, nullable=True, unique=True))
    # Of a reply of ours it is unknown until the platform says it.
    object_id: str | None = _maybe_text()
    post_id: str | None = _maybe_text()
    conversation_id: str | None = _maybe_text()
    kind: str = Field(max_length=16)
    direction: str = Field(max_length=16)
    author_id: str | None = _maybe_text()
    author_name: str | None = _maybe_text()
    occurred_at: datetime = _instant()
    text: str | None = _maybe_text()
    attachments: list[dict[str, Any]] | None = Field(sa_column=Column(JSONColumn, nullable=False))
    # Which answers the platform takes: names joined by spaces.
    capabilities: str
    window_expires_at: datetime | None = _maybe_instant()
    # How many answers it takes, and what its platform wants to see again in one.
    max_replies: int | None = None
    handle: dict[str, str] = Field(sa_column=Column(JSONColumn, nullable=False))
    # The interaction that the present text comes from: that of the last edit.
    worded_by: str | None = _maybe_text()
    edited_at: datetime | None = _maybe_instant()
    deleted_at: datetime | None = _maybe_instant()
    is_hidden: bool
    is_answer: bool


class ReplyRow(Base, table=True):
    """What is particular to a message that was written here; it has that message's id."""

    __tablename__ = "replies"

    id: str = Field(primary_key=True, max_length=_ID)
    member_id: str = Field(max_length=_ID)
    visibility: str = Field(max_length=16)
    status: str = Field(max_length=16)
    error: str | None = _maybe_text()
    # The newest thing said that whoever wrote it could see.
    answers_until: datetime | None = _maybe_instant()
    sent_at: datetime | None = _maybe_instant()


class ModerationRow(Base, table=True):
    """What a member had done to a message on its platform, and what became of it."""

    __tablename__ = "moderations"
    __table_args__ = (Index(None, "message_id", "id"),)

    id: str = Field(primary_key=True, max_length=_ID)
    message_id: str = Field(max_length=_ID)
    kind: str = Field(max_length=16)
    member_id: str = Field(max_length=_ID)
    status: str = Field(max_length=16)
    error: str | None = _maybe_text()
    requested_at: datetime = _instant()
    ended_at: datetime | None = _maybe_instant()


class RevisionRow(Base, table=True):
    """What became of an object, known or not yet known; see `inbox.domain.revision`."""

    __tablename__ = "revisions"

    account_id: str = Field(primary_key=True, max_length=_ID)
    object_id: str = Field(primary_key=True)
    text: str | None = _maybe_text()
    attachments: list[dict[str, Any]] | None = Field(sa_column=Column(JSONColumn, nullable=False))
    worded_by: str | None = Field(default=None, sa_column=Column(Text, nullable=True, index=True))
    edited_at: datetime | None = _maybe_instant()
    is_hidden: bool
    hidden_at: datetime | None = _maybe_instant()
    deleted_at: datetime | None = _maybe_instant()


class ContactRow(Base, table=True):
    """A person, as one account knows them."""

    __tablename__ = "contacts"
    __table_args__ = (Index(None, "first_seen_at", "id"),)

    id: str = Field(primary_key=True, max_length=_ID)
    brand: str = Field(max_length=_ID)
    account_id: str = Field(max_length=_ID)
    platform: str = Field(max_length=32)
    external_id: str = Field(sa_column=Column(Text, nullable=False))
    name: str | None = _maybe_text()
    username: str | None = _maybe_text()
    url: str | None = _maybe_text()
    followers: int | None = None
    first_seen_at: datetime = _instant()
    last_seen_at: datetime = _instant()


class MarkRow(Base, table=True):
    """A reaction, share or follow: the last that is known of it."""

    __tablename__ = "marks"
    __table_args__ = (Index(None, "contact_id"), Index(None, "account_id", "post_id"))

    account_id: str = Field(primary_key=True, max_length=_ID)
    kind: str = Field(primary_key=True, max_length=16)
    # Who and what it is about, or its own id where that is not known.
    subject: str = Field(primary_key=True)
    contact_id: str | None = Field(default=None, max_length=_ID)
    post_id: str | None = _maybe_text()
    object_id: str | None = _maybe_text()
    reaction: str | None = _maybe_text()
    is_present: bool
    occurred_at: datetime = _instant()
    interaction_id: str


class NoteRow(Base, table=True):
    """What members write to one another about a thread."""

    __tablename__ = "notes"
    __table_args__ = (Index(None, "thread_id", "id"),)

    id: str = Field(primary_key=True, max_length=_ID)
    thread_id: str = Field(max_length=_ID)
    member_id: str = Field(max_length=_ID)
    text: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = _instant()


class TagRow(Base, table=True):
    """A word that somebody put on a thread."""

    __tablename__ = "thread_tags"

    thread_id: str = Field(primary_key=True, max_length=_ID)
    tag: str = Field(primary_key=True, max_length=_ID, index=True)


class AccountRow(Base, table=True):
    """A brand's account, as ingest told of it."""

    __tablename__ = "accounts"

    id: str = Field(primary_key=True, max_length=_ID)
    platform: str = Field(max_length=32)
    brand: str = Field(max_length=_ID)
    external_id: str = Field(max_length=200)
    name: str = Field(max_length=200)
    removed_at: datetime | None = _maybe_instant()


class BrandRow(Base, table=True):
    """A brand, as identity told of it."""

    __tablename__ = "brands"

    slug: str = Field(primary_key=True, max_length=_ID)
    name: str = Field(max_length=200)


class MemberRow(Base, table=True):
    """A member, as identity told of them."""

    __tablename__ = "members"

    id: str = Field(primary_key=True, max_length=_ID)
    name: str = Field(max_length=200)
    is_active: bool
    is_administrator: bool
    roles: dict[str, str] = Field(sa_column=Column(JSONColumn, nullable=False))
    changed_at: datetime = _instant()


THREADS = table_of(ThreadRow)
ANCHORS = table_of(AnchorRow)
MESSAGES = table_of(MessageRow)
REPLIES = table_of(ReplyRow)
MODERATIONS = table_of(ModerationRow)
REVISIONS = table_of(RevisionRow)
CONTACTS = table_of(ContactRow)
MARKS = table_of(MarkRow)
NOTES = table_of(NoteRow)
TAGS = table_of(TagRow)
ACCOUNTS = table_of(AccountRow)
BRANDS = table_of(BrandRow)
MEMBERS = table_of(MemberRow)
