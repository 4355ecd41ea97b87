"""Threads, messages and replies; contacts and marks; notes and tags; what others tell of accounts, brands and members.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import JSONColumn, UTCDateTime

revision = "inbox_0001"
down_revision = None
branch_labels = ("inbox",)
depends_on = None


def upgrade() -> None:
    _create_conversations()
    _create_messages()
    _create_readings()
    _create_people()
    _create_surroundings()


def downgrade() -> None:
    for table in (
        "threads",
        "anchors",
        "messages",
        "replies",
        "moderations",
        "revisions",
        "assessments",
        "contacts",
        "marks",
        "members",
        "accounts",
        "brands",
        "notes",
        "thread_tags",
    ):
        op.drop_table(table)


def _create_conversations() -> None:
    op.create_table(
        "threads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("open_since", UTCDateTime(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("snoozed_until", UTCDateTime(), nullable=True),
        sa.Column("assignee", sa.String(length=64), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", UTCDateTime(), nullable=True),
        sa.Column("contact_id", sa.String(length=64), nullable=True),
        sa.Column("contact_at", UTCDateTime(), nullable=True),
        sa.Column("post_id", sa.Text(), nullable=True),
        sa.Column("post_url", sa.Text(), nullable=True),
        sa.Column("post_title", sa.Text(), nullable=True),
        sa.Column("sentiment", sa.String(length=16), nullable=True),
        sa.Column("sentiment_at", UTCDateTime(), nullable=True),
        sa.Column("last_message_text", sa.Text(), nullable=True),
        sa.Column("last_message_at", UTCDateTime(), nullable=False),
        sa.Column("last_message_direction", sa.String(length=16), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("last_inbound_at", UTCDateTime(), nullable=True),
        sa.Column("waiting_since", UTCDateTime(), nullable=True),
        sa.Column("seen_until", UTCDateTime(), nullable=True),
        sa.Column("answered_until", UTCDateTime(), nullable=True),
        sa.Column("was_answered", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
    )
    op.create_index(op.f("ix_threads_assignee"), "threads", ["assignee"], unique=False)
    op.create_index(
        op.f("ix_threads_brand_last_message_at_id"), "threads", ["brand", "last_message_at", "id"], unique=False
    )
    op.create_index(op.f("ix_threads_contact_id"), "threads", ["contact_id"], unique=False)
    op.create_index(op.f("ix_threads_last_message_at_id"), "threads", ["last_message_at", "id"], unique=False)
    op.create_table(
        "anchors",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("thread_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_anchors")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_anchors_thread_id"), "anchors", ["thread_id"], unique=False)


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("thread_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("post_id", sa.Text(), nullable=True),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=True),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("attachments", JSONColumn, nullable=False),
        sa.Column("capabilities", sa.String(), nullable=False),
        sa.Column("window_expires_at", UTCDateTime(), nullable=True),
        sa.Column("max_replies", sa.Integer(), nullable=True),
        sa.Column("handle", JSONColumn, nullable=False),
        sa.Column("worded_by", sa.Text(), nullable=True),
        sa.Column("edited_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_messages_interaction_id")),
    )
    op.create_index(op.f("ix_messages_account_id_object_id"), "messages", ["account_id", "object_id"], unique=False)
    op.create_index(
        op.f("ix_messages_thread_id_occurred_at_id"), "messages", ["thread_id", "occurred_at", "id"], unique=False
    )
    op.create_table(
        "replies",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("answers_until", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
    )


def _create_readings() -> None:
    op.create_table(
        "moderations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderations")),
    )
    op.create_index(op.f("ix_moderations_message_id_id"), "moderations", ["message_id", "id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("attachments", JSONColumn, nullable=False),
        sa.Column("worded_by", sa.Text(), nullable=True),
        sa.Column("edited_at", UTCDateTime(), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("hidden_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "object_id", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_worded_by"), "revisions", ["worded_by"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("sentiment", sa.String(length=16), nullable=True),
        sa.Column("assessment", JSONColumn, nullable=False),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_assessments")),
    )


def _create_people() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("followers", sa.Integer(), nullable=True),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_first_seen_at_id"), "contacts", ["first_seen_at", "id"], unique=False)
    op.create_table(
        "marks",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=True),
        sa.Column("post_id", sa.Text(), nullable=True),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("reaction", sa.Text(), nullable=True),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "subject", name=op.f("pk_marks")),
    )
    op.create_index(op.f("ix_marks_account_id_post_id"), "marks", ["account_id", "post_id"], unique=False)
    op.create_index(op.f("ix_marks_contact_id"), "marks", ["contact_id"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("roles", JSONColumn, nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )


def _create_surroundings() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "brands",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_brands")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("thread_id", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_thread_id_id"), "notes", ["thread_id", "id"], unique=False)
    op.create_table(
        "thread_tags",
        sa.Column("thread_id", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "tag", name=op.f("pk_thread_tags")),
    )
    op.create_index(op.f("ix_thread_tags_tag"), "thread_tags", ["tag"], unique=False)
