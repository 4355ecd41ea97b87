"""Comments under the articles of an Official Account. WeChat never pushes them: they are listed, article by article.

WeChat shows a comment to others once the account has picked it (精选), and knows one answer to each, by the account.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.deliveries import Proof
from huiying.events.interactions import (
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from huiying.events.moderation import ModerationKind
from huiying.events.replies import ReplyTarget
from ingest.clients.connectors.abilities import Listed, Moderation
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, Sent, Unreadable
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_articles import Article, list_articles
from ingest.clients.connectors.wechat_calls import Account, Refused
from ingest.clients.connectors.wechat_messages import PLATFORM

COMMENTS = "comments"

# Asked for fifty or more, WeChat refuses.
_PAGE = 49
_ALL_COMMENTS = 0
# Who still comments on older articles, or under more, is not heard: each article costs a call every time.
_WATCHED, _MOST_ARTICLES = timedelta(days=30), 60
_NO_PRIVILEGE, _NO_SUCH_COMMENT = 88000, 88008
_ANSWER = ":answer"
_PATHS = MappingProxyType(
    {
        ModerationKind.DELETE: "/cgi-bin/comment/delete",
        # What an account likes it picks, and then everybody sees it.
        ModerationKind.LIKE: "/cgi-bin/comment/markelect",
        ModerationKind.UNLIKE: "/cgi-bin/comment/unmarkelect",
    }
)


class _Place(msgspec.Struct, frozen=True):
    """Where the reading of all articles stands: those left, and how far the first of them is read."""

    left: tuple[Article, ...] = ()
    begin: int = 0

    def after(self, *, begin: int, total: int) -> "_Place":
        """The place after a page that ended there."""
        return _Place(self.left, begin) if begin < total else _Place(self.left[1:])


async def list_comments(
    *, since: datetime, cursor: str | None, account: Account, access: Access, now: datetime
) -> Listed:
    """One page of one article's comments; without a cursor, of the newest article.

    Those of the last thirty days are read, and those since then if that is longer ago.

    Raises Unreadable for a cursor that is not ours.
    """
    place = _place_of(cursor) if cursor else _Place(await _watched(account, since=min(since, now - _WATCHED)))
    if not place.left:
        return Listed()
    article = place.left[0]
    try:
        elements, total = await _page(article, place.begin, account)
    except Refused as refusal:
        if refusal.errcode == _NO_PRIVILEGE:
            raise
        # It was deleted, or its comments were closed, while the others were read.
        elements, total = [], 0
    origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
    end = place.begin + len(elements)
    following = place.after(begin=end, total=total if elements else end)
    return Listed(
        interactions=[one for element in elements for one in read_comment(element, article, origin)],
        cursor=msgspec.json.encode(following).decode() if following.left else None,
        has_more=bool(following.left),
    )


def read_comment(raw: object, article: Article, origin: Origin) -> Sequence[Interaction]:
    """A comment, and the account's answer to it if there is one."""
    element = mapping_of(raw)
    number = text_of(element.get("user_comment_id"))
    if number is None:
        at = from_seconds(element.get("create_time"))
        return (origin.unknown(raw, platform=PLATFORM, raw_kind="comment", event=at),)
    person, name = text_of(element.get("openid")), f"{article.id}:{number}"
    comment = _told(
        origin,
        article,
        native_key=f"comment:{name}",
        thing=Object(id=name, text=text_of(element.get("content"))),
        actor=Actor(id=person) if person else None,
        at=from_seconds(element.get("create_time")),
        extensions={"is_picked": element.get("comment_type") == 1},
        reply=_answers(number),
    )
    answer = mapping_of(element.get("reply"))
    return (comment, _answer(answer, article, origin, comment)) if text_of(answer.get("content")) else (comment,)


async def answer_comment(reply: OutgoingReply, *, account: Account) -> Sent:
    """Answer for everybody to see. Raises as `Connector.send` promises."""
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: attachments cannot be put under a comment on WeChat, only text")
    body = {**_named(reply.target), "content": reply.text}
    await account.ask("/cgi-bin/comment/reply/add", said=f"reply {reply.reply_id}: WeChat answered", body=body)
    # WeChat gives no id for it, but a comment has one answer at most.
    return Sent(object_id=f"{reply.target.object_id}{_ANSWER}")


async def moderate(moderation: Moderation, *, account: Account) -> None:
    """Delete, pick or no longer pick a comment, or delete the account's own answer."""
    path = _PATHS.get(moderation.kind)
    if path is None:
        raise CallRefused(f"WeChat cannot {moderation.kind} a comment; it shows others what the account has picked")
    if moderation.target.object_id.endswith(_ANSWER):
        if moderation.kind is not ModerationKind.DELETE:
            raise CallRefused(f"WeChat cannot {moderation.kind} an account's own answer")
        path = "/cgi-bin/comment/reply/delete"
    try:
        await account.ask(path, said=f"{moderation.kind} {moderation.target.object_id}", body=_named(moderation.target))
    except Refused as refusal:
        if moderation.kind is not ModerationKind.DELETE or refusal.errcode != _NO_SUCH_COMMENT:
            raise


async def _watched(account: Account, *, since: datetime) -> tuple[Article, ...]:
    articles, _ = await list_articles(account)
    fresh = (one for one in articles if one.published_at is None or one.published_at >= since)
    return tuple(one for one in fresh if one.takes_comments)[:_MOST_ARTICLES]


async def _page(article: Article, begin: int, account: Account) -> tuple[list[object], int]:
    question = {**_in_article(article), "begin": begin, "count": _PAGE, "type": _ALL_COMMENTS}
    answer = await account.ask("/cgi-bin/comment/list", said=f"comments of {article.id}", body=question, is_read=True)
    total = answer.get("total")
    return list_of(answer.get("comment")), total if isinstance(total, int) else 0


def _place_of(cursor: str) -> _Place:
    try:
        return msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError as error:
        raise Unreadable(f"this is no cursor of ours: {error}") from error


def _in_article(article: Article) -> dict[str, int]:
    # WeChat counts from 0 here, and from 1 everywhere else.
    return {"msg_data_id": int(article.msg_data_id), "index": article.place - 1}


def _named(target: ReplyTarget) -> Mapping[str, int]:
    """The comment as the API names it. Raises CallRefused if the target is none."""
    article, _, number = target.object_id.removesuffix(_ANSWER).rpartition(":")
    message, _, place = article.partition("_")
    if not (message.isdecimal() and place.isdecimal() and number.isdecimal() and int(place) > 0):
        raise CallRefused(f"{target.object_id} is no comment on WeChat")
    return {**_in_article(Article(msg_data_id=message, place=int(place))), "user_comment_id": int(number)}


def _answer(element: Mapping[str, Any], article: Article, origin: Origin, comment: Interaction) -> Interaction:
    at = from_seconds(element.get("create_time"))
    stamp = text_of(element.get("create_time")) or ""
    return _told(
        origin,
        article,
        # One that was deleted and written anew is another.
        native_key=f"comment:{comment.object.id}{_ANSWER}:{stamp}",
        thing=Object(id=f"{comment.object.id}{_ANSWER}", text=text_of(element.get("content"))),
        actor=Actor(id=origin.account.external_id, is_self=True),
        at=at,
        parent_id=comment.object.id,
        reply=ReplyOptions(capabilities=(Capability.DELETE,)),
    )


def _answers(number: str) -> ReplyOptions:
    if not number.isdecimal():
        return ReplyOptions()
    return ReplyOptions(capabilities=(Capability.PUBLIC_REPLY, Capability.DELETE, Capability.LIKE), max_replies=1)


def _told(
    origin: Origin,
    article: Article,
    *,
    native_key: str,
    thing: Object,
    actor: Actor | None,
    at: datetime | None,
    reply: ReplyOptions,
    parent_id: str | None = None,
    extensions: dict[str, Any] | None = None,
) -> Interaction:
    occurred_at, source = origin.when(at)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=Kind.COMMENT,
        action=Action.CREATED,
        # Who comments without being known to WeChat has no id, but is a person all the same.
        direction=Direction.OUTBOUND if actor and actor.is_self else Direction.INBOUND,
        account=origin.account,
        actor=actor,
        object=thing,
        target=Target(post_id=article.id, parent_id=parent_id, post_url=article.url, post_title=article.title),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=reply,
        verified=origin.verified,
        raw_kind="comment" if parent_id is None else "comment.reply",
        extensions=extensions or {},
    )
