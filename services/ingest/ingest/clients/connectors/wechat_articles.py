"""What an Official Account published, and how often it was read: its articles, and the figures of account and articles.

An article is named as WeChat's statistics name it, `{msg_data_id}_{place}`: the message it came with, and its place in
that, from 1. Both stand in the article's address, and nowhere else in the list of what was published.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures, PostsListed
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.wechat_calls import Account, Answer

_PAGE = 20
# The statistics of a day come the day after, and end seven days after an article was sent.
_MEASURED_DAYS = 8


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One article. `place` counts from 1."""

    msg_data_id: str
    place: int
    title: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    takes_comments: bool = True

    @property
    def id(self) -> str:
        """The article's name."""
        return f"{self.msg_data_id}_{self.place}"


async def list_articles(account: Account, *, offset: int = 0) -> tuple[Sequence[Article], int]:
    """The articles of at most twenty publications, the newest first, and how many publications there are in all.

    What is deleted, or has an address that does not say which it is, is left out.
    """
    answer = await _published(account, offset=offset, count=_PAGE)
    found = [article for item in list_of(answer.get("item")) for article in _articles_in(mapping_of(item))]
    return found, _count(answer.get("total_count")) or 0


async def list_posts(account: Account, *, since: datetime, cursor: str | None) -> PostsListed:
    """One page of what was published since then."""
    offset = int(cursor) if cursor and cursor.isdecimal() else 0
    articles, total = await list_articles(account, offset=offset)
    recent = [one for one in articles if one.published_at is None or one.published_at >= since]
    goes_on = len(recent) == len(articles) and offset + _PAGE < total
    posts = [Post(id=one.id, url=one.url, text=one.title, published_at=one.published_at) for one in recent]
    return PostsListed(posts=posts, cursor=str(offset + _PAGE) if goes_on else None)


async def measure_articles(account: Account, article_ids: Sequence[str], *, today: date) -> Sequence[PostFigures]:
    """The figures of those that were sent in the last week; older ones are no longer counted, and single ones never."""
    missing, figures = set(article_ids), list[PostFigures]()
    for days in range(1, _MEASURED_DAYS + 1):
        if not missing:
            break
        day = (today - timedelta(days=days)).isoformat()
        body = {"begin_date": day, "end_date": day}
        answer = await account.ask("/datacube/getarticletotal", said=f"figures of {day}", body=body, is_read=True)
        for sent in map(mapping_of, list_of(answer.get("list"))):
            name = text_of(sent.get("msgid")) or ""
            if name in missing:
                missing.discard(name)
                figures.append(_figures(name, sent))
    return figures


async def measure_account(account: Account) -> AccountFigures:
    """How many follow the account, and how much it has published."""
    followers = await account.ask("/cgi-bin/user/get", said="followers", method="GET", is_read=True)
    published = await _published(account, offset=0, count=1)
    return AccountFigures(followers=_count(followers.get("total")), posts=_count(published.get("total_count")))


async def _published(account: Account, *, offset: int, count: int) -> Answer:
    question = {"offset": offset, "count": count, "no_content": 1}
    return await account.ask("/cgi-bin/freepublish/batchget", said="articles", body=question, is_read=True)


def _articles_in(item: dict[str, Any]) -> list[Article]:
    published_at = from_seconds(item.get("update_time"))
    parts = (mapping_of(part) for part in list_of(mapping_of(item.get("content")).get("news_item")))
    found = (_article(part, published_at) for part in parts if part.get("is_deleted") is not True)
    return [article for article in found if article is not None]


def _article(part: dict[str, Any], published_at: datetime | None) -> Article | None:
    url = text_of(part.get("url")) or ""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return None
    message, place = query.get("mid", [""])[0], query.get("idx", ["1"])[0]
    if not (message.isdecimal() and place.isdecimal()):
        return None
    return Article(
        msg_data_id=message,
        place=int(place),
        title=text_of(part.get("title")),
        url=url,
        published_at=published_at,
        takes_comments=part.get("need_open_comment") != 0,
    )


def _figures(name: str, sent: dict[str, Any]) -> PostFigures:
    # Each day's figures are counted from the beginning, so that the last day's are all of them.
    days = sorted(map(mapping_of, list_of(sent.get("details"))), key=lambda day: text_of(day.get("stat_date")) or "")
    latest = days[-1] if days else {}
    return PostFigures(
        post_id=name, views=_count(latest.get("int_page_read_count")), shares=_count(latest.get("share_count"))
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
