"""WebSub from the subscriber's side: asking a hub for pushes, knowing which were asked for, and who pushed.

A hub asks back at the hook whether we want what was subscribed there, and the hook must deny what we never asked for.
Nothing is stored for that: the address given to the hub carries a mark that only the account's secret can make for
that one topic.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urlencode

import msgspec

from huiying.clock import SystemClock
from huiying.errors import NotFound
from huiying.http.client import Response
from ingest.clients.connectors.abilities import Subscription, SubscriptionState
from ingest.clients.connectors.api_calls import call
from ingest.clients.connectors.connector import (
    PLAIN_TEXT,
    Access,
    Acknowledgement,
    CallRefused,
    HookRequest,
    PlatformBusy,
)
from ingest.clients.connectors.credentials import any_text, fits_any
from ingest.clients.connectors.responses import rate_limited, shortened

SIGNATURE_HEADER = "x-hub-signature"
MARK = "topic_mark"

_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_LONGEST_SECRET = 199
_MARK_CHARACTERS = 32
# Hubs grant ten days at most and five unasked; what was granted is told to the hook and shown on the hub's page.
_LEASE = timedelta(days=5)


class TopicRefused(NotFound):
    """A hub asks whether we want something that was never asked for."""

    code = "topic_refused"


def check_secret(value: str) -> str | None:
    """What is wrong with a secret for a hub, as a sentence, or nothing."""
    return any_text(value) or ("must be shorter than 200 characters" if len(value) > _LONGEST_SECRET else None)


def answer_verification(request: HookRequest, *, secrets: Sequence[str]) -> Acknowledgement:
    """The hub's challenge, for a topic that one of these secrets has marked.

    Raises TopicRefused for any other, and for everything but a subscription: none of ours is ever taken back.
    """
    query = request.query
    topic, offered = query.get("hub.topic", ""), query.get(MARK, "").encode("utf-8", "surrogatepass")
    is_ours = fits_any(offered, (_mark(topic, secret).encode() for secret in secrets))
    if query.get("hub.mode") != "subscribe" or not is_ours:
        raise TopicRefused("no subscription to that was asked for here")
    challenge = query.get("hub.challenge", "").encode("utf-8", "surrogatepass")
    return Acknowledgement(content_type=PLAIN_TEXT, body=challenge)


def is_signed(request: HookRequest, *, secrets: Iterable[str]) -> bool:
    """Whether a push was signed with one of these secrets, by any of the methods that WebSub knows."""
    method, _, offered = request.headers.get(SIGNATURE_HEADER, "").partition("=")
    if method not in _METHODS:
        return False
    macs = (hmac.digest(secret.encode(), request.body, method).hex().encode() for secret in secrets)
    return fits_any(offered.encode("utf-8", "surrogatepass"), macs)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be pushed where, by which hub, and the secret it signs with."""

    hook_url: str
    hub: str
    topic: str
    secret: str

    @property
    def callback(self) -> str:
        """The address for the hub, marked."""
        return f"{self.hook_url}?{MARK}={_mark(self.topic, self.secret)}"


async def subscribe(wanted: Wanted, *, access: Access) -> Subscription:
    """Have it pushed; the hub verifies the hook before it answers. To repeat it renews the lease.

    Raises CallRefused, PlatformBusy, or what the client raises.
    """
    form = {
        "hub.mode": "subscribe",
        "hub.topic": wanted.topic,
        "hub.callback": wanted.callback,
        "hub.secret": wanted.secret,
        "hub.lease_seconds": str(int(_LEASE.total_seconds())),
        # Of WebSub's predecessor, whose hubs are still the ones in use; others overlook it.
        "hub.verify": "sync",
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = await call(
        "POST", f"{wanted.hub}/subscribe", access=access, headers=headers, content=urlencode(form).encode()
    )
    if not response.is_success:
        raise _failure(response)
    detail = "the hub has yet to verify the hook" if response.status == 202 else None
    expires_at = SystemClock().now() + _LEASE
    return Subscription(state=SubscriptionState.ACTIVE, detail=detail, expires_at=expires_at)


async def look_up(wanted: Wanted, *, access: Access) -> Subscription:
    """What the hub's page says about the subscription. There is no API for it, only that page for people.

    Raises PlatformBusy if it cannot be understood, and what `subscribe` raises.
    """
    question = {"hub.callback": wanted.callback, "hub.topic": wanted.topic, "hub.secret": wanted.secret}
    response = await call("GET", f"{wanted.hub}/subscription-details", access=access, params=question)
    if not response.is_success:
        raise _failure(response)
    page = _DetailsPage()
    page.feed(response.body.decode("utf-8", "replace"))
    state = page.details.get("state")
    if state is None:
        raise PlatformBusy("the hub's page of the subscription does not say its state", retry_after_seconds=3600)
    is_active = state.lower() == "verified"
    return Subscription(
        state=SubscriptionState.ACTIVE if is_active else SubscriptionState.INACTIVE,
        detail=None if is_active else f"the hub calls it {shortened(state)}",
        expires_at=_instant(page.details.get("expiration time", "")) if is_active else None,
    )


class _DetailsPage(HTMLParser):
    """Reads the terms and definitions of a page; names in lower case."""

    def __init__(self) -> None:
        super().__init__()
        self.details: dict[str, str] = {}
        self._tag, self._term = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"dt", "dd"}:
            self._tag = tag

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if text and self._tag == "dt":
            self._term = text.lower()
        elif text and self._tag == "dd":
            self.details.setdefault(self._term, text)


def _mark(topic: str, secret: str) -> str:
    asked = b"asked for: " + topic.encode("utf-8", "surrogatepass")
    return hmac.digest(secret.encode(), asked, "sha256").hex()[:_MARK_CHARACTERS]


def _failure(response: Response) -> Exception:
    said = f"the hub answered {response.status} {shortened(response.body.decode('utf-8', 'replace'))}".rstrip()
    if response.status == 429:
        return rate_limited(response, said)
    # 409 is what a hub says that asked our hook and did not hear its challenge.
    return (
        PlatformBusy(said, retry_after_seconds=60)
        if response.status in {408, 409} or response.status >= 500
        else (CallRefused(said))
    )


def _instant(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
