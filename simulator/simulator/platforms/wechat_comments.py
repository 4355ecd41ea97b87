"""The articles of a played Official Account, and the comments under them, which WeChat shows only to who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from simulator.people import Post
from simulator.platforms.memory import Memory
from simulator.platforms.platform import Surroundings
from simulator.platforms.wechat_tokens import WeChatRefusal

NO_PRIVILEGE, NO_SUCH_ARTICLE, ANSWERED, NO_SUCH_COMMENT, TOO_MANY_COMMENTS = 88000, 88001, 88005, 88008, 88010

_MOST_COMMENTS = 49
_BEIJING = timezone(timedelta(hours=8))
_READERS_PER_COMMENT = 40


@dataclass(kw_only=True, slots=True)
class Comment:
    """One comment, and what the account did about it."""

    number: int
    openid: str
    text: str
    at: datetime
    is_picked: bool = False
    answer: tuple[str, datetime] | None = None


@dataclass(kw_only=True, slots=True)
class Article:
    """An article, sent by itself: it is the first, and only, one of its message."""

    post: Post
    at: datetime
    comments: Memory[Comment] = field(default_factory=lambda: Memory[Comment](5_000))

    @property
    def msg_data_id(self) -> str:
        """The message that it came with."""
        return str(self.post.number)


class ArticleDesk:
    """All articles. `has_comments` is off where WeChat never granted them."""

    def __init__(self, world: Surroundings) -> None:
        self._world = world
        self._articles: Memory[Article] = Memory(500)
        self.has_comments = True

    def publish(self, post: Post, *, at: datetime) -> Article:
        """The article of that post, which from now on is there."""
        found = self._articles.find(str(post.number))
        if found is None:
            found = Article(post=post, at=at)
            self._articles.keep(found.msg_data_id, found)
        return found

    def published(self, question: Mapping[str, Any]) -> Mapping[str, object]:
        """The list of what was published, the newest first."""
        offset, count = int(question.get("offset", 0)), int(question.get("count", 20))
        found = list(self._articles.newest_first())
        shown = [_listed(one, has_comments=self.has_comments) for one in found[offset : offset + count]]
        return {"total_count": len(found), "item_count": len(shown), "item": shown}

    def page(self, question: Mapping[str, Any]) -> Mapping[str, object]:
        """Some of an article's comments. Raises WeChatRefusal."""
        begin, count = int(question.get("begin", 0)), int(question.get("count", 0))
        if not 0 < count <= _MOST_COMMENTS:
            raise WeChatRefusal(TOO_MANY_COMMENTS, "get comments count illegal")
        found = list(self.article(question).comments.newest_first())
        return {
            "errcode": 0,
            "errmsg": "ok",
            "total": len(found),
            "comment": [_told(one) for one in found[begin : begin + count]],
        }

    def article(self, question: Mapping[str, Any]) -> Article:
        """The article that a call names. Raises WeChatRefusal."""
        if not self.has_comments:
            raise WeChatRefusal(NO_PRIVILEGE, "without comment privilege")
        found = self._articles.find(str(question.get("msg_data_id")))
        if found is None or question.get("index", 0) != 0:
            raise WeChatRefusal(NO_SUCH_ARTICLE, "news does not exist")
        return found

    def comment(self, question: Mapping[str, Any]) -> Comment:
        """The comment that a call names. Raises WeChatRefusal."""
        found = self.article(question).comments.find(str(question.get("user_comment_id")))
        if found is None:
            raise WeChatRefusal(NO_SUCH_COMMENT, "comment does not exist")
        return found

    def delete(self, question: Mapping[str, Any]) -> None:
        """Delete a comment. Raises WeChatRefusal."""
        self.article(question).comments.forget(str(self.comment(question).number))

    def answer(self, question: Mapping[str, Any]) -> str:
        """Answer a comment, which can be done once; the answer. Raises WeChatRefusal."""
        found, text = self.comment(question), str(question.get("content", ""))
        if found.answer is not None:
            raise WeChatRefusal(ANSWERED, "comment has been replied")
        found.answer = (text, self._world.now())
        return text

    def figures(self, day: str) -> Mapping[str, object]:
        """The statistics of what was sent on that day, counted until yesterday."""
        sent = [one for one in self._articles.newest_first() if _date_of(one.at) == day]
        return {"list": [_counted(one, day) for one in sent]}


def _listed(article: Article, *, has_comments: bool) -> Mapping[str, object]:
    url = f"http://mp.weixin.qq.com/s?__biz=MzSimulated&mid={article.msg_data_id}&idx=1&sn=simulated#rd"
    item = {
        "title": article.post.title,
        "url": url,
        "is_deleted": False,
        "need_open_comment": int(has_comments),
        "only_fans_can_comment": 0,
    }
    at = int(article.at.timestamp())
    return {"article_id": f"article-{article.msg_data_id}", "content": {"news_item": [item]}, "update_time": at}


def _told(comment: Comment) -> Mapping[str, object]:
    said: dict[str, object] = {
        "user_comment_id": comment.number,
        "openid": comment.openid,
        "create_time": int(comment.at.timestamp()),
        "content": comment.text,
        "comment_type": int(comment.is_picked),
    }
    if comment.answer is not None:
        text, at = comment.answer
        said["reply"] = {"content": text, "create_time": int(at.timestamp())}
    return said


def _counted(article: Article, day: str) -> Mapping[str, object]:
    reads = (1 + len(article.comments)) * _READERS_PER_COMMENT
    details = [{"stat_date": day, "int_page_read_count": reads, "share_count": reads // 20}]
    return {"ref_date": day, "msgid": f"{article.msg_data_id}_1", "title": article.post.title, "details": details}


def _date_of(instant: datetime) -> str:
    return instant.astimezone(_BEIJING).date().isoformat()
