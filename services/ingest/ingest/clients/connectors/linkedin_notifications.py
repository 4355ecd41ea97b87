"""What happens on a LinkedIn page, read from its notifications, pushed or listed: both have the same words.

Things are known by their URNs, and one thing by two of them: a comment is `urn:li:comment:(activity:1,2)` where it is
named, and `urn:li:comment:(urn:li:activity:1,2)` where it is shown. Here it is always the latter.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import from_milliseconds, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of

PLATFORM = "linkedin"

_ORGANIZATION = "urn:li:organization:"
_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?([A-Za-z]+:[^,()]+),([^,()]+)\)")
_DOER = re.compile(r"\((urn:li:(?:person|member|organization):[^,()]+),")
_COMMENT_ANSWERS = ReplyOptions(capabilities=(Capability.PUBLIC_REPLY, Capability.LIKE))
_NO_ANSWERS = ReplyOptions()


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One notification, its common parts read. `made` is what came to be, `shown` what LinkedIn shows of it."""

    origin: Origin
    page: str | None
    raw: Mapping[str, Any]
    action: str
    made: str | None
    shown: Mapping[str, Any]
    at: datetime | None

    @property
    def name(self) -> str:
        """What tells it from its repetition: the moment, and the notification's own number without one."""
        return text_of(self.raw.get("lastModifiedAt")) or text_of(self.raw.get("notificationId")) or "-"

    def actor(self, someone: str | None, *, is_admin: bool = False) -> Actor | None:
        """Whoever has that URN; an administrator speaks for the page."""
        if someone is None:
            return Actor(id=self.page, is_self=True) if is_admin and self.page else None
        return Actor(id=someone, is_self=is_admin or someone in {self.page, self.origin.account.external_id})


def read_notification(element: object, origin: Origin) -> Interaction:
    """The interaction that a notification tells of; of kind `unknown` if we have no word for it."""
    raw = mapping_of(element)
    page, action = text_of(raw.get("organizationalEntity")), text_of(raw.get("action")) or "notification"
    decorated = mapping_of(raw.get("decoratedGeneratedActivity"))
    shown = mapping_of(decorated.get("comment")) or mapping_of(decorated.get("share"))
    made = text_of(raw.get("generatedActivity"))
    read = Notification(
        origin=origin.belonging_to(page),
        page=page,
        raw=raw,
        action=action,
        made=comment_urn(text_of(shown.get("entity")) or made),
        shown=shown,
        at=from_milliseconds(raw.get("lastModifiedAt")),
    )
    reader = _READERS.get(action)
    found = reader(read) if reader else None
    return found or read.origin.unknown(element, platform=PLATFORM, raw_kind=action, event=read.at)


def comment_urn(urn: str | None) -> str | None:
    """The one form of a comment's URN; any other URN as it is."""
    match = _COMMENT.fullmatch(urn or "")
    return f"urn:li:comment:(urn:li:{match[1]},{match[2]})" if match else urn


def page_urn(external_id: str) -> str:
    """The URN of the page that an account is; an account may be named by its number alone."""
    return external_id if external_id.startswith("urn:") else f"{_ORGANIZATION}{external_id}"


def _comment(notification: Notification) -> Interaction | None:
    urn = notification.made
    if urn is None:
        return None
    actions = {"COMMENT_EDIT": Action.UPDATED, "COMMENT_DELETE": Action.DELETED}
    action = actions.get(notification.action, Action.CREATED)
    keys = {Action.CREATED: f"comment:{urn}", Action.DELETED: f"comment:{urn}:deleted"}
    is_gone = action is Action.DELETED
    return _told(
        notification,
        Kind.COMMENT,
        action,
        native_key=keys.get(action, f"comment:{urn}:edited:{notification.name}"),
        thing=Object(id=urn, text=None if is_gone else _text(notification.shown)),
        actor=notification.actor(_author(notification), is_admin=notification.action == "ADMIN_COMMENT"),
        target=Target(
            post_id=_post(notification),
            parent_id=comment_urn(text_of(notification.shown.get("parentComment"))),
        ),
        answers=_COMMENT_ANSWERS,
    )


def _mention(notification: Notification) -> Interaction | None:
    return _shared(notification, Kind.MENTION, post_id=notification.made)


def _share(notification: Notification) -> Interaction | None:
    return _shared(notification, Kind.SHARE, post_id=_post(notification))


def _shared(notification: Notification, kind: Kind, *, post_id: str | None) -> Interaction | None:
    urn = notification.made
    if urn is None:
        return None
    return _told(
        notification,
        kind,
        Action.CREATED,
        native_key=f"{kind}:{urn}",
        thing=Object(id=urn, text=_text(notification.shown)),
        actor=notification.actor(_author(notification)),
        target=Target(post_id=post_id),
        answers=ReplyOptions(capabilities=(Capability.PUBLIC_REPLY, Capability.LIKE)),
    )


def _like(notification: Notification) -> Interaction | None:
    number = text_of(notification.raw.get("notificationId"))
    key = f"reaction:{notification.made or number or _post(notification) or ''}:{notification.name}"
    return _told(
        notification,
        Kind.REACTION,
        Action.CREATED,
        native_key=key,
        thing=Object(id=key, reaction="like"),
        actor=notification.actor(_author(notification)),
        target=Target(post_id=_post(notification)),
    )


def _post(notification: Notification) -> str | None:
    return text_of(notification.raw.get("sourcePost"))


def _author(notification: Notification) -> str | None:
    shown = notification.shown
    said = text_of(shown.get("owner")) or text_of(shown.get("actor")) or text_of(shown.get("author"))
    # Of a like nothing is shown, but its URN begins with whoever likes.
    doer = _DOER.search(notification.made or "")
    return said or (doer[1] if doer else None)


def _text(shown: Mapping[str, Any]) -> str | None:
    return (
        text_of(shown.get("text"))
        or text_of(mapping_of(shown.get("text")).get("text"))
        or text_of(mapping_of(shown.get("message")).get("text"))
        or text_of(shown.get("commentary"))
    )


def _told(
    notification: Notification,
    kind: Kind,
    action: Action,
    *,
    native_key: str,
    thing: Object,
    actor: Actor | None,
    target: Target,
    answers: ReplyOptions = _NO_ANSWERS,
) -> Interaction:
    origin = notification.origin
    occurred_at, source = origin.when(notification.at)
    # LinkedIn leaves out who may not be known; it is a person all the same.
    direction = Direction.INBOUND if actor is None else direction_of(actor)
    can_answer = direction is Direction.INBOUND and action is not Action.DELETED
    stranger = notification.page is not None and notification.page != page_urn(origin.account.external_id)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=direction,
        account=origin.account,
        actor=actor,
        object=thing,
        target=target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=answers if can_answer else _NO_ANSWERS,
        verified=origin.verified,
        raw_kind=notification.action,
        extensions={"organization": notification.page} if stranger else {},
    )


_READERS: Mapping[str, Callable[[Notification], Interaction | None]] = MappingProxyType(
    {
        "COMMENT": _comment,
        "ADMIN_COMMENT": _comment,
        "COMMENT_EDIT": _comment,
        "COMMENT_DELETE": _comment,
        "LIKE": _like,
        "SHARE": _share,
        "SHARE_MENTION": _mention,
    }
)
ACTIONS = tuple(_READERS)
"""Everything that LinkedIn notifies of."""
