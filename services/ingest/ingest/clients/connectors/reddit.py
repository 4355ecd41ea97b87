"""Reddit: an inbox that is polled, answers in public and in private, and no webhooks at all.

An account is a user of Reddit, and its external id is that user's name.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import quote

from huiying.errors import NotFound
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import Visibility
from ingest.clients.connectors import oauth_refresh, reddit_api
from ingest.clients.connectors.abilities import (
    AccountFigures,
    Feed,
    Listed,
    Moderation,
    Post,
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
)
from ingest.clients.connectors.credentials import any_text, check_shape
from ingest.clients.connectors.foreign import list_of, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.reddit_things import PLATFORM, SITE, is_own, moment, read_answer

INBOX, SENT, COMMENTS = "inbox", "sent", "comments"

_TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - a path
_CHECKS = MappingProxyType({"access_token": any_text, **oauth_refresh.CHECKS})
_REQUIRED = frozenset({"access_token"})
_LONGEST_SUBJECT = 100
_PAGE = "100"
_MODERATIONS: Mapping[ModerationKind, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        ModerationKind.HIDE: ("/api/remove", {"spam": "false"}),
        ModerationKind.UNHIDE: ("/api/approve", {}),
        ModerationKind.DELETE: ("/api/remove", {"spam": "false"}),
        ModerationKind.LIKE: ("/api/vote", {"dir": "1"}),
        ModerationKind.UNLIKE: ("/api/vote", {"dir": "0"}),
    }
)


class NotPushed(NotFound):
    """Somebody calls a hook of a platform that has no webhooks, so it cannot be the platform."""

    code = "not_pushed"


class RedditConnector:
    """A user of Reddit, both ways."""

    platform = PLATFORM
    sends_are_idempotent = False
    # Reddit's rules for apps: sixty calls a minute, of which reading takes a few.
    limits: Sequence[Limit] = (Limit(count=50, per=timedelta(minutes=1)),)
    kept_headers: frozenset[str] = frozenset()
    kept_query: frozenset[str] = frozenset()
    # Lists begin with the newest. Reading on from the last thing known would stop for good once that is deleted.
    feeds: Sequence[Feed] = (
        Feed(name=INBOX, every=timedelta(minutes=1)),
        Feed(name=SENT, every=timedelta(minutes=5)),
        Feed(name=COMMENTS, every=timedelta(minutes=5)),
    )

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        raise NotPushed("Reddit has no webhooks: this account is polled")

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        raise NotPushed("Reddit has no webhooks: this account is polled")

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return read_answer(parse_json(delivery.body), Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return read_answer(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        target = reply.target
        if reply.attachments:
            raise CallRefused(f"reply {reply.reply_id}: Reddit takes text, and links within it")
        if target.kind != "message" and reply.visibility is Visibility.PRIVATE:
            return await _compose(reply, access=access)
        answer = await reddit_api.write(
            "/api/comment", {"thing_id": target.object_id, "text": reply.text}, access=access
        )
        things = list_of(mapping_of(mapping_of(answer.get("json")).get("data")).get("things"))
        return Sent(object_id=text_of(mapping_of(mapping_of(things[0]).get("data")).get("name")) if things else None)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        target = moderation.target
        path, form = _MODERATIONS[moderation.kind]
        if moderation.kind is ModerationKind.DELETE and is_own(target.counterpart_id, access.account):
            # What is one's own is taken back; what is others' only a moderator can remove.
            path, form = "/api/del", {}
        await reddit_api.write(path, {"id": target.object_id, **form}, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        paths = {INBOX: "/message/inbox", SENT: "/message/sent", COMMENTS: f"{_user(access)}/comments"}
        if feed not in paths:
            raise CallRefused(f"Reddit has no list of {feed}")
        origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
        listing = await _listing(paths[feed], cursor, access=access)
        found = read_answer({"kind": "Listing", "data": listing}, origin)
        is_over = any(interaction.occurred_at < since for interaction in found)
        following = None if is_over else text_of(listing.get("after"))
        wanted = [interaction for interaction in found if interaction.occurred_at >= since]
        return Listed(interactions=wanted, cursor=following, has_more=following is not None)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        listing = await _listing(f"{_user(access)}/submitted", cursor, access=access)
        found = [_post_of(mapping_of(mapping_of(child).get("data"))) for child in list_of(listing.get("children"))]
        posts = [post for post in found if post is not None]
        is_over = any(post.published_at is not None and post.published_at < since for post in posts)
        wanted = [post for post in posts if post.published_at is None or post.published_at >= since]
        return PostsListed(posts=wanted, cursor=None if is_over else text_of(listing.get("after")))

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        answer = mapping_of(await reddit_api.read("/api/info", {"id": ",".join(post_ids)}, access=access))
        things = list_of(mapping_of(answer.get("data")).get("children"))
        return [_figures_of(post) for thing in things if (post := mapping_of(mapping_of(thing).get("data")))]

    async def measure_account(self, *, access: Access) -> AccountFigures:
        me = mapping_of(await reddit_api.read("/api/v1/me", {}, access=access))
        return AccountFigures(followers=_count(mapping_of(me.get("subreddit")).get("subscribers")))

    def can_renew(self, access: Access) -> bool:
        return oauth_refresh.can_renew(access.credentials)

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        headers = {"user-agent": reddit_api.user_agent(access)}
        url = f"{access.base(SITE)}{_TOKEN_PATH}"
        return await oauth_refresh.renew(url, access=access, now=now, by_header=True, headers=headers)


async def _compose(reply: OutgoingReply, *, access: Access) -> Sent:
    person = reply.target.counterpart_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    form = {"to": person, "subject": _subject(reply), "text": reply.text}
    await reddit_api.write("/api/compose", form, access=access)
    # Reddit does not say what the message is called; the list of what was sent does.
    return Sent()


def _subject(reply: OutgoingReply) -> str:
    # Without one Reddit takes no message; a person's own words say best what it is about.
    subject = reply.target.handle.get("subject") or reply.text
    return f"Re: {subject}"[:_LONGEST_SUBJECT]


async def _listing(path: str, cursor: str | None, *, access: Access) -> Mapping[str, object]:
    params = {"limit": _PAGE} | ({"after": cursor} if cursor else {})
    return mapping_of(mapping_of(await reddit_api.read(path, params, access=access)).get("data"))


def _user(access: Access) -> str:
    return f"/user/{quote(access.account.external_id, safe='')}"


def _post_of(data: Mapping[str, object]) -> Post | None:
    name, path = text_of(data.get("name")), text_of(data.get("permalink"))
    if name is None:
        return None
    url, published_at = f"{SITE}{path}" if path else None, moment(data.get("created_utc"))
    return Post(id=name, url=url, text=text_of(data.get("title")), published_at=published_at)


def _figures_of(data: Mapping[str, object]) -> PostFigures:
    return PostFigures(
        post_id=text_of(data.get("name")) or "",
        views=_count(data.get("view_count")),
        likes=_count(data.get("ups")),
        comments=_count(data.get("num_comments")),
        shares=_count(data.get("num_crossposts")),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
