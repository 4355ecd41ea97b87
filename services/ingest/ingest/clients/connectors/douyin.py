"""Douyin: an account's messages, comments, followers and live rooms, both ways.

Events are signed by sha1(secret + body), which is no HMAC: who has seen one may append to it and sign the result, after
bytes of padding that no JSON has. So a body counts only if it is JSON to its last byte.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from huiying.events.replies import FailureReason
from ingest.clients.connectors import douyin_api, douyin_lists, douyin_live, douyin_replies
from ingest.clients.connectors.abilities import (
    AccountFigures,
    Feed,
    Listed,
    Moderation,
    PostFigures,
    PostsListed,
    Renewed,
)
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    CallRefused,
    Credentials,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    SignatureRefused,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.douyin_envelope import PLATFORM
from ingest.clients.connectors.douyin_events import read_event
from ingest.clients.connectors.foreign import check_json, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin

SIGNATURE_HEADER = "x-douyin-signature"

_JSON = "application/json"
_CHALLENGE_EVENT = "verify_webhook"
_ID_HEADER = "msg-id"
_LIVE_HEADERS = frozenset({douyin_live.TYPE_HEADER, douyin_live.ROOM_HEADER, douyin_live.TIMESTAMP_HEADER})
_CHECKS = MappingProxyType(
    dict.fromkeys(("client_key", "client_secret", "access_token", "refresh_token", "live_secret"), any_text)
)
_REQUIRED = frozenset({"client_key", "client_secret"})
_REFRESH_PATH = "/oauth/refresh_token/"
_PROLONG_PATH = "/oauth/renew_refresh_token/"
_LIFETIME_SECONDS = 15 * 24 * 3600


class DouyinConnector:
    """A Douyin account that has let an application speak for it."""

    platform = PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent", _ID_HEADER}) | _LIVE_HEADERS
    kept_query: frozenset[str] = frozenset()
    feeds: Sequence[Feed] = douyin_lists.FEEDS

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "POST" or _CHALLENGE_EVENT.encode() not in request.body:
            return None
        body = mapping_of(parse_json(request.body))
        if body.get("event") != _CHALLENGE_EVENT:
            return None
        _check_signature(request, credentials)
        challenge = mapping_of(body.get("content")).get("challenge")
        # The same number comes back, and nothing that is none.
        if text_of(challenge) is None or isinstance(challenge, float):
            raise Unreadable("a challenge is a number", pointer="/content/challenge")
        answer = msgspec.json.encode({"challenge": challenge})
        return Acknowledgement(content_type=_JSON, body=answer)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        if douyin_live.SIGNATURE_HEADER in request.headers and SIGNATURE_HEADER not in request.headers:
            live_secrets = secrets(credentials, "live_secret")
            douyin_live.verify(request.headers, request.body, secrets=live_secrets, now=now)
        else:
            _check_signature(request, credentials)
        # To the letter, after the hash: this is what makes the hash proof of the whole body.
        check_json(request.body)
        return Proof.BODY_DIGEST

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(content_type=_JSON, body=b'{"err_no":0,"err_tips":"success"}')

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        body, origin = parse_json(delivery.body), Origin.of_delivery(delivery, account)
        if isinstance(body, list):
            return douyin_live.read_push(body, origin, headers=delivery.headers)
        return (read_event(body, origin, name=text_of(delivery.headers.get(_ID_HEADER))),)

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        value, origin = parse_json(body) if body else {}, Origin.of_body(account, received_at)
        if not body or mapping_of(value).get("event") == _CHALLENGE_EVENT:
            return ()
        return (
            douyin_live.read_push(value, origin, headers={})
            if isinstance(value, list)
            else (read_event(value, origin),)
        )

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await douyin_replies.send(reply, access=access)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await douyin_replies.recall(moderation, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await douyin_lists.list_comments(since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await douyin_lists.list_posts(since=since, cursor=cursor, access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await douyin_lists.measure_posts(post_ids, access=access)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await douyin_lists.measure_account(access=access)

    def can_renew(self, access: Access) -> bool:
        return bool(access.credentials.get("refresh_token"))

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        said, form = "Douyin renews no token", _form(access)
        answer = await _renewed(_REFRESH_PATH, access, said, form={**form, "grant_type": "refresh_token"})
        data = douyin_api.data_of(answer)
        token, refresh_token = text_of(data.get("access_token")), text_of(data.get("refresh_token"))
        if token is None:
            raise CallRefused(f"{said}: it gave none", reason=FailureReason.NEEDS_RECONNECT)
        lasts_seconds = _seconds(data.get("expires_in"))
        if _seconds(data.get("refresh_expires_in")) <= lasts_seconds:
            # The token that renews would be gone before it is needed again. Douyin prolongs it five times.
            refresh_token = await _prolonged(access, form) or refresh_token
        renewed = {"access_token": token, **({"refresh_token": refresh_token} if refresh_token else {})}
        return Renewed(credentials=renewed, expires_at=now + timedelta(seconds=lasts_seconds))


def _check_signature(request: HookRequest, credentials: Credentials) -> None:
    keys = secrets(credentials, "client_secret")
    offered = request.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogatepass")
    if not fits_any(offered, (signature_of(request.body, secret=key).encode() for key in keys)):
        raise SignatureRefused(f"{SIGNATURE_HEADER} is missing or not by the client_secret of this account")


def signature_of(body: bytes, *, secret: str) -> str:
    """The value of X-Douyin-Signature for this body."""
    return hashlib.sha1(secret.encode() + body, usedforsecurity=False).hexdigest()


def _form(access: Access) -> dict[str, str]:
    return {
        "client_key": secrets(access.credentials, "client_key")[0],
        "refresh_token": secrets(access.credentials, "refresh_token")[0],
    }


async def _renewed(path: str, access: Access, said: str, *, form: dict[str, str]) -> douyin_api.Answer:
    try:
        return await douyin_api.ask_by_form(path, access=access, said=said, form=form)
    except CallRefused as error:
        # Whatever is wrong with the token that renews, only the account's owner can give another.
        raise CallRefused(str(error), reason=FailureReason.NEEDS_RECONNECT) from error


async def _prolonged(access: Access, form: dict[str, str]) -> str | None:
    try:
        answer = await _renewed(_PROLONG_PATH, access, "Douyin prolongs no token", form=form)
    except CallRefused:
        # The account is good until then, and the next renewal will say that it has to be connected again.
        return None
    return text_of(douyin_api.data_of(answer).get("refresh_token"))


def _seconds(value: object) -> int:
    text = text_of(value) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else _LIFETIME_SECONDS
