"""Answering through WeChat's API: customer-service messages, and the access token that they need.

WeChat says no with HTTP 200 and an `errcode` in the body. A code that is not known here is a refusal.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from huiying.clock import monotonic_seconds
from huiying.crypto import fingerprint
from huiying.events.replies import FailureReason
from huiying.http.client import DestinationRefused, HTTPClient, OutcomeUnknown, Response
from ingest.clients.connectors.connector import CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://api.weixin.qq.com"

_SEND_PATH = "/cgi-bin/message/custom/send"
_TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105 - a path
_BUSY = -1
_WINDOW_CLOSED = 45015
_RATE_CODES = frozenset({45009, 45011})
_TOKEN_CODES = frozenset({40001, 40014, 42001})
# A token is given up a little early, so that none runs out on its way.
_TOKEN_MARGIN = timedelta(minutes=5)
_TOKEN_LIFETIME_SECONDS = 7200
_MOST_TOKENS = 10_000


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where one account speaks, and what it proves itself with. The newest secret comes first."""

    client: HTTPClient
    api_base: str
    app_id: str
    app_secrets: tuple[str, ...]

    @property
    def key(self) -> str:
        """What a token was issued for: another secret or address needs another token."""
        return fingerprint("\n".join((self.api_base, self.app_id, *self.app_secrets)))


class TokenRefused(CallRefused):
    """WeChat does not take the access token; another may do."""


class AccessTokens:
    """The access tokens in use, each until shortly before it runs out.

    `stable_token` answers everyone who asks with the same token, so replicas do not push one another out.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}

    async def token(self, channel: Channel) -> str:
        """A token believed to be good."""
        token, expires_at = self._tokens.get(channel.key, ("", 0.0))
        if monotonic_seconds() < expires_at:
            return token
        return await self.renewed(channel, force=False)

    async def renewed(self, channel: Channel, *, force: bool) -> str:
        """A token asked for anew; by force, one that WeChat had not given out before (it allows that rarely).

        Raises CallRefused if no secret earns one, PlatformBusy or the client's Unreached if that cannot be known now.
        """
        refusal = CallRefused("the account has no app_secret", reason=FailureReason.NEEDS_RECONNECT)
        for secret in channel.app_secrets:
            try:
                token, lifetime_seconds = await _fetch(channel, secret, force=force)
            except CallRefused as error:
                refusal = error
                continue
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            margin = _TOKEN_MARGIN.total_seconds()
            self._tokens[channel.key] = (token, monotonic_seconds() + max(lifetime_seconds - margin, 0))
            return token
        raise refusal


async def send(reply: OutgoingReply, *, channel: Channel, tokens: AccessTokens) -> Sent:
    """Send the reply as a customer-service message.

    Raises as `Connector.send` promises. A token that has run out is renewed once; nothing was sent with it.
    """
    content = _content(reply)
    token = await tokens.token(channel)
    try:
        return await _post(reply, content, channel=channel, token=token)
    except TokenRefused:
        renewed = await tokens.renewed(channel, force=False)
        if renewed == token:
            renewed = await tokens.renewed(channel, force=True)
        return await _post(reply, content, channel=channel, token=renewed)


def _content(reply: OutgoingReply) -> bytes:
    person = reply.target.counterpart_id or reply.target.conversation_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: attachments cannot be sent to WeChat yet, only text")
    # WeChat shows \u escapes as they are, so the text goes out as UTF-8 (which msgspec writes).
    return msgspec.json.encode({"touser": person, "msgtype": "text", "text": {"content": reply.text}})


async def _post(reply: OutgoingReply, content: bytes, *, channel: Channel, token: str) -> Sent:
    response = await _call(channel, _SEND_PATH, params={"access_token": token}, content=content)
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(f"reply {reply.reply_id}: WeChat answered {response.status}")
    body = object_in(response)
    code = _code(body)
    if response.is_success and code == 0:
        return Sent(object_id=text_of(body.get("msgid")))
    if response.is_success and code is None:
        raise OutcomeUnknown(f"reply {reply.reply_id}: WeChat answered without an errcode")
    raise _failure(response, body, said=f"reply {reply.reply_id}: WeChat answered")


async def _fetch(channel: Channel, secret: str, *, force: bool) -> tuple[str, float]:
    question = {
        "grant_type": "client_credential",
        "appid": channel.app_id,
        "secret": secret,
        "force_refresh": force,
    }
    said = f"WeChat gives {channel.app_id} no access token:"
    try:
        response = await _call(channel, _TOKEN_PATH, params={}, content=msgspec.json.encode(question))
    except OutcomeUnknown as error:
        # Asking for a token twice does no harm, and no reply has left yet.
        raise PlatformBusy(f"{said} no answer") from error
    body = object_in(response)
    token, lifetime = text_of(body.get("access_token")), body.get("expires_in")
    if response.is_success and token is not None:
        return token, lifetime if isinstance(lifetime, int) else _TOKEN_LIFETIME_SECONDS
    if response.status >= 500:
        raise PlatformBusy(f"{said} {response.status}", retry_after_seconds=30)
    failure = _failure(response, body, said=said)
    if isinstance(failure, CallRefused):
        raise CallRefused(str(failure), reason=FailureReason.NEEDS_RECONNECT)
    raise failure


async def _call(channel: Channel, path: str, *, params: Mapping[str, str], content: bytes) -> Response:
    try:
        return await channel.client.request(
            "POST",
            f"{channel.api_base}{path}",
            params=params,
            headers={"content-type": "application/json"},
            content=content,
        )
    except DestinationRefused as error:
        raise CallRefused(f"the api_base of {channel.app_id} may not be called: {error}") from error


def _failure(response: Response, body: Mapping[str, Any], *, said: str) -> Exception:
    code = _code(body)
    message = f"{said} {code if code is not None else response.status} {shortened(body.get('errmsg', ''))}".rstrip()
    if code in _RATE_CODES or response.status == 429:
        return rate_limited(response, message)
    if code == _BUSY:
        return PlatformBusy(message, retry_after_seconds=10)
    if code in _TOKEN_CODES:
        return TokenRefused(message, reason=FailureReason.NEEDS_RECONNECT)
    if code == _WINDOW_CLOSED:
        return CallRefused(message, reason=FailureReason.WINDOW_CLOSED)
    return CallRefused(message)


def _code(body: Mapping[str, Any]) -> int | None:
    code = body.get("errcode")
    return code if isinstance(code, int) else None
