"""What Slack shows of the channels an app is in, as `conversations.history` has it: to find what was never delivered.

One call a page: the conversations, then the history of each, then the threads in it. What is left to read travels in
the cursor. A thread whose root is older than what is asked for is not found again by new answers in it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Interaction
from ingest.clients.connectors.abilities import Feed, Listed
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.slack_api import SlackRefused, ask
from ingest.clients.connectors.slack_messages import Channel, Team, from_ts, read_message

MESSAGES = "messages"

# Slack allows about fifty of these calls a minute; an app with hundreds of channels reads them for some minutes.
FEEDS: Sequence[Feed] = (Feed(name=MESSAGES, every=timedelta(minutes=30), is_pushed=True),)

_PAGE = "200"
_TYPES = "public_channel,private_channel,mpim,im"
_SPOKEN = frozenset({None, "bot_message", "file_share", "me_message", "thread_broadcast"})
_MOST_THREADS = 50
# A channel that the app may not read is not a reason to read no other.
_SKIPPED = frozenset({"channel_not_found", "not_in_channel", "thread_not_found", "is_archived", "missing_scope"})


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is still to be read: of the first of `channels` (as `kind:id`) from `page` on, its `threads` before it."""

    ours: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    page: str = ""
    more_channels: str = ""

    @property
    def channel(self) -> Channel:
        """The channel that is being read."""
        kind, _, channel_id = self.channels[0].partition(":")
        return Channel(id=channel_id, kind=kind)


async def list_feed(feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """One page of what was said since then."""
    if feed != MESSAGES:
        raise CallRefused(f"Slack has no list of {feed}")
    plan = _plan(cursor)
    if plan is None:
        return _page((), await _begin(access=access))
    origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
    team = Team(origin=origin, ours=frozenset({*plan.ours, access.account.external_id}))
    if plan.threads:
        return await _thread(plan, team, since=since, access=access)
    if plan.channels:
        return await _history(plan, team, since=since, access=access)
    if plan.more_channels:
        return _page((), await _channels(plan, access=access))
    return Listed()


async def _begin(*, access: Access) -> Plan:
    us = await ask("auth.test", access=access, said="auth.test:", params={})
    ours = tuple(one for name in ("user_id", "bot_id") if (one := text_of(us.get(name))))
    return await _channels(Plan(ours=ours), access=access)


async def _channels(plan: Plan, *, access: Access) -> Plan:
    params = {"types": _TYPES, "exclude_archived": "true", "limit": _PAGE}
    body = await ask(
        "users.conversations",
        access=access,
        said="the list of channels:",
        params=_paged(params, plan.more_channels),
    )
    found = [mapping_of(item) for item in list_of(body.get("channels"))]
    named = tuple(f"{_kind(one)}:{one_id}" for one in found if (one_id := text_of(one.get("id"))))
    return msgspec.structs.replace(plan, channels=named, more_channels=_next(body))


async def _history(plan: Plan, team: Team, *, since: datetime, access: Access) -> Listed:
    params = {"channel": plan.channel.id, "oldest": _ts(since), "limit": _PAGE}
    try:
        body = await ask(
            "conversations.history", access=access, said="the history of a channel:", params=_paged(params, plan.page)
        )
    except SlackRefused as refusal:
        if refusal.error not in _SKIPPED:
            raise
        body = {}
    messages = [mapping_of(item) for item in list_of(body.get("messages"))]
    answered = [one for one in messages if one.get("reply_count") and _is_later(one.get("latest_reply"), since)]
    threads = tuple(ts for one in answered if (ts := text_of(one.get("ts"))))[:_MOST_THREADS]
    after = _next(body)
    left = plan.channels if after or threads else plan.channels[1:]
    return _page(
        _read(messages, plan.channel, team),
        # A page that ends where the channel does is told from one that has yet to begin by a dash.
        msgspec.structs.replace(plan, channels=left, threads=threads, page=after or ("-" if threads else "")),
    )


async def _thread(plan: Plan, team: Team, *, since: datetime, access: Access) -> Listed:
    root, *others = plan.threads
    params = {"channel": plan.channel.id, "ts": root, "oldest": _ts(since), "limit": _PAGE}
    try:
        body = await ask("conversations.replies", access=access, said="the answers in a thread:", params=params)
    except SlackRefused as refusal:
        if refusal.error not in _SKIPPED:
            raise
        body = {}
    answers = [mapping_of(item) for item in list_of(body.get("messages"))]
    read = _read([one for one in answers if one.get("ts") != root], plan.channel, team)
    is_done = not others and plan.page == "-"
    return _page(
        read,
        msgspec.structs.replace(
            plan,
            threads=tuple(others),
            channels=plan.channels[1:] if is_done else plan.channels,
            page="" if is_done else plan.page,
        ),
    )


def _read(messages: Sequence[Mapping[str, Any]], channel: Channel, team: Team) -> list[Interaction]:
    found: list[Interaction] = []
    for one in messages:
        subtype = text_of(one.get("subtype"))
        if subtype not in _SPOKEN:
            continue
        said = read_message(one, channel, team, raw_kind=f"message.{subtype}" if subtype else "message")
        stamp = text_of(mapping_of(one.get("edited")).get("ts"))
        if said is not None:
            found.append(said)
        if stamp is not None:
            edit = read_message(
                one,
                channel,
                team,
                raw_kind="message.message_changed",
                action=Action.UPDATED,
                at=from_ts(stamp),
                revision=f"edit:{stamp}",
            )
            found.extend([edit] if edit is not None else [])
    return found


def _page(interactions: Sequence[Interaction], plan: Plan) -> Listed:
    has_more = bool(plan.channels or plan.threads or plan.more_channels)
    cursor = msgspec.json.encode(plan).decode() if has_more else None
    return Listed(interactions=interactions, cursor=cursor, has_more=has_more)


def _plan(cursor: str | None) -> Plan | None:
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(cursor, type=Plan)
    except msgspec.DecodeError as error:
        raise CallRefused("the cursor of a list of Slack is not one of ours") from error


def _kind(channel: Mapping[str, Any]) -> str:
    if channel.get("is_im") is True:
        return "im"
    if channel.get("is_mpim") is True:
        return "mpim"
    return "group" if channel.get("is_private") is True else "channel"


def _is_later(ts: object, since: datetime) -> bool:
    at = from_ts(ts)
    return at is not None and at >= since


def _ts(at: datetime) -> str:
    return f"{at.astimezone(UTC).timestamp():.6f}"


def _paged(params: Mapping[str, str], cursor: str) -> Mapping[str, str]:
    return {**params, **({"cursor": cursor} if cursor else {})}


def _next(body: Mapping[str, Any]) -> str:
    return text_of(mapping_of(body.get("response_metadata")).get("next_cursor")) or ""
