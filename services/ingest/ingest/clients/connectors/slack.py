"""Slack apps: events, commands and buttons in, messages back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from huiying.crypto import mac
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction, Kind
from ingest.clients.connectors import slack_api, slack_lists
from ingest.clients.connectors.abilities import Feed, Listed, Moderation
from ingest.clients.connectors.asked_names import AskedNames
from ingest.clients.connectors.connector import (
    PLAIN_TEXT,
    Access,
    Acknowledgement,
    Credentials,
    HookRequest,
    Limit,
    LimitScope,
    OutgoingReply,
    Sent,
    SignatureRefused,
    StaleDelivery,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import check_json, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.slack_api import SlackRefused
from ingest.clients.connectors.slack_events import read_event
from ingest.clients.connectors.slack_forms import check_form, is_form, read_form
from ingest.clients.connectors.slack_messages import PLATFORM

SIGNATURE_HEADER, TIMESTAMP_HEADER = "x-slack-signature", "x-slack-request-timestamp"
TOLERANCE = timedelta(seconds=300)

_VERSION = "v0"
_CHECKS = MappingProxyType({"signing_secret": any_text, "bot_token": any_text})
_NAMED = frozenset({Kind.MESSAGE, Kind.MENTION, Kind.COMMENT})


class SlackConnector:
    """A Slack app in one workspace, both ways. Its account's external id is the workspace's `team_id`."""

    platform = PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = (Limit(count=1, per=timedelta(seconds=1), scope=LimitScope.CONVERSATION),)
    kept_headers = frozenset({"user-agent", "x-slack-retry-num", "x-slack-retry-reason"})
    kept_query: frozenset[str] = frozenset()
    feeds: Sequence[Feed] = slack_lists.FEEDS

    def __init__(self) -> None:
        self._names = AskedNames()

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=frozenset(_CHECKS))

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "POST" or b'"url_verification"' not in request.body:
            return None
        self.verify(request, credentials, now=request.received_at)
        question = {} if is_form(request.body) else mapping_of(parse_json(request.body))
        if question.get("type") != "url_verification":
            return None
        challenge = (text_of(question.get("challenge")) or "").encode("utf-8", "surrogatepass")
        return Acknowledgement(content_type=PLAIN_TEXT, body=challenge)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "signing_secret")
        timestamp = request.headers.get(TIMESTAMP_HEADER, "")
        signed = f"{_VERSION}:{timestamp}:".encode("utf-8", "surrogatepass") + request.body
        macs = [f"{_VERSION}={mac(key.encode(), signed).hex()}".encode() for key in keys]
        offered = request.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogatepass")
        if not fits_any(offered, macs):
            raise SignatureRefused(f"{SIGNATURE_HEADER} is missing or not by the signing secret of this account")
        _check_age(timestamp, now)
        if is_form(request.body):
            check_form(request.body)
        else:
            check_json(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return _read(delivery.body, Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return _read(body, Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await slack_api.send(reply, access=access)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await slack_api.moderate(moderation, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await slack_lists.list_feed(feed, since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    def lacks_content(self, interaction: Interaction) -> bool:
        return interaction.kind in _NAMED and self._names.is_missing(interaction)

    async def complete(self, interaction: Interaction, *, access: Access) -> Interaction | None:
        if interaction.actor is None:
            return None
        try:
            answer = await slack_api.ask(
                "users.info", access=access, said="users.info:", params={"user": interaction.actor.id}
            )
        except SlackRefused as refusal:
            # An app may be allowed to hear and to speak, and not to look people up.
            if refusal.error in {"user_not_found", "user_not_visible", "missing_scope"}:
                return None
            raise
        user = mapping_of(answer.get("user"))
        name = text_of(user.get("real_name")) or text_of(user.get("name"))
        return self._names.told(interaction, name) if name else None


def _read(body: bytes, origin: Origin) -> Sequence[Interaction]:
    return read_form(body, origin) if is_form(body) else read_event(parse_json(body), origin)


def _check_age(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefused(f"{TIMESTAMP_HEADER} must be whole seconds since 1970")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise StaleDelivery(f"{TIMESTAMP_HEADER} {timestamp} is more than {TOLERANCE} away from {now.isoformat()}")
