"""Telegram bots: updates to a webhook, the Bot API back.

Telegram does not sign: a header repeats a secret that we chose, whatever the body. So the address is as secret as the
header, bodies are small, and an update that comes twice, or that is replayed, is the same interaction again.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from huiying.errors import TooLarge
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import api_calls, telegram_api
from ingest.clients.connectors.abilities import (
    AccountFigures,
    Moderation,
    PostFigures,
    PostsListed,
    Subscription,
    SubscriptionState,
)
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    Credentials,
    HookRequest,
    Limit,
    LimitScope,
    OutgoingReply,
    Sent,
    SignatureRefused,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import check_json, from_seconds, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.responses import shortened
from ingest.clients.connectors.telegram_messages import Bot
from ingest.clients.connectors.telegram_reading import PLATFORM, read_update

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name

# One update is a few kilobytes, and nothing vouches for the body before it is parsed.
_MAX_BODY_BYTES = 256 * 1024
# Of these Telegram tells only who asks for them by name.
_UPDATES = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,255}")
_NAME = re.compile(r"@?[A-Za-z0-9_]{4,32}")


def _secret_token(value: str) -> str | None:
    return None if _SECRET.fullmatch(value) else "must be 1 to 256 of the characters A-Z, a-z, 0-9, _ and -"


def _bot_token(value: str) -> str | None:
    return None if _TOKEN.fullmatch(value) else "must be as BotFather gives it: the bot's number, a colon, a secret"


def _username(value: str) -> str | None:
    return None if _NAME.fullmatch(value) else "must be the name by which people mention the bot"


_CHECKS = MappingProxyType(
    {"secret_token": _secret_token, "bot_token": _bot_token, "bot_username": _username, "channel_id": any_text}
)
_REQUIRED = frozenset({"secret_token", "bot_token"})


class TelegramConnector:
    """A Telegram bot, both ways.

    With `bot_username` it knows when a group speaks of it, with `channel_id` it counts that channel's subscribers.
    """

    platform = PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = (
        Limit(count=1, per=timedelta(seconds=1), scope=LimitScope.CONVERSATION),
        Limit(count=30, per=timedelta(seconds=1)),
    )
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        return None

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        expected = [secret.encode() for secret in secrets(credentials, "secret_token")]
        offered = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
        if not fits_any(offered, expected):
            raise SignatureRefused(f"{SECRET_HEADER} is missing or not the secret of this account")
        if len(request.body) > _MAX_BODY_BYTES:
            raise TooLarge(f"an update has at most {_MAX_BODY_BYTES} bytes, this one {len(request.body)}")
        check_json(request.body)
        return Proof.STATIC_TOKEN

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        pressed = _pressed_button(request.body) if b'"callback_query"' in request.body else None
        if pressed is None:
            return Acknowledgement()
        # Until it is told so, the person's app shows that the button is still being pressed.
        body = b'{"method":"answerCallbackQuery","callback_query_id":"%s"}' % pressed.encode()
        return Acknowledgement(content_type="application/json", body=body)

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        bot = Bot.of(account, credentials)
        return read_update(parse_json(delivery.body), Origin.of_delivery(delivery, account), bot)

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        if not body:
            return ()
        origin = Origin.of_body(account, received_at)
        return read_update(parse_json(body), origin, Bot.of(origin.account, {}))

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await telegram_api.send(reply, access=access)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await telegram_api.moderate(moderation, access=access)

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        arguments = {
            "url": hook_url,
            "secret_token": secrets(access.credentials, "secret_token")[0],
            "allowed_updates": _UPDATES,
            "drop_pending_updates": False,
        }
        await telegram_api.ask("setWebhook", arguments, access=access, said="setWebhook:")
        return await self.look_up_subscription(hook_url, access=access)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        info = mapping_of(await telegram_api.ask("getWebhookInfo", {}, access=access, said="getWebhookInfo:"))
        registered = text_of(info.get("url"))
        if registered != hook_url:
            detail = f"Telegram delivers to {api_calls.host_of(registered)}"
            return Subscription(state=SubscriptionState.INACTIVE, detail=detail)
        waiting, error = text_of(info.get("pending_update_count")), text_of(info.get("last_error_message"))
        story = [f"{waiting} updates wait"] if waiting and waiting != "0" else []
        if error:
            at = from_seconds(info.get("last_error_date"))
            story.append(f"last error {at.isoformat() if at else ''} {shortened(error)}")
        return Subscription(state=SubscriptionState.ACTIVE, detail="; ".join(story) or None)

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        # The Bot API tells of posts when they appear, and cannot list them.
        return PostsListed()

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return ()

    async def measure_account(self, *, access: Access) -> AccountFigures:
        channel = next(iter(access.credentials.get("channel_id", ())), None)
        if channel is None:
            return AccountFigures()
        count = await telegram_api.ask(
            "getChatMemberCount", {"chat_id": channel}, access=access, said="getChatMemberCount:"
        )
        return AccountFigures(followers=count if isinstance(count, int) and count >= 0 else None)


def _pressed_button(body: bytes) -> str | None:
    try:
        update = mapping_of(parse_json(body))
    except Unreadable:
        return None
    query_id = text_of(mapping_of(update.get("callback_query")).get("id"))
    return query_id if query_id and query_id.isascii() and query_id.isalnum() else None
