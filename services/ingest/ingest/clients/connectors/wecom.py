"""WeCom (企业微信): apps, whose pushes are always sealed, and customer service (微信客服), fetched after a notice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from huiying.clock import monotonic_seconds
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import wecom_api
from ingest.clients.connectors.abilities import Feed, Listed
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import (
    PLAIN_TEXT,
    Access,
    Acknowledgement,
    CallRefused,
    Credentials,
    HandshakeRefused,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, secrets
from ingest.clients.connectors.foreign import BOM, list_of, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_crypto import check_aes_key
from ingest.clients.connectors.wechat_fields import read_fields, sealed_part
from ingest.clients.connectors.wechat_proof import (
    check_age,
    check_sealed,
    check_size,
    is_address_signed,
    opened,
    unsealed,
)
from ingest.clients.connectors.wecom_kf import read_element
from ingest.clients.connectors.wecom_messages import PLATFORM, SYNC_TICKET, notices_in, read_push

_RECEIVER = "corp_id"
_FEED = "kf"
# WeCom takes a notice's ticket for ten minutes.
_TICKET_LIFETIME = timedelta(minutes=9)
_MOST_TICKETS = 10_000


def _whole_number(value: str) -> str | None:
    return None if value.isascii() and value.isdecimal() else "must be a whole number"


_CHECKS = MappingProxyType(
    {
        "corp_id": any_text,
        "secret": any_text,
        "token": any_text,
        "encoding_aes_key": check_aes_key,
        "agent_id": _whole_number,
    }
)
_REQUIRED = frozenset({"corp_id", "secret", "token", "encoding_aes_key"})


class WeComConnector:
    """A WeCom app, both ways, and the customer-service accounts that it may speak for.

    Customer service can be listed as the feed `kf`, which is all of its accounts, or as `kf:{open_kfid}`, one of them.
    """

    platform = PLATFORM
    # WeCom does not say whether it takes one msgid twice, and what was said by API it never tells.
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent"})
    kept_query = frozenset({"timestamp", "nonce"})
    feeds: Sequence[Feed] = (Feed(name=_FEED, every=timedelta(minutes=10), keeps_cursor=True),)

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens
        self._tickets: dict[tuple[str, str], tuple[str, float]] = {}

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        sealed = request.query.get("echostr", "")
        if not is_address_signed(request, secrets(credentials, "token"), sealed, name="msg_signature"):
            raise HandshakeRefused("msg_signature is not by the token of this account")
        secrets(credentials, "encoding_aes_key")
        try:
            echo = unsealed(sealed, credentials, receiver=_RECEIVER)
        except Unreadable as error:
            raise HandshakeRefused(f"echostr is signed, but {error}") from error
        return Acknowledgement(content_type=PLAIN_TEXT, body=echo)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        check_size(request.body)
        check_sealed(request, credentials, receiver=_RECEIVER)
        check_age(request, now)
        return Proof.AES

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        fields = opened(read_fields(delivery.body), credentials, receiver=_RECEIVER)
        return (read_push(fields, Origin.of_delivery(delivery, account)),)

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        """A push that was opened already, or a page of what customer service gives to who asks."""
        if not body:
            return ()
        origin = Origin.of_body(account, received_at)
        fields = read_fields(body)
        if sealed_part(fields) and "MsgType" not in fields:
            raise Unreadable("the body is encrypted; only its account can open it")
        page = _page_in(body)
        return (read_push(fields, origin),) if page is None else tuple(read_element(one, origin) for one in page)

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        account = wecom_api.account_of(access, self._tokens)
        return await wecom_api.send(reply, account=account, agent_ids=access.credentials.get("agent_id", ()))

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        kind, _, service_account = feed.partition(":")
        if kind != _FEED:
            raise CallRefused(f"WeCom has no feed {feed}")
        if service_account:
            return await self._fetch(service_account, cursor=cursor, access=access, now=now)
        return await self._fetch_all(cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        feeds: dict[str, None] = {}
        for interaction in interactions:
            service_account = notices_in(interaction)
            if service_account is None:
                continue
            feeds[f"{_FEED}:{service_account}"] = None
            ticket = interaction.reply.handle.get(SYNC_TICKET)
            if ticket is not None:
                self._keep_ticket((interaction.account.id, service_account), ticket)
        return tuple(feeds)

    async def _fetch(self, service_account: str, *, cursor: str | None, access: Access, now: datetime) -> Listed:
        ticket, expires_at = self._tickets.get((access.account.id, service_account), ("", 0.0))
        elements, following, has_more = await wecom_api.fetch_messages(
            service_account,
            cursor=cursor,
            ticket=ticket if monotonic_seconds() < expires_at else None,
            account=wecom_api.account_of(access, self._tokens),
        )
        origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
        return Listed(
            interactions=[read_element(element, origin) for element in elements], cursor=following, has_more=has_more
        )

    async def _fetch_all(self, cursor: str | None, *, access: Access, now: datetime) -> Listed:
        """A page of every account: what notices that got lost would have told. Its cursor holds one for each."""
        cursors = {name: text_of(value) for name, value in mapping_of(parse_json((cursor or "{}").encode())).items()}
        interactions: list[Interaction] = []
        has_more = False
        for service_account in await wecom_api.list_service_accounts(wecom_api.account_of(access, self._tokens)):
            listed = await self._fetch(service_account, cursor=cursors.get(service_account), access=access, now=now)
            interactions += listed.interactions
            cursors[service_account] = listed.cursor
            has_more |= listed.has_more
        kept = msgspec.json.encode(cursors, order="sorted").decode()
        return Listed(interactions=interactions, cursor=kept, has_more=has_more)

    def _keep_ticket(self, place: tuple[str, str], ticket: str) -> None:
        if len(self._tickets) >= _MOST_TICKETS:
            self._tickets.clear()
        self._tickets[place] = (ticket, monotonic_seconds() + _TICKET_LIFETIME.total_seconds())


def _page_in(body: bytes) -> list[object] | None:
    if body.removeprefix(BOM).lstrip()[:1] != b"{":
        return None
    value = mapping_of(parse_json(body))
    return list_of(value["msg_list"]) if "MsgType" not in value and "msg_list" in value else None
