"""TikTok business accounts, both ways: comments, mentions and direct messages, answers and moderation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from huiying.crypto import mac
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Action, Interaction, Kind, Object
from ingest.clients.connectors import tiktok_api, tiktok_lists
from ingest.clients.connectors.abilities import AccountFigures, Listed, Moderation, PostFigures, PostsListed, Renewed
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    Credentials,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    SignatureRefused,
    StaleDelivery,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import check_json, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.tiktok_comments import (
    COMMENT_EVENT,
    lacks_author,
    read_comment,
    read_mention,
    read_post,
)
from ingest.clients.connectors.tiktok_messages import (
    NOTICE_OF_EUROPE,
    read_message,
    read_notice_of_europe,
    read_receipt,
    read_referral,
)
from ingest.clients.connectors.tiktok_notice import PLATFORM, Notice, open_notice

# TikTok repeats a delivery for three days, and documents no limit to the age of a signature.
TOLERANCE = timedelta(seconds=300)

_SIGNATURE_HEADER = "tiktok-signature"
_REQUIRED = frozenset({"client_key", "client_secret", "access_token"})
_CHECKS = MappingProxyType(dict.fromkeys((*_REQUIRED, "refresh_token", "unique_identifier"), any_text))


class TikTokConnector:
    """A business account's comments and direct messages."""

    platform = PLATFORM
    sends_are_idempotent = False
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()
    limits: Sequence[Limit] = (Limit(count=40, per=timedelta(minutes=1)),)
    feeds = tiktok_lists.FEEDS

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        # An address is registered by API, and nobody asks whether it is ours.
        return None

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "client_secret")
        timestamp, offered = _signature_in(request.headers.get(_SIGNATURE_HEADER, ""))
        signed = timestamp.encode() + b"." + request.body
        if not timestamp or not fits_any(offered, (mac(key.encode(), signed).hex().encode() for key in keys)):
            raise SignatureRefused(f"{_SIGNATURE_HEADER} is missing or not by the client secret of this account")
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            raise StaleDelivery(f"timestamp {timestamp} is more than {TOLERANCE} away from {now.isoformat()}")
        check_json(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        own_ids = tiktok_lists.own_ids(credentials)
        return _read(open_notice(parse_json(delivery.body), Origin.of_delivery(delivery, account), own_ids))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        if not body:
            return ()
        return _read(open_notice(parse_json(body), Origin.of_body(account, received_at), frozenset()))

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await tiktok_api.send(reply, access=access)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await tiktok_api.moderate(moderation, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await tiktok_lists.list_feed(feed, since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        waits = any(one.raw_kind == NOTICE_OF_EUROPE for one in interactions)
        return (tiktok_lists.MESSAGES,) if waits else ()

    def lacks_content(self, interaction: Interaction) -> bool:
        return lacks_author(interaction)

    async def complete(self, interaction: Interaction, *, access: Access) -> Interaction | None:
        return await tiktok_lists.complete(interaction, access=access)

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await tiktok_lists.list_posts(since=since, cursor=cursor, access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await tiktok_lists.measure_posts(post_ids, access=access)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await tiktok_lists.measure_account(access=access)

    def can_renew(self, access: Access) -> bool:
        return any(access.credentials.get("refresh_token", ()))

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        return await tiktok_api.renew(access=access, now=now)


def _signature_in(header: str) -> tuple[str, bytes]:
    """The seconds and the signature of `t=…,s=…`; nothing for what is neither."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    timestamp = parts.get("t", "")
    is_second = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    return (timestamp if is_second else "", parts.get("s", "").encode("utf-8", "surrogatepass"))


def _read(notice: Notice) -> Sequence[Interaction]:
    reader = _READERS.get(notice.event)
    return (reader(notice) if reader else ()) or (notice.unknown(),)


def _one(reader: Callable[[Notice], Interaction | None]) -> Callable[[Notice], Sequence[Interaction]]:
    def read(notice: Notice) -> Sequence[Interaction]:
        found = reader(notice)
        return (found,) if found is not None else ()

    return read


def _revoked(notice: Notice) -> Interaction:
    name = notice.stamp(None)
    return notice.told(
        Kind.SYSTEM,
        Action.REVOKED,
        native_key=f"revocation:{name}",
        thing=Object(id=name),
        actor=None,
        at=None,
        more={"reason": text_of(notice.content.get("reason"))},
    )


_READERS: Mapping[str, Callable[[Notice], Sequence[Interaction]]] = MappingProxyType(
    {
        # Some of these `im_receive_high_intent_comment` tells earlier, but without the video that an answer needs.
        COMMENT_EVENT: _one(read_comment),
        "brand.mention.event": _one(read_mention),
        "im_receive_msg": read_message,
        "im_send_msg": read_message,
        "im_mark_read_msg": _one(read_receipt),
        "im_referral_msg": _one(read_referral),
        NOTICE_OF_EUROPE: _one(read_notice_of_europe),
        "post.publish.publicly_available": _one(read_post),
        "post.publish.no_longer_publicly_available": _one(read_post),
        "authorization.removed": _one(_revoked),
    }
)
