"""For every route that asks for a permission: how it is asked about one brand, and the object it needs for that.

A route that is missing here fails the matrix, so whoever adds one says what it is about.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from huiying.db.statements import insert_all
from huiying.events.accounts import AccountConnected
from huiying.events.deliveries import Proof
from huiying.events.interactions import (
    AccountRef,
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    InteractionReceived,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from huiying.ids import new_id
from ingest.storage.feed_tables import Backfill, FeedState, GapCheck
from ingest.storage.tables import Delivery
from ingest.usecases.normalise_deliveries import body_context
from scoring.storage.tables import Alert
from tests.support.asks import NOW, OPERATIONS, About, Ask, World
from tests.support.eventually import eventually
from tests.support.taught_objects import TEACHING

# ── identity ──


async def brand(_world: World, slug: str) -> str:
    """The brand itself, which is there from the start."""
    return slug


async def member(world: World, slug: str) -> str:
    """A member with a role for the brand, invited but not yet come."""
    asked = {"email": f"{new_id()}@example.org", "name": "Somebody", "roles": {slug: "agent"}}
    return str((await world.made("/members", asked))["id"])


async def api_key(world: World, slug: str) -> str:
    """A key with a role for the brand."""
    return str((await world.made("/api-keys", {"name": "A program", "roles": {slug: "agent"}}))["id"])


def new_member(slug: str) -> Mapping[str, Any]:
    """Somebody who is not there yet."""
    return {"email": f"{new_id()}@example.org", "name": "New", "roles": {slug: "agent"}}


IDENTITY = {
    "createBrand": Ask(about=About.NO_BRAND, body=lambda _: {"slug": f"b{new_id()}", "name": "New"}),
    "listBrands": Ask(about=About.LIST, make=brand),
    "getBrand": Ask(about=About.OBJECT, make=brand),
    "createMember": Ask(about=About.BRAND, body=new_member),
    "listMembers": Ask(about=About.LIST, make=member),
    "getMember": Ask(about=About.OBJECT, make=member),
    "changeMember": Ask(about=About.OBJECT, make=member, body=lambda _: {"is_active": False}),
    "inviteMember": Ask(about=About.OBJECT, make=member),
    "createAPIKey": Ask(about=About.BRAND, body=lambda slug: {"name": "A program", "roles": {slug: "agent"}}),
    "listAPIKeys": Ask(about=About.LIST, make=api_key),
    "getAPIKey": Ask(about=About.OBJECT, make=api_key),
    "deleteAPIKey": Ask(about=About.OBJECT, make=api_key),
}


# ── ingest ──


def new_account(slug: str) -> dict[str, Any]:
    """An account that is not connected yet."""
    return {
        "platform": "generic",
        "brand": slug,
        "external_id": new_id(),
        "name": "The shop",
        "credentials": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    }


async def account(world: World, slug: str) -> str:
    """A connected account of the brand."""
    return str((await world.made("/accounts", new_account(slug)))["id"])


async def delivery(world: World, slug: str) -> str:
    """A delivery to one of the brand's accounts, kept whole."""
    delivery_id, account_id = new_id(), await account(world, slug)
    row = Delivery(
        id=delivery_id,
        account_id=account_id,
        brand=slug,
        platform="generic",
        status="normalised",
        interaction_count=0,
        new_count=0,
        proof="hmac",
        content_type="application/json",
        size_bytes=2,
        query={},
        headers={},
        body=world.running.runtime.vault.seal(b"{}", context=body_context(delivery_id)),
        # What is past its time would be forgotten.
        received_at=datetime.now(UTC),
    )
    async with world.running.open_unit() as unit:
        await insert_all(unit.session, Delivery, [row.model_dump()])
    return delivery_id


async def feed(world: World, slug: str) -> str:
    """A list of one of the brand's accounts."""
    feed_id, account_id = new_id(), await account(world, slug)
    row = FeedState(
        id=feed_id,
        account_id=account_id,
        brand=slug,
        platform="generic",
        name="comments",
        is_pushed=False,
        keeps_cursor=False,
        every_seconds=600,
        read_until=NOW,
        due_at=NOW + timedelta(days=3_650),
        created_at=NOW,
    )
    async with world.running.open_unit() as unit:
        await insert_all(unit.session, FeedState, [row.model_dump()])
    return feed_id


async def gap_check(world: World, slug: str) -> str:
    """A comparison of a list with what was pushed."""
    row = GapCheck(
        id=new_id(),
        account_id=await account(world, slug),
        brand=slug,
        feed="pushed",
        since=NOW,
        began_at=datetime.now(UTC),
    )
    async with world.running.open_unit() as unit:
        await insert_all(unit.session, GapCheck, [row.model_dump()])
    return row.id


async def backfill(world: World, slug: str) -> str:
    """A reading back that has ended."""
    row = Backfill(
        id=new_id(),
        account_id=await account(world, slug),
        brand=slug,
        since=NOW,
        status="done",
        feeds=[],
        created_at=NOW,
    )
    async with world.running.open_unit() as unit:
        await insert_all(unit.session, Backfill, [row.model_dump()])
    return row.id


async def listed_account(world: World, slug: str) -> str:
    """An account that has a list."""
    feed_id = await feed(world, slug)
    async with world.running.open_view() as unit:
        return str((await unit.session.get_one(FeedState, feed_id)).account_id)


def a_day_ago(_slug: str) -> Mapping[str, str]:
    """Since when something is read back."""
    return {"since": (datetime.now(UTC) - timedelta(days=1)).isoformat()}


INGEST = {
    "connectAccount": Ask(about=About.BRAND, body=new_account),
    "listAccounts": Ask(about=About.LIST, make=account),
    "getAccount": Ask(about=About.OBJECT, make=account),
    "changeAccount": Ask(about=About.OBJECT, make=account, body=lambda _: {"name": "Another name"}),
    "removeAccount": Ask(about=About.OBJECT, make=account),
    "getAccountHealth": Ask(about=About.OBJECT, make=account),
    "listHealthLog": Ask(about=About.OBJECT, make=account),
    "listDeliveries": Ask(about=About.LIST, make=delivery),
    "getDelivery": Ask(about=About.OBJECT, make=delivery),
    "replayDelivery": Ask(about=About.OBJECT, make=delivery),
    "listFeeds": Ask(about=About.LIST, make=feed),
    "pauseFeed": Ask(about=About.OBJECT, make=feed),
    "resumeFeed": Ask(about=About.OBJECT, make=feed),
    "pollFeed": Ask(about=About.OBJECT, make=feed),
    "listGapChecks": Ask(about=About.LIST, make=gap_check),
    "backfillAccount": Ask(about=About.OBJECT, make=listed_account, body=a_day_ago),
    "listBackfills": Ask(about=About.LIST, make=backfill),
    "getBackfill": Ask(about=About.OBJECT, make=backfill),
}


# ── inbox ──


async def thread(world: World, slug: str) -> str:
    """A conversation that somebody began with the brand."""
    return str((await _filed(world, slug))["id"])


async def message(world: World, slug: str) -> str:
    """Something that somebody said to the brand, which may be liked."""
    listed = await world.administrator.get(f"/threads/{await thread(world, slug)}/messages")
    return str(listed.json()["items"][0]["id"])


async def contact(world: World, slug: str) -> str:
    """Somebody who wrote to the brand."""
    return str((await _filed(world, slug))["contact"]["id"])


async def _filed(world: World, slug: str) -> dict[str, Any]:
    """The thread of a new message, once the inbox has filed it."""
    said, account = f"hello {new_id()}", AccountRef(id=f"account-{slug}", external_id=slug, brand=slug)
    connected = AccountConnected(
        account_id=account.id, platform="generic", brand=slug, external_id=slug, name=slug, connected_at=NOW
    )
    await world.running.told(connected, InteractionReceived(interaction=_a_message(said, account=account)))

    async def found() -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await world.administrator.get("/threads", params={"q": said})).json()["items"]
        return listed

    filed: list[dict[str, Any]] = await eventually(found)
    return filed[0]


def _a_message(text: str, *, account: AccountRef) -> Interaction:
    author, now = new_id(), datetime.now(UTC)
    return Interaction(
        id=f"generic:{account.external_id}:message:{author}",
        platform="generic",
        kind=Kind.MESSAGE,
        action=Action.CREATED,
        direction=Direction.INBOUND,
        account=account,
        actor=Actor(id=author, name="Somebody"),
        object=Object(id=author, text=text),
        target=Target(conversation_id=author),
        occurred_at=now,
        received_at=now,
        reply=ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE, Capability.LIKE)),
        verified=Proof.HMAC,
    )


def in_a_year(_slug: str) -> Mapping[str, str]:
    """A time that is not over for as long as a test runs."""
    return {"until": (datetime.now(UTC) + timedelta(days=365)).isoformat()}


INBOX = {
    "listThreads": Ask(about=About.LIST, make=thread),
    "getThread": Ask(about=About.OBJECT, make=thread),
    "listMessages": Ask(about=About.OBJECT, make=thread),
    "claimThread": Ask(about=About.OBJECT, make=thread),
    "releaseThread": Ask(about=About.OBJECT, make=thread),
    "assignThread": Ask(about=About.OBJECT, make=thread, body=lambda _: {"assignee": None}),
    "resolveThread": Ask(about=About.OBJECT, make=thread),
    "reopenThread": Ask(about=About.OBJECT, make=thread),
    "snoozeThread": Ask(about=About.OBJECT, make=thread, body=in_a_year),
    "createModeration": Ask(about=About.OBJECT, make=message, body=lambda _: {"kind": "like"}),
    "createReply": Ask(about=About.OBJECT, make=thread, body=lambda _: {"text": "hello to you"}),
    "listNotes": Ask(about=About.OBJECT, make=thread),
    "createNote": Ask(about=About.OBJECT, make=thread, body=lambda _: {"text": "a regular"}),
    "addTags": Ask(about=About.OBJECT, make=thread, body=lambda _: {"tags": ["regular"]}),
    "removeTag": Ask(about=About.OBJECT, make=thread),
    "listContacts": Ask(about=About.LIST, make=contact),
    "getContact": Ask(about=About.OBJECT, make=contact),
    "streamChanges": Ask(about=About.STREAM),
}

# ── webhooks ──


async def subscription(world: World, slug: str) -> str:
    """Somewhere to tell the brand's news, where nobody listens."""
    made = await world.made("/subscriptions", {"brand": slug, "url": "https://receiver.example/hook"})
    return str(made["id"])


async def notification(world: World, slug: str) -> str:
    """Something that is on its way there."""
    return str((await world.made(f"/subscriptions/{await subscription(world, slug)}:test", {}))["notification_id"])


WEBHOOKS = {
    "listEventTypes": Ask(about=About.NO_BRAND),
    "createSubscription": Ask(
        about=About.BRAND, body=lambda slug: {"brand": slug, "url": "https://receiver.example/hook"}
    ),
    "listSubscriptions": Ask(about=About.LIST, make=subscription),
    "getSubscription": Ask(about=About.OBJECT, make=subscription),
    "changeSubscription": Ask(about=About.OBJECT, make=subscription, body=lambda _: {"description": "the till"}),
    "deleteSubscription": Ask(about=About.OBJECT, make=subscription),
    "enableSubscription": Ask(about=About.OBJECT, make=subscription),
    "rotateSubscriptionKey": Ask(about=About.OBJECT, make=subscription),
    "testSubscription": Ask(about=About.OBJECT, make=subscription),
    "redeliverSubscription": Ask(
        about=About.OBJECT, make=subscription, body=lambda _: {"since": "2026-11-01T00:00:00Z"}
    ),
    "listNotifications": Ask(about=About.LIST, make=notification),
    "getNotification": Ask(about=About.OBJECT, make=notification),
    "redeliverNotification": Ask(about=About.OBJECT, make=notification),
}

# ── scoring, reporting ──


async def alert(world: World, slug: str) -> str:
    """A crisis that began an hour ago."""
    opened_at = datetime.now(UTC) - timedelta(hours=1)
    explanation = {"since": opened_at, "until": opened_at, "baseline_since": opened_at}
    counts = {"negative_count": 0, "interaction_count": 0, "baseline_count": 0}
    row = Alert(
        id=str(uuid4()),
        brand=slug,
        watch_id="",
        topic=None,
        status="open",
        severity=3,
        peak_severity=3,
        opened_at=opened_at,
        detected_at=opened_at,
        told_until=opened_at,
        closed_at=None,
        acknowledged_by=None,
        closed_by=None,
        baseline=1.0,
        observed=20,
        ratio=20.0,
        negative_share=0.9,
        reasons=[],
        samples=[],
        timeline=[],
        explanation={name: at.isoformat() for name, at in explanation.items()} | counts,
        forecast=[],
    )
    async with world.running.open_unit() as unit:
        await insert_all(unit.session, Alert, [row.model_dump()])
    return row.id


async def campaign(world: World, slug: str) -> str:
    """A promotion of the brand, by its name."""
    declared = await world.administrator.put("/campaigns", json=a_campaign(slug))
    assert declared.status_code == 200, declared.text
    return str(declared.json()["name"])


def a_campaign(slug: str) -> Mapping[str, Any]:
    """A promotion that is not declared yet."""
    name = f"Two for one at {slug}"
    return {"brand": slug, "name": name, "from": "2026-11-11T00:00:00Z", "to": "2026-11-12T00:00:00Z"}


def of_brand(slug: str) -> Mapping[str, str]:
    """A question about a brand."""
    return {"brand": slug}


SCORING = {
    "getWatches": Ask(about=About.BRAND, query=of_brand),
    "replaceWatches": Ask(about=About.BRAND, query=of_brand, body=lambda _: {"items": [{"keywords": ["plastic"]}]}),
    "declareCampaign": Ask(about=About.BRAND, body=a_campaign),
    "listCampaigns": Ask(about=About.LIST, make=campaign),
    "endCampaign": Ask(
        about=About.BRAND, make=campaign, query=lambda slug: {"brand": slug, "name": a_campaign(slug)["name"]}
    ),
    "listAlerts": Ask(about=About.LIST, make=alert),
    "getAlert": Ask(about=About.OBJECT, make=alert),
    "acknowledgeAlert": Ask(about=About.OBJECT, make=alert),
    "closeAlert": Ask(about=About.OBJECT, make=alert),
    "muteAlert": Ask(about=About.OBJECT, make=alert, body=in_a_year),
    "getDemand": Ask(
        about=About.BRAND,
        query=lambda slug: {"brand": slug, "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z"},
    ),
    "assessTexts": Ask(about=About.NO_BRAND, body=lambda _: {"items": [{"text": "很好"}]}),
    "getModel": Ask(about=About.NO_BRAND),
}


def a_day(slug: str) -> Mapping[str, str]:
    """A day's interactions of a brand."""
    return {"metric": "interactions", "brand": slug, "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z"}


REPORTING = {
    "getMetric": Ask(about=About.BRAND, query=a_day),
    "listMetrics": Ask(about=About.NO_BRAND),
}

ASKS: Mapping[str, Mapping[str, Ask]] = {
    "identity": IDENTITY | OPERATIONS,
    "ingest": INGEST | OPERATIONS,
    "scoring": SCORING | TEACHING | OPERATIONS,
    "reporting": REPORTING | OPERATIONS,
    "webhooks": WEBHOOKS | OPERATIONS,
    "inbox": INBOX | OPERATIONS,
}
"""Service -> operation id -> how it is asked."""
