"""A Facebook page in public: comments, mentions, reactions and shares."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from huiying.events.interactions import Interaction
from huiying.events.moderation import ModerationKind
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Moderation, PostFigures, PostsListed
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.facebook_changes import comment_of
from ingest.clients.connectors.foreign import mapping_of
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.meta_figures import count, insight, measure_each, total
from ingest.clients.connectors.meta_graph import path_part
from ingest.clients.connectors.meta_lists import NestedList, list_nested
from ingest.clients.connectors.meta_page import PageConnector
from ingest.clients.connectors.meta_posts import PostNames, list_posts

# Older posts are commented too, but seldom enough to trust the hook with those.
_COMMENTED_FOR = timedelta(days=90)
_COMMENT_FIELDS = "id,message,from,created_time,parent{id},attachment{type,url,media{image{src}}}"
_POST = PostNames(url="permalink_url", text="message", time="created_time")
_FIGURES = "reactions.limit(0).summary(total_count),comments.filter(stream).limit(0).summary(total_count),shares"


class FacebookConnector(PageConnector):
    """The page's public side; what is said in private through the same app is read and answered too."""

    platform = "facebook"
    needed_fields = frozenset({"feed"})
    feeds: Sequence[Feed] = (Feed(name="comments", every=timedelta(minutes=15), is_pushed=True),)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        entry = Entry.polled(access, now=now)

        def read(post: Mapping[str, Any], comment: Mapping[str, Any]) -> Interaction | None:
            return comment_of(comment, entry, post=post)

        nested = NestedList(
            path="/me/feed",
            fields=("id", "created_time", "permalink_url"),
            outer_time="created_time",
            outer_since=since - _COMMENTED_FOR,
            edge="comments",
            # All comments at all depths, and not only those that Facebook would show first.
            modifiers={"filter": "stream", "order": "reverse_chronological"},
            inner_fields=_COMMENT_FIELDS,
            inner_time="created_time",
            since=since,
        )
        return await list_nested(nested, read, cursor=cursor, graph=self.graph, access=access, said="comments:")

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await list_posts(
            "/me/published_posts", _POST, since=since, cursor=cursor, graph=self.graph, access=access
        )

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await measure_each(
            post_ids,
            _figures,
            fields=_FIGURES,
            insights="post_media_view,post_clicks",
            graph=self.graph,
            access=access,
        )

    async def measure_account(self, *, access: Access) -> AccountFigures:
        answer = await self.graph.read("/me", {"fields": "followers_count"}, access=access, said="the page:")
        return AccountFigures(followers=count(answer.get("followers_count")))

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        kind, comment = moderation.kind, f"/{path_part(moderation.target.object_id)}"
        said = f"{kind} {moderation.target.object_id}:"
        match kind:
            case ModerationKind.HIDE | ModerationKind.UNHIDE:
                content = {"is_hidden": kind is ModerationKind.HIDE}
                await self.graph.call("POST", comment, access=access, said=said, content=content)
            case ModerationKind.LIKE:
                await self.graph.call("POST", f"{comment}/likes", access=access, said=said)
            case ModerationKind.UNLIKE:
                await self.graph.call("DELETE", f"{comment}/likes", access=access, said=said)
            case ModerationKind.DELETE:
                await self.graph.delete(comment, access=access, said=said)


def _figures(post_id: str, post: Mapping[str, Any]) -> PostFigures:
    shares = mapping_of(post.get("shares"))
    return PostFigures(
        post_id=post_id,
        views=insight(post, "post_media_view"),
        likes=total(post, "reactions"),
        comments=total(post, "comments"),
        # Of what nobody has shared Facebook says nothing.
        shares=count(shares.get("count")) if shares else 0,
        clicks=insight(post, "post_clicks"),
    )
