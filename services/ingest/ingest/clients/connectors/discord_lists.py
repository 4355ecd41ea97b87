"""What is said in the channels that an account names: Discord tells of it only to who asks, or keeps a line open."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from huiying.events.deliveries import Proof
from ingest.clients.connectors.abilities import Feed, Listed
from ingest.clients.connectors.api_calls import path_part
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.discord_api import DiscordRefused, ask
from ingest.clients.connectors.discord_messages import Server, from_snowflake, read_message
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.responses import object_in

CHANNELS = "channels"

FEEDS: Sequence[Feed] = (Feed(name=CHANNELS, every=timedelta(minutes=1)),)

_PAGE = 100
# A channel that is gone, or that the bot may not read, is not a reason to read no other.
_SKIPPED = frozenset({10003, 50001, 50013})


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is still to be read: the first of `channels` from before the message `before`, then the others."""

    us: str = ""
    channels: tuple[str, ...] = ()
    before: str = ""


async def list_feed(feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """A page of a channel, the newest first, back to `since`; then of the next channel."""
    if feed != CHANNELS:
        raise CallRefused(f"Discord has no list of {feed}")
    plan = await _begin(access) if cursor is None else _plan(cursor)
    if not plan.channels:
        return Listed()
    origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
    server = Server(origin=origin, ours=frozenset({plan.us, access.account.external_id} - {""}))
    found = await _page_of(plan, access=access)
    oldest = text_of(found[-1].get("id")) if found else None
    is_read = len(found) < _PAGE or oldest is None or (from_snowflake(oldest) or now) < since
    after = msgspec.structs.replace(
        plan,
        channels=plan.channels[1:] if is_read else plan.channels,
        before="" if is_read else oldest or "",
    )
    return Listed(
        interactions=[one for part in found for one in read_message(part, server)],
        cursor=msgspec.json.encode(after).decode() if after.channels else None,
        has_more=bool(after.channels),
    )


async def _begin(access: Access) -> Plan:
    channels = tuple(path_part(channel, of="channel") for channel in access.credentials.get("channel_id", ()))
    if not channels:
        return Plan()
    us = object_in(await ask("GET", "/users/@me", access=access, said="who the bot is:"))
    return Plan(us=text_of(us.get("id")) or "", channels=channels)


async def _page_of(plan: Plan, *, access: Access) -> list[dict[str, object]]:
    params = {"limit": str(_PAGE), **({"before": plan.before} if plan.before else {})}
    path = f"/channels/{path_part(plan.channels[0], of='channel')}/messages"
    try:
        response = await ask("GET", path, access=access, said="the messages of a channel:", params=params)
    except DiscordRefused as refusal:
        if refusal.error_code not in _SKIPPED:
            raise
        return []
    return [mapping_of(item) for item in list_of(response.json())]


def _plan(cursor: str) -> Plan:
    try:
        return msgspec.json.decode(cursor, type=Plan)
    except msgspec.DecodeError as error:
        raise CallRefused("the cursor of a list of Discord is not one of ours") from error
