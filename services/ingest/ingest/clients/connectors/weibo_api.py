"""What an account says and asks through Weibo's APIs: private messages, comments, posts and figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors.abilities import AccountFigures, Listed, Moderation, Post, PostFigures, PostsListed
from ingest.clients.connectors.api_calls import call, with_any
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, Sent
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.responses import rate_limited, shortened
from ingest.clients.connectors.weibo_comments import STATUS, id_of, read_comment, time_of

API_BASE = "https://api.weibo.com"
MESSAGES_BASE = "https://m.api.weibo.com"
BUSINESS_BASE = "https://c.api.weibo.com"

_PAGE = 50
_NO_SUCH_COMMENT = 20201
_RATE_CODES = frozenset({10004, 10020, 10022, 10023, 10024})
_BUSY_CODES = frozenset({10002, 10009})
# System errors, which may have come before or after what was asked was done.
_UNSURE_CODES = frozenset({10001, 10003, 10010, 10011})
_TOKEN_CODES = frozenset({21301, 21314, 21315, 21316, 21317, 21319, 21327, 21332})


class WeiboRefused(CallRefused):
    """Weibo said no; `error_code` is its own word for why."""

    def __init__(self, message: str, *, error_code: int | None, reason: FailureReason) -> None:
        super().__init__(message, reason=reason)
        self.error_code = error_code


async def send(reply: OutgoingReply, *, access: Access) -> Sent:
    """Say it in private or under the comment. Raises as `Connector.send` promises."""
    if reply.attachments:
        raise CallRefused(f"reply {reply.reply_id}: attachments cannot be sent to Weibo, only text")
    if reply.target.kind == Kind.COMMENT and reply.visibility is Visibility.PUBLIC:
        return await _answer_comment(reply, access)
    return await _send_message(reply, access)


async def list_comments(*, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """One page of the comments to and by the account, the newest first: its own are what its answers became."""
    params = {"count": str(_PAGE)} | ({"max_id": cursor} if cursor and cursor.isdecimal() else {})
    answer = await _read("/2/comments/timeline.json", params, said="comments", access=access)
    elements = [mapping_of(one) for one in list_of(mapping_of(answer).get("comments"))]
    origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
    following = _before(elements, since=since)
    return Listed(
        interactions=[read_comment(one, origin) for one in elements],
        cursor=following,
        has_more=following is not None,
    )


async def moderate(moderation: Moderation, *, access: Access) -> None:
    """Delete a comment of the account's own."""
    if moderation.kind is not ModerationKind.DELETE or moderation.target.kind != Kind.COMMENT:
        raise CallRefused(f"Weibo cannot {moderation.kind} a {moderation.target.kind}, only delete one's own comment")
    try:
        form = {"cid": _number(moderation.target.object_id)}
        await _write("/2/comments/destroy.json", form, said="deleting a comment", base=API_BASE, access=access)
    except WeiboRefused as refusal:
        if refusal.error_code != _NO_SUCH_COMMENT:
            raise


async def list_posts(*, since: datetime, cursor: str | None, access: Access) -> PostsListed:
    """One page of what the account wrote, the newest first."""
    params = {"count": str(_PAGE)} | ({"max_id": cursor} if cursor and cursor.isdecimal() else {})
    answer = await _read("/2/statuses/user_timeline.json", params, said="posts", access=access)
    statuses = [mapping_of(one) for one in list_of(mapping_of(answer).get("statuses"))]
    posts = [_post(one) for one in statuses if id_of(one) and (time_of(one) or since) >= since]
    return PostsListed(posts=posts, cursor=_before(statuses, since=since))


async def measure_posts(post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
    """The figures of at most a hundred posts; Weibo tells how often a post was read to media alone."""
    wanted = [one for one in post_ids if one.isdecimal()]
    if not wanted:
        return ()
    answer = await _read("/2/statuses/count.json", {"ids": ",".join(wanted)}, said="figures", access=access)
    counted = [mapping_of(one) for one in list_of(answer)]
    return [_figures(post_id, one) for one in counted if (post_id := id_of(one)) in wanted and post_id is not None]


async def measure_account(*, access: Access) -> AccountFigures:
    """How many follow the account, whom it follows, and how much it wrote."""
    params = {"uid": _number(access.account.external_id)}
    user = mapping_of(await _read("/2/users/show.json", params, said="the account", access=access))
    return AccountFigures(
        followers=_count(user, "followers_count"),
        following=_count(user, "friends_count"),
        posts=_count(user, "statuses_count"),
    )


async def _send_message(reply: OutgoingReply, access: Access) -> Sent:
    person = reply.target.counterpart_id or reply.target.conversation_id
    if person is None:
        raise CallRefused(f"reply {reply.reply_id}: nobody is known whom a message could be sent to")
    form = {
        "type": "text",
        "data": msgspec.json.encode({"text": reply.text}).decode(),
        "receiver_id": person,
        "save_sender_box": "1",
    }
    # Who only named the account is answered by another address than who wrote to it.
    is_mention = reply.target.kind == Kind.MENTION
    path = "/2/messages/reply/biz.json" if is_mention else "/2/messages/reply.json"
    base, said = BUSINESS_BASE if is_mention else MESSAGES_BASE, f"reply {reply.reply_id}"
    answer = await _write(path, form, said=said, base=base, access=access)
    return Sent(object_id=id_of(answer))


async def _answer_comment(reply: OutgoingReply, access: Access) -> Sent:
    status = reply.target.handle.get(STATUS) or reply.target.post_id or ""
    form = {"cid": _number(reply.target.object_id), "id": _number(status), "comment": reply.text}
    said = f"reply {reply.reply_id}"
    answer = await _write("/2/comments/reply.json", form, said=said, base=API_BASE, access=access)
    return Sent(object_id=id_of(answer))


async def _write(path: str, form: Mapping[str, str], *, said: str, base: str, access: Access) -> dict[str, Any]:
    async def attempt(token: str) -> dict[str, Any]:
        response = await call(
            "POST",
            f"{access.base(base)}{path}",
            access=access,
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=urlencode({"access_token": token, **form}).encode(),
        )
        answer = _answer_in(response, said)
        if not isinstance(answer, dict):
            raise OutcomeUnknown(f"{said}: Weibo answered something else than an object")
        return answer

    return await with_any(secrets(access.credentials, "access_token"), attempt)


async def _read(path: str, params: Mapping[str, str], *, said: str, access: Access) -> object:
    async def attempt(token: str) -> object:
        headers = {"authorization": f"OAuth2 {token}"}
        url = f"{access.base(API_BASE)}{path}"
        return _answer_in(await call("GET", url, access=access, headers=headers, params=params), said)

    try:
        return await with_any(secrets(access.credentials, "access_token"), attempt)
    except OutcomeUnknown as error:
        raise PlatformBusy(str(error), retry_after_seconds=30) from error


def _answer_in(response: Response, said: str) -> Any:
    """The answer, if it is not a refusal."""
    try:
        answer = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = None
    code = _code(mapping_of(answer))
    if response.is_success and code is None and answer is not None:
        return answer
    message = f"{said}: Weibo answered {code or response.status} {shortened(mapping_of(answer).get('error', ''))}"
    raise _failure(response, code, message.rstrip())


def _failure(response: Response, code: int | None, message: str) -> Exception:
    if code in _RATE_CODES or response.status == 429:
        return rate_limited(response, message)
    if code in _BUSY_CODES:
        return PlatformBusy(message, retry_after_seconds=30)
    if code in _UNSURE_CODES or (code is None and (response.status >= 500 or response.is_success)):
        return OutcomeUnknown(message)
    is_token = code in _TOKEN_CODES or (code is None and response.status == 401)
    reason = FailureReason.NEEDS_RECONNECT if is_token else FailureReason.REFUSED
    return WeiboRefused(message, error_code=code, reason=reason)


def _code(answer: Mapping[str, Any]) -> int | None:
    # Some of Weibo's doors write it as a number, and others as text.
    code = text_of(answer.get("error_code"))
    return int(code) if code is not None and code.isdecimal() and len(code) < 10 else None


def _before(elements: Sequence[Mapping[str, Any]], *, since: datetime) -> str | None:
    """The cursor to what is older than this page; None if that is no longer wanted, or there is none."""
    ids = [int(found) for one in elements if (found := id_of(one)) is not None and found.isdecimal()]
    times = [at for one in elements if (at := time_of(one)) is not None]
    # A cursor of 0 would mean the newest again.
    if not ids or min(ids) <= 1 or (times and min(times) < since):
        return None
    return str(min(ids) - 1)


def _post(status: Mapping[str, Any]) -> Post:
    return Post(id=id_of(status) or "", text=text_of(status.get("text")), published_at=time_of(status))


def _figures(post_id: str, counted: Mapping[str, Any]) -> PostFigures:
    return PostFigures(
        post_id=post_id,
        views=_count(counted, "reads"),
        likes=_count(counted, "attitudes"),
        comments=_count(counted, "comments"),
        shares=_count(counted, "reposts"),
    )


def _count(element: Mapping[str, Any], name: str) -> int | None:
    value = element.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: str) -> str:
    if not value.isascii() or not value.isdecimal():
        raise CallRefused(f"{shortened(value)!r} is no id on Weibo")
    return value
