"""LINE Official Accounts: signed events in, replies and pushes out."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from huiying.clock import Clock, SystemClock
from huiying.crypto import mac
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction, Kind
from ingest.clients.connectors import api_calls, line_api
from ingest.clients.connectors.abilities import (
    AccountFigures,
    PostFigures,
    PostsListed,
    Subscription,
    SubscriptionState,
)
from ingest.clients.connectors.asked_names import AskedNames
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    Credentials,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    SignatureRefused,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import check_json, parse_json, text_of
from ingest.clients.connectors.line_events import PLATFORM, read_events
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.responses import object_in

SIGNATURE_HEADER = "x-line-signature"

_ENDPOINT = "/v2/bot/channel/webhook/endpoint"
_CHECKS = MappingProxyType({"channel_secret": any_text, "channel_access_token": any_text})
_NAMED = frozenset({Kind.MESSAGE, Kind.MENTION, Kind.FOLLOW, Kind.COMMAND})


class LINEConnector:
    """A LINE Official Account, both ways. Its events tell ids; the names are asked for."""

    platform = PLATFORM
    # A push is, by its retry key; an answer by token is tried again only while the token tells.
    sends_are_idempotent = True
    limits: Sequence[Limit] = (Limit(count=2000, per=timedelta(seconds=1)),)
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._names = AskedNames()

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=frozenset(_CHECKS))

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        return None

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "channel_secret")
        offered = request.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogatepass")
        macs = (base64.b64encode(mac(key.encode(), request.body)) for key in keys)
        if not fits_any(offered, macs):
            raise SignatureRefused(f"{SIGNATURE_HEADER} is missing or not by the channel secret of this account")
        check_json(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return read_events(parse_json(delivery.body), Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return read_events(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await line_api.send(reply, access=access)

    def lacks_content(self, interaction: Interaction) -> bool:
        return interaction.kind in _NAMED and self._names.is_missing(interaction)

    async def complete(self, interaction: Interaction, *, access: Access) -> Interaction | None:
        if interaction.actor is None:
            return None
        place = interaction.target.conversation_id if interaction.target else None
        name = await line_api.profile_name(place, interaction.actor.id, access=access)
        return self._names.told(interaction, name) if name else None

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        await line_api.ask("PUT", _ENDPOINT, access=access, said="webhook endpoint:", json={"endpoint": hook_url})
        return await self.look_up_subscription(hook_url, access=access)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        response = await line_api.ask("GET", _ENDPOINT, access=access, said="webhook endpoint:")
        found = object_in(response) if response.is_success else {}
        endpoint = text_of(found.get("endpoint"))
        if endpoint != hook_url:
            detail = f"LINE delivers to {api_calls.host_of(endpoint)}"
            return Subscription(state=SubscriptionState.INACTIVE, detail=detail)
        if found.get("active") is not True:
            detail = "“Use webhook” is switched off in the channel's settings; only its owner can switch it on"
            return Subscription(state=SubscriptionState.INACTIVE, detail=detail)
        return Subscription(state=SubscriptionState.ACTIVE)

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        # What an account broadcasts is in its own console and in no list.
        return PostsListed()

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return ()

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return AccountFigures(followers=await line_api.count_followers(access=access, now=self._clock.now()))
