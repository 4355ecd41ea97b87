"""Identity's tables. Secrets are kept as SHA-256 (tokens, keys) or argon2id (passwords), never as they are."""

from datetime import datetime

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from huiying.db.platform import service_metadata
from huiying.db.types import UTCDateTime

METADATA = service_metadata()

_ID_LENGTH = 36
_SLUG_LENGTH = 63
_DIGEST_LENGTH = 64


class Base(SQLModel, registry=registry(metadata=METADATA)):
    """What identity's tables have in common: their own catalogue."""


class Brand(Base, table=True):
    """A brand; everywhere else it is called by its slug."""

    __tablename__ = "brands"

    slug: str = Field(primary_key=True, max_length=_SLUG_LENGTH)
    name: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=UTCDateTime)


class Member(Base, table=True):
    """A person. Without a password hash they have not yet followed their invitation."""

    __tablename__ = "members"

    id: str = Field(primary_key=True, max_length=_ID_LENGTH)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=200)
    password_hash: str | None = Field(default=None, max_length=255)
    is_active: bool
    is_administrator: bool = Field(index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


class RoleGrant(Base, table=True):
    """The role that a member or an API key, its holder, has for a brand."""

    __tablename__ = "role_grants"

    holder_id: str = Field(primary_key=True, max_length=_ID_LENGTH)
    brand: str = Field(primary_key=True, max_length=_SLUG_LENGTH, foreign_key="brands.slug", index=True)
    role: str = Field(max_length=32)


class ConsoleSession(Base, table=True):
    """A member who is signed in with a browser."""

    __tablename__ = "sessions"

    id: str = Field(primary_key=True, max_length=_ID_LENGTH)
    token_fingerprint: str = Field(max_length=_DIGEST_LENGTH, unique=True)
    member_id: str = Field(max_length=_ID_LENGTH, foreign_key="members.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)


class StoredKey(Base, table=True):
    """An API key, without its secret."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, max_length=8)
    name: str = Field(max_length=200)
    fingerprint: str = Field(max_length=_DIGEST_LENGTH)
    is_administrator: bool
    created_by: str = Field(max_length=_ID_LENGTH)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Invitation(Base, table=True):
    """A link by which a member sets a password, once; without a member it makes the first administrator."""

    __tablename__ = "invitations"

    token_fingerprint: str = Field(primary_key=True, max_length=_DIGEST_LENGTH)
    member_id: str | None = Field(default=None, max_length=_ID_LENGTH, foreign_key="members.id", index=True)
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)


class SignInWindow(Base, table=True):
    """How often somebody has tried to sign in since a moment: one row an account, one an address."""

    __tablename__ = "sign_in_windows"

    subject: str = Field(primary_key=True, max_length=_DIGEST_LENGTH)
    started_at: datetime = Field(sa_type=UTCDateTime, index=True)
    attempt_count: int


class SigningKey(Base, table=True):
    """A private key that signs access tokens, sealed. The newest signs; all of them are published."""

    __tablename__ = "signing_keys"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sealed: bytes
    created_at: datetime = Field(sa_type=UTCDateTime)
