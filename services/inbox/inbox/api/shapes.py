"""What the inbox's requests and responses are made of, and what every route of it depends on.

What is not known or not computed is absent from an answer, so views are made of what there is: routes leave out what
was not set.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.events.assessments import IntentCode, RiskCode, SentimentLabel
from huiying.events.interactions import Capability, Direction
from huiying.http.etag import IfMatch
from huiying.service.dependencies import opened, viewed
from inbox.api.assessment_shapes import ReasonView
from inbox.domain.reading import Readings
from inbox.domain.reply import Answerable
from inbox.domain.thread import Status
from inbox.storage.threads import thread_from
from inbox.storage.unit import InboxUnit
from inbox.usecases.take_thread import Request

Writing = Annotated[InboxUnit, Depends(opened, scope="function")]
Viewing = Annotated[InboxUnit, Depends(viewed, scope="function")]

Reader = Annotated[Principal, Depends(require(Permission.THREADS_READ))]
Worker = Annotated[Principal, Depends(require(Permission.THREADS_WORK))]
Answerer = Annotated[Principal, Depends(require(Permission.THREADS_REPLY))]

_ID = r"^[0-9A-Za-z-]{1,64}$"
# PostgreSQL keeps no NUL in text.
_NO_NUL = r"^[^\x00]*$"

ThreadIdOf = Annotated[str, Path(pattern=_ID, description="The thread's id.")]
MessageIdOf = Annotated[str, Path(pattern=_ID, description="The message's id.")]
ContactIdOf = Annotated[str, Path(pattern=_ID, description="The contact's id.")]
IdIn = Annotated[str, StringConstraints(pattern=_ID)]
MemberIdIn = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000, pattern=_NO_NUL)]
Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_NO_NUL)]
TagIn = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$")
]


class Asked(BaseModel):
    """A request's body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def request_of(thread_id: ThreadIdOf, principal: Worker, if_match: IfMatch = None) -> Request:
    """What is asked to be done to a thread."""
    return Request(thread_id=thread_id, principal=principal, if_match=if_match)


WorkOn = Annotated[Request, Depends(request_of)]
"""A route's parameter for a thread that is to be changed by somebody who works on threads."""


class AccountView(BaseModel):
    """The account on which it happens; what it is called may be heard later than what happens on it."""

    id: str
    external_id: str | None = None
    name: str | None = None


class ContactRefView(BaseModel):
    """The person a thread is about."""

    id: str
    name: str | None = None
    username: str | None = None
    url: str | None = None
    followers: int | None = None


class ClaimView(BaseModel):
    """Who keeps others off the thread, and how long."""

    member: str
    until: datetime


class PostView(BaseModel):
    """What is commented on."""

    id: str | None = None
    url: str | None = None
    title: str | None = None


class LastMessageView(BaseModel):
    """The newest message, for a list."""

    text: str | None
    at: datetime
    direction: Direction


class ReplyRoomView(BaseModel):
    """How the newest message may be answered, how often still, and until when."""

    message_id: str
    capabilities: list[Capability]
    window_expires_at: datetime | None = None
    replies_left: int | None = None


class ThreadView(BaseModel):
    """A thread. What is not known or not computed is absent."""

    id: str
    brand: str
    platform: str
    kind: Literal["comment", "message", "mention"]
    account: AccountView
    contact: ContactRefView | None = None
    post: PostView | None = None
    status: Status
    snoozed_until: datetime | None = None
    assignee: str | None = None
    claim: ClaimView | None = None
    sentiment: SentimentLabel | None = None
    intents: list[IntentCode] | None = Field(default=None, description="Of the newest message and of all that wait.")
    risks: list[RiskCode] | None = Field(default=None, description="Of the newest message and of all that wait.")
    urgency: float | None = Field(default=None, description="Of the most urgent that waits, 0 to 1; 0 if nothing does.")
    urgency_reasons: list[ReasonView] | None = None
    tags: list[str]
    last_message: LastMessageView
    reply: ReplyRoomView | None = Field(default=None, description="Of one thread; a list leaves it out.")
    message_count: int
    unread: int = Field(description="What people said since the last answer or resolution.")
    version: int
    created_at: datetime
    updated_at: datetime


def reply_room_view(message: Answerable) -> ReplyRoomView:
    """How a message may be answered."""
    return ReplyRoomView(
        message_id=message.id,
        **known(
            capabilities=[Capability(name) for name in message.capabilities],
            window_expires_at=message.window_expires_at,
            replies_left=message.replies_left,
        ),
    )


def thread_view(row: Row[Any], *, tags: list[str], now: datetime, reply: ReplyRoomView | None = None) -> ThreadView:
    """A thread as it is shown; `row` is one of `inbox.storage.lists.threads`."""
    thread = thread_from(row)
    last = LastMessageView(
        text=thread.last_message_text, at=thread.last_message_at, direction=thread.last_message_direction
    )
    account = {"id": thread.account_id, "external_id": row.account_external_id, "name": row.account_name}
    holder = thread.holder(now=now)
    return ThreadView.model_validate(
        known(
            id=thread.id,
            brand=thread.brand,
            platform=thread.platform,
            kind=thread.kind.value,
            account=AccountView(**known(**account)),
            contact=_contact(row),
            post=_post(row),
            status=thread.status,
            snoozed_until=thread.snoozed_until,
            assignee=thread.assignee,
            claim=ClaimView(member=holder, until=thread.claimed_until or now) if holder else None,
            sentiment=thread.sentiment,
            **_reading(thread.readings),
            tags=tags,
            last_message=last,
            reply=reply,
            message_count=thread.message_count,
            unread=thread.unread,
            version=thread.version,
            created_at=thread.created_at,
            updated_at=thread.updated_at,
        )
    )


def known(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def _reading(readings: Readings) -> dict[str, Any]:
    if readings.newest is None:
        return {}
    return {
        "intents": readings.intents,
        "risks": readings.risks,
        "urgency": readings.urgency,
        "urgency_reasons": [msgspec.to_builtins(reason) for reason in readings.urgency_reasons],
    }


def _contact(row: Row[Any]) -> ContactRefView | None:
    if row.contact_id is None:
        return None
    names = ("name", "username", "url", "followers")
    return ContactRefView(id=row.contact_id, **known(**{name: getattr(row, f"contact_{name}") for name in names}))


def _post(row: Row[Any]) -> PostView | None:
    fields = known(id=row.post_id, url=row.post_url, title=row.post_title)
    return PostView(**fields) if fields else None
