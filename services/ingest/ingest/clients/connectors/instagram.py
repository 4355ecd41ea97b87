"""An Instagram account of a business: comments, mentions and private messages, both ways.

Its app came to it either through a Facebook page or through Instagram's own login; the latter speaks to another host,
with tokens that run out (`login` = `instagram`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import Interaction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from ingest.clients.connectors import instagram_mentions
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
from ingest.clients.connectors.connector import Access, CallRefused, Limit, OutgoingReply, Sent
from ingest.clients.connectors.credentials import any_text, one_of
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.instagram_changes import COMMENT_ID, MEDIA_ID, comment_of, read_change
from ingest.clients.connectors.meta import MetaHook, changes_in, messages_in
from ingest.clients.connectors.meta_conversations import CONVERSATIONS, list_conversations
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.meta_figures import count, insight, measure_each
from ingest.clients.connectors.meta_graph import Graph, path_part
from ingest.clients.connectors.meta_lists import NestedList, list_nested
from ingest.clients.connectors.meta_posts import PostNames, list_posts
from ingest.clients.connectors.meta_send import answer_in_private, react, send_message
from ingest.clients.connectors.meta_subscription import PAGE_FIELDS, Wish, look_up, subscribe
from ingest.clients.connectors.meta_usage import Usage

_OWN_HOST = "https://graph.instagram.com"
_OWN_API = f"{_OWN_HOST}/v25.0"
_FIELDS = frozenset({
    "comments", "live_comments", "mentions", "messages", "messaging_postbacks", "messaging_referral", "messaging_seen",
    "message_reactions", "standby",
})  # fmt: skip
_COMMENTS = Feed(name="comments", every=timedelta(minutes=15), is_pushed=True)
# Older media are commented too, but seldom enough to trust the hook with those.
_COMMENTED_FOR = timedelta(days=90)
_COMMENT_FIELDS = "id,text,timestamp,from,parent_id"
_POST = PostNames(url="permalink", text="caption", time="timestamp")


class InstagramConnector(MetaHook):
    """One account, both ways."""

    platform = "instagram"
    product = "instagram"
    sends_are_idempotent = False
    # Documented for an account: 300 texts a second, or 10 sounds and films. Who writes by hand stays below the latter.
    limits: Sequence[Limit] = (Limit(count=10, per=timedelta(seconds=1)),)
    further_credentials = MappingProxyType(
        {"app_id": any_text, "human_agent": one_of("yes", "no"), "login": one_of("facebook", "instagram")}
    )
    feeds: Sequence[Feed] = (_COMMENTS, CONVERSATIONS)

    def __init__(self, usage: Usage) -> None:
        self._by_page, self._by_itself = Graph(usage), Graph(usage, usual=_OWN_API)
        self._unversioned = Graph(usage, usual=_OWN_HOST)

    def read_entry(self, raw: dict[str, Any], entry: Entry) -> Sequence[Interaction]:
        changes = [read_change(change, entry) for change in changes_in(raw)]
        return changes + messages_in(raw, entry, platform=self.platform)

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        graph, kind = self._graph(access), reply.target.kind
        if kind not in {"comment", "mention"}:
            return await send_message(reply, graph=graph, access=access)
        if reply.visibility is Visibility.PRIVATE:
            return await answer_in_private(reply, graph=graph, access=access)
        if reply.attachments:
            raise CallRefused(f"reply {reply.reply_id}: a comment on Instagram is text alone, without attachments")
        path, content = _public_answer(reply, access)
        answer = await graph.call("POST", path, access=access, said=f"reply {reply.reply_id}:", content=content)
        return Sent(object_id=text_of(answer.get("id")))

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        graph = self._graph(access)
        if feed == CONVERSATIONS.name:
            return await list_conversations(
                self.platform, since=since, cursor=cursor, graph=graph, access=access, now=now
            )
        entry = Entry.polled(access, now=now)

        def read(media: Mapping[str, Any], comment: Mapping[str, Any]) -> Interaction | None:
            return comment_of(comment, entry, media=media)

        nested = NestedList(
            path=f"{_account(access)}/media",
            fields=("id", "timestamp", "permalink", "media_product_type"),
            outer_time="timestamp",
            outer_since=since - _COMMENTED_FOR,
            edge="comments",
            inner_fields=f"{_COMMENT_FIELDS},replies{{{_COMMENT_FIELDS}}}",
            inner_time="timestamp",
            since=since,
            deeper="replies",
        )
        return await list_nested(nested, read, cursor=cursor, graph=graph, access=access, said="comments:")

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        path = f"{_account(access)}/media"
        return await list_posts(path, _POST, since=since, cursor=cursor, graph=self._graph(access), access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await measure_each(
            post_ids,
            _figures,
            fields="like_count,comments_count",
            insights="views,shares",
            graph=self._graph(access),
            access=access,
        )

    async def measure_account(self, *, access: Access) -> AccountFigures:
        params = {"fields": "followers_count,follows_count,media_count"}
        answer = await self._graph(access).read(_account(access), params, access=access, said="the account:")
        return AccountFigures(
            followers=count(answer.get("followers_count")),
            following=count(answer.get("follows_count")),
            posts=count(answer.get("media_count")),
        )

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        kind, target, graph = moderation.kind, moderation.target, self._graph(access)
        path, said = f"/{path_part(target.object_id)}", f"{kind} {target.object_id}:"
        is_comment = target.kind == "comment"
        match kind:
            case ModerationKind.HIDE | ModerationKind.UNHIDE if is_comment:
                content = {"hide": kind is ModerationKind.HIDE}
                await graph.call("POST", path, access=access, said=said, content=content)
            case ModerationKind.DELETE if is_comment:
                await graph.delete(path, access=access, said=said)
            case ModerationKind.LIKE | ModerationKind.UNLIKE if not is_comment:
                await react(target, is_removed=kind is ModerationKind.UNLIKE, graph=graph, access=access)
            case _:
                raise CallRefused(f"{said} Instagram has no way to do this to a {target.kind}")

    def can_renew(self, access: Access) -> bool:
        return _is_by_itself(access)

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        token = next(iter(access.credentials.get("access_token", ())), None)
        if token is None or not _is_by_itself(access):
            raise CallRefused(
                "renewing: only a token of Instagram's own login can be", reason=FailureReason.NEEDS_RECONNECT
            )
        params = {"grant_type": "ig_refresh_token", "access_token": token}
        answer = await self._unversioned.call(
            "GET", "/refresh_access_token", access=access, said="renewing:", params=params, token=token
        )
        renewed, lifetime_seconds = text_of(answer.get("access_token")), count(answer.get("expires_in"))
        if renewed is None:
            raise CallRefused("renewing: Instagram gave no token", reason=FailureReason.NEEDS_RECONNECT)
        expires_at = now + timedelta(seconds=lifetime_seconds) if lifetime_seconds else None
        return Renewed(credentials={"access_token": renewed}, expires_at=expires_at)

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        return await subscribe(_wish(access), hook_url, graph=self._graph(access), access=access)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        return await look_up(_wish(access), hook_url, graph=self._graph(access), access=access)

    def lacks_content(self, interaction: Interaction) -> bool:
        return instagram_mentions.lacks_words(interaction)

    async def complete(self, interaction: Interaction, *, access: Access) -> Interaction | None:
        return await instagram_mentions.complete(interaction, graph=self._graph(access), access=access)

    def _graph(self, access: Access) -> Graph:
        return self._by_itself if _is_by_itself(access) else self._by_page


def _is_by_itself(access: Access) -> bool:
    return "instagram" in access.credentials.get("login", ())


def _account(access: Access) -> str:
    return f"/{path_part(access.account.external_id)}"


def _public_answer(reply: OutgoingReply, access: Access) -> tuple[str, dict[str, str]]:
    target, content = reply.target, {"message": reply.text}
    if target.kind == "comment":
        return f"/{path_part(target.object_id)}/replies", content
    # What mentions the account is somebody else's, and can only be answered as a mention.
    if MEDIA_ID not in target.handle:
        raise CallRefused(f"reply {reply.reply_id}: it is not known where the account was mentioned")
    named = {name: target.handle[name] for name in (MEDIA_ID, COMMENT_ID) if name in target.handle}
    return f"{_account(access)}/mentions", {**named, **content}


def _wish(access: Access) -> Wish:
    if _is_by_itself(access):
        return Wish(product="instagram", app_fields=_FIELDS, page_fields=_FIELDS, needed=frozenset({"comments"}))
    # Through a page Instagram is told of to whoever listens to anything of that page.
    return Wish(product="instagram", app_fields=_FIELDS, page_fields=PAGE_FIELDS, needed=frozenset())


def _figures(post_id: str, media: Mapping[str, Any]) -> PostFigures:
    return PostFigures(
        post_id=post_id,
        views=insight(media, "views"),
        likes=count(media.get("like_count")),
        comments=count(media.get("comments_count")),
        shares=insight(media, "shares"),
    )
