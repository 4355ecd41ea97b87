"""The inbox over HTTP: what it shows, to whom, and what it refuses."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from huiying.auth.principals import Role
from huiying.events.accounts import AccountConnected
from huiying.events.assessments import IntentCode, RiskCode, SentimentLabel
from huiying.events.interactions import Capability, Interaction, InteractionReceived
from huiying.events.members import MemberChanged
from inbox.main import SERVICE
from inbox.usecases.file_assessments import file_assessments
from inbox.usecases.file_interactions import file_interactions
from inbox.usecases.file_surroundings import file_accounts, file_members
from tests.support.calls import AsyncClient
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.inboxes import ACCOUNT, a_comment, a_message, an_assessment, at
from tests.support.running import Running, a_member, a_service

AGENT = a_member(Role.AGENT, "acme", subject="agent-1")
OTHER_AGENT = a_member(Role.AGENT, "acme", subject="agent-2")
STRANGER = a_member(Role.MANAGER, "globex", subject="stranger")
AUDITOR = a_member(Role.AUDITOR, "acme", subject="auditor")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with a_service(SERVICE, directory=tmp_path, clock=FrozenClock()) as it:
        yield it


@pytest.fixture
async def agent(running: Running) -> AsyncIterator[AsyncClient]:
    async with running.client(AGENT) as client:
        yield client


async def heard(running: Running, *interactions: Interaction) -> None:
    async with running.open_unit() as unit:
        await file_interactions(unit, interactions)


async def listed(client: AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/threads")).json()["items"]
    return items


async def the_thread(client: AsyncClient) -> dict[str, Any]:
    (item,) = await listed(client)
    return item


async def test_a_fact_on_the_bus_becomes_a_thread(running: Running, agent: AsyncClient) -> None:
    await running.told(InteractionReceived(interaction=a_comment("c1", text="How much?")))

    assert await eventually(lambda: listed(agent))
    assert (await the_thread(agent))["last_message"]["text"] == "How much?"


async def test_a_thread_shows_what_is_known_and_nothing_else(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_comment("c1", by="ann", text="How much?"))

    thread = await the_thread(agent)

    assert set(thread) == {
        *("id", "brand", "platform", "kind", "account", "contact", "post", "status", "tags", "last_message"),
        *("message_count", "unread", "version", "created_at", "updated_at"),
    }
    assert thread["contact"]["name"] == "Ann"
    assert thread["account"] == {"id": ACCOUNT.id}
    assert thread["last_message"] == {"text": "How much?", "at": "2026-11-01T08:00:00Z", "direction": "inbound"}


async def test_an_account_shows_its_name_once_that_is_known(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_comment("c1"))
    connected = AccountConnected(
        account_id=ACCOUNT.id, platform="facebook", brand="acme", external_id="page-1", name="Acme", connected_at=at(0)
    )
    async with running.open_unit() as unit:
        await file_accounts(unit, [connected])

    assert (await the_thread(agent))["account"] == {"id": ACCOUNT.id, "external_id": "page-1", "name": "Acme"}


async def test_messages_come_in_the_order_in_which_they_were_said(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m3", minutes=3), a_message("m1", minutes=1), a_message("m2", minutes=1))
    thread = await the_thread(agent)

    first = (await agent.get(f"/threads/{thread['id']}/messages", params={"limit": 2})).json()
    cursor = first["next_cursor"]
    second = (await agent.get(f"/threads/{thread['id']}/messages", params={"limit": 2, "cursor": cursor})).json()

    said = [item["interaction_id"].rpartition(":")[2] for item in [*first["items"], *second["items"]]]
    assert said == ["m1", "m2", "m3"]
    assert second["next_cursor"] is None


async def test_a_message_shows_how_it_reads(running: Running, agent: AsyncClient) -> None:
    message = a_message("m1")
    await heard(running, message)
    async with running.open_unit() as unit:
        await file_assessments(unit, [an_assessment(message, SentimentLabel.POSITIVE)])
    thread = await the_thread(agent)

    (item,) = (await agent.get(f"/threads/{thread['id']}/messages")).json()["items"]

    assert item["assessment"]["sentiment"]["label"] == thread["sentiment"] == "positive"
    assert item["author"] == {"id": "ann", "name": "Ann"}
    assert "delivery" not in item


async def test_a_message_shows_what_it_wants_and_why_it_is_urgent(running: Running, agent: AsyncClient) -> None:
    message = a_message("m1")
    await heard(running, message)
    async with running.open_unit() as unit:
        await file_assessments(unit, [an_assessment(message, intents=[IntentCode.REFUND], urgency=0.5)])

    (item,) = (await agent.get(f"/threads/{(await the_thread(agent))['id']}/messages")).json()["items"]

    assert item["assessment"]["intents"] == [{"code": "refund", "score": 0.9}]
    assert item["assessment"]["urgency_reasons"] == [{"code": "waiting", "weight": 0.5, "detail": message.id}]


async def read_threads(running: Running) -> None:
    """Three conversations: one nobody has read, one calm, one urgent."""
    calm, urgent = a_message("m1", conversation="ann"), a_message("m2", conversation="bob", minutes=-60)
    await heard(running, calm, urgent, a_message("m3", conversation="cem"))
    async with running.open_unit() as unit:
        facts = [
            an_assessment(calm, intents=[IntentCode.THANKS, IntentCode.REFUND], urgency=0.1),
            an_assessment(urgent, intents=[IntentCode.REFUND], risks=[RiskCode.LEGAL], urgency=0.8),
        ]
        await file_assessments(unit, facts)


async def test_a_thread_shows_what_it_wants_what_is_at_risk_and_why_it_is_urgent(
    running: Running, agent: AsyncClient
) -> None:
    await read_threads(running)

    (thread,) = (await agent.get("/threads", params={"risk": "legal"})).json()["items"]

    assert (thread["intents"], thread["risks"], thread["urgency"]) == (["refund"], ["legal"], 0.8)
    (reason,) = thread["urgency_reasons"]
    assert (reason["code"], reason["weight"]) == ("waiting", 0.8)


async def test_the_most_urgent_threads_come_first_page_by_page(running: Running, agent: AsyncClient) -> None:
    await read_threads(running)
    asked: dict[str, Any] = {"sort": "-urgency", "limit": 1}
    urgencies = []

    while "cursor" not in asked or asked["cursor"] is not None:
        page = (await agent.get("/threads", params=asked)).json()
        urgencies += [thread.get("urgency") for thread in page["items"]]
        asked["cursor"] = page["next_cursor"]

    assert urgencies == [0.8, 0.1, None]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"intent": "refund"}, 2),
        ({"intent": "thanks"}, 1),
        ({"intent": "refund", "risk": "legal"}, 1),
        ({"intent": "spam"}, 0),
        ({"risk": "legal"}, 1),
        ({"risk": "spam"}, 0),
    ],
)
async def test_threads_are_found_by_what_is_wanted_and_at_risk(
    running: Running, agent: AsyncClient, asked: dict[str, str], count: int
) -> None:
    await read_threads(running)

    found = (await agent.get("/threads", params=asked)).json()["items"]

    assert len(found) == count


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"kind": "message"}, 1),
        ({"kind": "comment"}, 2),
        ({"status": "open"}, 3),
        ({"status": "resolved"}, 0),
        ({"brand": "acme"}, 3),
        ({"brand": "globex"}, 0),
        ({"platform": "facebook"}, 3),
        ({"assignee": "none"}, 3),
        ({"assignee": "me"}, 0),
        ({"sentiment": "negative"}, 0),
        ({"tag": "vip"}, 0),
        ({"q": "BROKEN"}, 1),
        ({"q": "%"}, 0),
    ],
)
async def test_the_list_has_what_matches_all_that_is_asked_for(
    running: Running, agent: AsyncClient, asked: dict[str, str], count: int
) -> None:
    await heard(running, a_comment("c1", text="it is broken"), a_comment("c2", minutes=1), a_message("m1", minutes=2))

    found = (await agent.get("/threads", params=asked)).json()

    assert len(found["items"]) == count


async def test_the_list_goes_on_where_the_page_before_ended(running: Running, agent: AsyncClient) -> None:
    await heard(running, *(a_comment(f"c{number}", minutes=number) for number in range(5)))

    seen, cursor = [], None
    for _ in range(3):
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await agent.get("/threads", params=params)).json()
        seen += [item["last_message"]["at"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert seen == sorted(seen, reverse=True)
    assert (len(seen), cursor) == (5, None)


async def test_a_reply_sent_twice_under_one_key_is_one_reply(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m1"))
    thread = await the_thread(agent)
    url, headers = f"/threads/{thread['id']}/replies", {"Idempotency-Key": "k1"}

    first = await agent.post(url, json={"text": "hello"}, headers=headers)
    second = await agent.post(url, json={"text": "hello"}, headers=headers)

    assert (first.status_code, first.json()["status"]) == (202, "queued")
    assert second.json() == first.json()
    _, reply = (await agent.get(f"/threads/{thread['id']}/messages")).json()["items"]
    assert (reply["id"], reply["delivery"], reply["author"]) == (
        first.json()["id"],
        {"status": "queued"},
        {"id": "agent-1"},
    )


async def test_a_claim_keeps_others_off_until_it_is_given_back(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m1"))
    url = f"/threads/{(await the_thread(agent))['id']}"

    claimed = (await agent.post(f"{url}:claim")).json()

    assert claimed["claim"] == {"member": "agent-1", "until": "2026-11-01T08:15:00Z"}
    async with running.client(OTHER_AGENT) as other:
        refused = await other.post(f"{url}:claim")
        assert (refused.status_code, refused.json()["code"]) == (409, "thread_claimed")
        assert (await other.post(f"{url}/replies", json={"text": "hello"})).status_code == 409
        await agent.post(f"{url}:release")
        assert (await other.post(f"{url}:claim")).status_code == 200


async def test_a_change_of_a_version_that_is_not_the_last_is_refused(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m1"))
    url = f"/threads/{(await the_thread(agent))['id']}"
    read = (await agent.get(url)).headers["etag"]
    await heard(running, a_message("m2", minutes=1))

    refused = await agent.post(f"{url}:resolve", headers={"If-Match": read})

    assert refused.status_code == 412
    now = (await agent.get(url)).headers["etag"]
    resolved = await agent.post(f"{url}:resolve", headers={"If-Match": now})
    assert (resolved.status_code, resolved.json()["status"]) == (200, "resolved")


async def test_a_thread_can_be_put_aside_and_opened_again(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m1"))
    url = f"/threads/{(await the_thread(agent))['id']}"

    snoozed = await agent.post(f"{url}:snooze", json={"until": "2026-11-01T09:00:00Z"})
    reopened = await agent.post(f"{url}:reopen")
    past = await agent.post(f"{url}:snooze", json={"until": "2026-11-01T07:00:00Z"})

    assert (snoozed.json()["status"], snoozed.json()["snoozed_until"]) == ("snoozed", "2026-11-01T09:00:00Z")
    assert (reopened.json()["status"], "snoozed_until" in reopened.json()) == ("open", False)
    assert past.status_code == 422


async def test_a_thread_is_assigned_to_who_may_work_on_it(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m1"))
    url = f"/threads/{(await the_thread(agent))['id']}"
    members = [
        MemberChanged(
            member_id=name, name=name, is_active=True, is_administrator=False, roles={"acme": role}, changed_at=at(0)
        )
        for name, role in (("bo", "agent"), ("al", "analyst"))
    ]
    async with running.open_unit() as unit:
        await file_members(unit, members)

    answers = {
        name: (await agent.post(f"{url}:assign", json={"assignee": name})).status_code
        for name in ("agent-1", "bo", "al", "nobody")
    }

    assert answers == {"agent-1": 200, "bo": 200, "al": 422, "nobody": 422}
    assert (await agent.get("/threads", params={"assignee": "bo"})).json()["items"]
    assert "assignee" not in (await agent.post(f"{url}:assign", json={"assignee": None})).json()


async def test_notes_and_tags_stay_on_their_thread(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m1"))
    url = f"/threads/{(await the_thread(agent))['id']}"

    note = await agent.post(f"{url}/notes", json={"text": "call her"})
    tagged = await agent.post(f"{url}/tags", json={"tags": ["vip", "late"]})
    untagged = await agent.delete(f"{url}/tags/late")

    assert (note.status_code, note.json()["text"]) == (201, "call her")
    assert [item["id"] for item in (await agent.get(f"{url}/notes")).json()["items"]] == [note.json()["id"]]
    assert (tagged.json()["tags"], untagged.status_code) == (["late", "vip"], 204)
    assert (await the_thread(agent))["tags"] == ["vip"]


async def test_contacts_show_who_spoke(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_comment("c1", by="ann"), a_message("m1", by="bob", conversation="bob", minutes=1))

    items = (await agent.get("/contacts")).json()["items"]

    assert [item["name"] for item in items] == ["Bob", "Ann"]
    assert items[0]["marks"] == {"reactions": 0, "shares": 0, "follows": 0}
    assert (await agent.get(f"/contacts/{items[0]['id']}")).json() == items[0]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/messages", None),
        ("GET", "/notes", None),
        ("POST", ":claim", None),
        ("POST", ":resolve", None),
        ("POST", ":assign", {"assignee": None}),
        ("POST", "/replies", {"text": "hello"}),
        ("POST", "/tags", {"tags": ["a"]}),
    ],
)
async def test_a_thread_of_another_brand_is_not_there(
    running: Running, agent: AsyncClient, method: str, path: str, body: object
) -> None:
    await heard(running, a_message("m1"))
    url = f"/threads/{(await the_thread(agent))['id']}{path}"

    async with running.client(STRANGER) as stranger:
        answer = await stranger.request(method, url, json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_list_shows_nothing_of_another_brand(running: Running) -> None:
    await heard(running, a_message("m1"))

    async with running.client(STRANGER) as stranger:
        threads, contacts = await stranger.get("/threads"), await stranger.get("/contacts")

    assert (threads.json()["items"], contacts.json()["items"]) == ([], [])


async def test_who_may_only_read_may_not_work(running: Running) -> None:
    await heard(running, a_message("m1"))

    async with running.client(AUDITOR) as auditor:
        thread = await the_thread(auditor)
        answer = await auditor.post(f"/threads/{thread['id']}:resolve")

    assert answer.status_code == 403


async def test_the_id_of_a_thread_that_was_merged_leads_to_the_one_that_it_became(
    running: Running, agent: AsyncClient
) -> None:
    await heard(running, a_comment("c1"))
    await heard(running, a_comment("c3", parent="c2", minutes=2))
    ids = [item["id"] for item in (await agent.get("/threads")).json()["items"]]

    await heard(running, a_comment("c2", parent="c1", minutes=1))

    found = {(await agent.get(f"/threads/{thread_id}")).json()["id"] for thread_id in ids}
    assert len(found) == 1
    assert (await the_thread(agent))["message_count"] == 3


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": "x", "priority": 1}, {"text": "x\x00"}])
async def test_a_reply_that_makes_no_sense_is_refused(
    running: Running, agent: AsyncClient, body: dict[str, object]
) -> None:
    await heard(running, a_message("m1"))
    thread = await the_thread(agent)

    assert (await agent.post(f"/threads/{thread['id']}/replies", json=body)).status_code == 422


async def test_a_thread_says_how_it_may_be_answered_before_anyone_types(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_message("m1", max_replies=5, window=timedelta(hours=48)))
    thread_id = (await the_thread(agent))["id"]
    await agent.post(f"/threads/{thread_id}/replies", json={"text": "hello"})

    room = (await agent.get(f"/threads/{thread_id}")).json()["reply"]

    assert room["capabilities"] == ["direct_message"]
    assert room["replies_left"] == 4
    assert room["window_expires_at"].startswith(at(48 * 60).isoformat()[:16])


async def test_what_is_done_to_a_message_shows_on_it(running: Running, agent: AsyncClient) -> None:
    await heard(running, a_comment("c1", capabilities=(Capability.HIDE,)))
    thread_id = (await the_thread(agent))["id"]
    (message,) = (await agent.get(f"/threads/{thread_id}/messages")).json()["items"]

    asked = await agent.post(f"/messages/{message['id']}/moderations", json={"kind": "hide"})
    refused = await agent.post(f"/messages/{message['id']}/moderations", json={"kind": "like"})

    (shown,) = (await agent.get(f"/threads/{thread_id}/messages")).json()["items"]
    assert (asked.status_code, refused.status_code, refused.json()["code"]) == (202, 409, "not_moderatable")
    assert [(one["kind"], one["status"], one["member_id"]) for one in shown["moderations"]] == [
        ("hide", "queued", "agent-1")
    ]
