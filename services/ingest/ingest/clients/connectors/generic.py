"""The generic source: whatever can sign a Standard Webhook, speaking our own words.

A bridge names the platform a thing truly comes from in `data.platform`; the interaction then belongs to that platform.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from huiying.errors import Invalid
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import (
    AccountRef,
    Action,
    Actor,
    Attachment,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from huiying.http.standard_webhooks import ID_HEADER, TIMESTAMP_HEADER
from ingest.clients.connectors import generic_replies, standard_webhooks
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    Credentials,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    Unreadable,
)
from ingest.clients.connectors.credentials import check_shape
from ingest.clients.connectors.foreign import (
    check_json,
    digest_of,
    from_rfc3339,
    list_of,
    mapping_of,
    parse_json,
    text_of,
)
from ingest.clients.connectors.origin import Origin, direction_of

_CHECKS = MappingProxyType(
    {
        "secret": standard_webhooks.check_secret,
        "public_key": standard_webhooks.check_public_key,
    }
)
_KINDS = frozenset({Kind.COMMENT, Kind.MESSAGE, Kind.MENTION, Kind.REACTION, Kind.SHARE, Kind.FOLLOW})
_ACTIONS = frozenset({Action.CREATED, Action.UPDATED, Action.DELETED, Action.REMOVED})
_TYPES: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {f"{kind}.{action}": (kind, action) for kind in _KINDS for action in _ACTIONS}
)
_ANSWERS: Mapping[Kind, ReplyOptions] = MappingProxyType(
    {
        Kind.COMMENT: ReplyOptions(capabilities=(Capability.PUBLIC_REPLY,)),
        Kind.MENTION: ReplyOptions(capabilities=(Capability.PUBLIC_REPLY,)),
        Kind.MESSAGE: ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE,)),
    }
)
_PLATFORM = re.compile(r"[a-z][a-z0-9_]{0,31}")


class GenericConnector:
    """Takes and sends Standard Webhooks."""

    platform = "generic"
    sends_are_idempotent = True
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent", ID_HEADER, TIMESTAMP_HEADER})
    kept_query: frozenset[str] = frozenset()

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=frozenset())
        if not credentials:
            raise Invalid("either secret or public_key is needed", pointer="/credentials/secret")

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        return None

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        proof = standard_webhooks.verify(
            request.body,
            request.headers,
            secrets=credentials.get("secret", ()),
            public_keys=credentials.get("public_key", ()),
            now=now,
        )
        check_json(request.body)
        return proof

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(status=202)

    def normalise(
        self,
        delivery: DeliveryAccepted,
        *,
        account: AccountRef,
        credentials: Credentials,
    ) -> Sequence[Interaction]:
        return (_read(parse_json(delivery.body), Origin.of_delivery(delivery, account)),)

    def normalise_body(
        self,
        body: bytes,
        *,
        content_type: str,
        account: AccountRef | None = None,
        received_at: datetime,
    ) -> Sequence[Interaction]:
        return (_read(parse_json(body), Origin.of_body(account, received_at)),) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await generic_replies.send(reply, access=access)


def _read(body: object, origin: Origin) -> Interaction:
    envelope = mapping_of(body)
    kind_and_action, data = text_of(envelope.get("type")), envelope.get("data")
    if kind_and_action is None or not isinstance(data, dict):
        raise Unreadable("a generic body is {type, timestamp, data}", pointer="/type" if data else "/data")
    platform = _platform_of(data)
    actor = _actor_of(data, origin)
    known = _TYPES.get(kind_and_action)
    if known is None:
        at = from_rfc3339(envelope.get("timestamp"))
        return origin.unknown(envelope, platform=platform, raw_kind=kind_and_action, actor=actor, event=at)
    return _interaction(envelope, data, kind=known[0], action=known[1], platform=platform, actor=actor, origin=origin)


def _interaction(
    envelope: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    kind: Kind,
    action: Action,
    platform: str,
    actor: Actor | None,
    origin: Origin,
) -> Interaction:
    object_id = text_of(data.get("id"))
    if object_id is None:
        raise Unreadable("data.id names the thing and must be there", pointer="/data/id")
    occurred_at, source = origin.when(from_rfc3339(envelope.get("timestamp")))
    direction = Direction.INBOUND if actor is None else direction_of(actor)
    return Interaction(
        id=origin.identify(platform, _native_key(kind, action, object_id, envelope)),
        platform=platform,
        kind=kind,
        action=action,
        direction=direction,
        account=origin.account,
        actor=actor,
        object=_object_of(object_id, data),
        target=_target_of(kind, data, actor),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(kind, action, direction),
        verified=origin.verified,
        raw_kind=f"{kind}.{action}",
        extensions={"url": url} if (url := text_of(data.get("url"))) else {},
    )


def _native_key(kind: Kind, action: Action, object_id: str, envelope: Mapping[str, Any]) -> str:
    # What happens to a thing may happen twice; that it came to be happens once, whenever somebody says so.
    if action is Action.CREATED:
        return f"{kind}:{object_id}"
    key = f"{kind}:{object_id}:{text_of(envelope.get('timestamp')) or digest_of(envelope)}"
    # A bridge that counts in seconds may change a thing and delete it within one; the deletion must not get lost.
    return key if action is Action.UPDATED else f"{key}:{action}"


def _answers(kind: Kind, action: Action, direction: Direction) -> ReplyOptions:
    if direction is not Direction.INBOUND or action not in {Action.CREATED, Action.UPDATED}:
        return ReplyOptions()
    return _ANSWERS.get(kind, ReplyOptions())


def _platform_of(data: Mapping[str, Any]) -> str:
    named = data.get("platform")
    if named is None:
        return GenericConnector.platform
    if not isinstance(named, str) or not _PLATFORM.fullmatch(named):
        raise Unreadable("data.platform must be a short lower-case name such as xiaohongshu", pointer="/data/platform")
    return named


def _actor_of(data: Mapping[str, Any], origin: Origin) -> Actor | None:
    author = mapping_of(data.get("author"))
    author_id = text_of(author.get("id"))
    if author_id is None:
        return None
    followers = author.get("followers")
    return Actor(
        id=author_id,
        name=text_of(author.get("name")),
        username=text_of(author.get("username")),
        url=text_of(author.get("url")),
        followers=followers if isinstance(followers, int) and 0 <= followers < 2**53 else None,
        is_self=author_id == origin.account.external_id,
    )


def _object_of(object_id: str, data: Mapping[str, Any]) -> Object:
    attachments = (mapping_of(item) for item in list_of(data.get("attachments")))
    return Object(
        id=object_id,
        text=text_of(data.get("text")),
        attachments=tuple(
            Attachment(
                kind=text_of(item.get("kind")) or text_of(item.get("type")) or "file",
                url=text_of(item.get("url")),
                media_id=text_of(item.get("media_id")),
                title=text_of(item.get("title")),
            )
            for item in attachments
        ),
        reaction=text_of(data.get("reaction")),
    )


def _target_of(kind: Kind, data: Mapping[str, Any], actor: Actor | None) -> Target | None:
    post = mapping_of(data.get("post"))
    post_id, parent_id = text_of(post.get("id")), text_of(data.get("parent_id"))
    conversation_id = text_of(data.get("conversation_id"))
    if conversation_id is None and kind is Kind.MESSAGE and actor is not None and not actor.is_self:
        conversation_id = actor.id
    target = Target(
        post_id=post_id,
        parent_id=parent_id if parent_id != post_id else None,
        conversation_id=conversation_id,
        post_url=text_of(post.get("url")),
        post_title=text_of(post.get("title")),
    )
    return None if target == Target() else target
