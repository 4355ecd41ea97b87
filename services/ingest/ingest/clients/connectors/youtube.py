"""YouTube: videos pushed by its hub, comments polled, answers and moderation by its Data API.

There are no private messages. What the hub pushes with a wrong signature is answered with success and forgotten, as
WebSub wants it: https://www.w3.org/TR/websub/#signature-validation.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import quote

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import Visibility
from ingest.clients.connectors import oauth_refresh, websub, youtube_api, youtube_lists
from ingest.clients.connectors.abilities import (
    AccountFigures,
    Feed,
    Listed,
    Moderation,
    PostFigures,
    PostsListed,
    Renewed,
    Subscription,
)
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    CallRefused,
    Credentials,
    HookRequest,
    Limit,
    LocallyIgnored,
    OutgoingReply,
    Sent,
)
from ingest.clients.connectors.credentials import any_text, check_shape, secrets
from ingest.clients.connectors.foreign import BOM, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.youtube_comments import read_answer
from ingest.clients.connectors.youtube_feed import PLATFORM, parse_feed, read_feed

HUB = "https://pubsubhubbub.appspot.com"
OAUTH = "https://oauth2.googleapis.com"
TOPIC = "https://www.youtube.com/feeds/videos.xml"

_CHECKS = MappingProxyType({"hub_secret": websub.check_secret, "access_token": any_text, **oauth_refresh.CHECKS})
_REQUIRED = frozenset({"hub_secret", "access_token"})
_STATUSES: Mapping[ModerationKind, str] = MappingProxyType(
    {ModerationKind.HIDE: "heldForReview", ModerationKind.UNHIDE: "published", ModerationKind.DELETE: "rejected"}
)


class YouTubeConnector:
    """A YouTube channel, both ways."""

    platform = PLATFORM
    sends_are_idempotent = False
    # An answer costs 50 of a day's 10,000 units, and reading needs its share.
    limits: Sequence[Limit] = (Limit(count=130, per=timedelta(days=1)),)
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()
    feeds: Sequence[Feed] = youtube_lists.FEEDS

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        return websub.answer_verification(request, secrets=secrets(credentials, "hub_secret"))

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        if not websub.is_signed(request, secrets=secrets(credentials, "hub_secret")):
            raise LocallyIgnored(f"{websub.SIGNATURE_HEADER} is missing or not by the hub_secret of this account")
        parse_feed(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(status=204)

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return read_feed(delivery.body, Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        origin = Origin.of_body(account, received_at)
        if body.removeprefix(BOM).lstrip()[:1] == b"{":
            return read_answer(mapping_of(parse_json(body)), origin)
        return read_feed(body, origin) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        target = reply.target
        if reply.visibility is Visibility.PRIVATE or target.kind == "message":
            raise CallRefused(f"reply {reply.reply_id}: YouTube has no private messages")
        if reply.attachments:
            raise CallRefused(f"reply {reply.reply_id}: a comment on YouTube is text alone")
        if target.kind == "post":
            top = {"snippet": {"textOriginal": reply.text}}
            snippet = {"videoId": target.object_id, "channelId": access.account.external_id, "topLevelComment": top}
            path = "/commentThreads"
        else:
            # Where the handle got lost: a reply's id begins with its thread's.
            thread_id = target.handle.get("thread_id") or target.object_id.partition(".")[0]
            snippet, path = {"parentId": thread_id, "textOriginal": reply.text}, "/comments"
        answer = await youtube_api.write("POST", path, {"part": "snippet"}, access=access, json={"snippet": snippet})
        return Sent(object_id=text_of(answer.get("id")))

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        kind, target = moderation.kind, moderation.target
        status = _STATUSES.get(kind)
        if status is None:
            raise CallRefused(f"YouTube has no call to {kind} a comment")
        if kind is ModerationKind.DELETE and target.counterpart_id == access.account.external_id:
            await youtube_api.write("DELETE", "/comments", {"id": target.object_id}, access=access)
            return
        # Only its author can delete a comment; a channel rejects it, which takes it and its replies out of sight.
        params = {"id": target.object_id, "moderationStatus": status}
        await youtube_api.write("POST", "/comments/setModerationStatus", params, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await youtube_lists.list_feed(feed, since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await youtube_lists.list_posts(since=since, cursor=cursor, access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await youtube_lists.measure_posts(post_ids, access=access)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await youtube_lists.measure_account(access=access)

    def can_renew(self, access: Access) -> bool:
        return oauth_refresh.can_renew(access.credentials)

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        return await oauth_refresh.renew(f"{access.base(OAUTH)}/token", access=access, now=now)

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        return await websub.subscribe(_wanted(hook_url, access), access=access)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        return await websub.look_up(_wanted(hook_url, access), access=access)


def _wanted(hook_url: str, access: Access) -> websub.Wanted:
    return websub.Wanted(
        hook_url=hook_url,
        hub=access.base(HUB),
        topic=f"{TOPIC}?channel_id={quote(access.account.external_id, safe='')}",
        secret=secrets(access.credentials, "hub_secret")[0],
    )
