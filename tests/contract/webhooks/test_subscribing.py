"""Who is told is decided by managers of the brand, and secrets are shown once."""

import json
from datetime import timedelta

import pytest

from huiying.auth.principals import Role
from ingest.clients.connectors.connector import SignatureRefused
from ingest.clients.connectors.standard_webhooks import verify
from tests.contract.webhooks.conftest import House
from tests.support.eventually import eventually
from tests.support.receivers import Receiver
from tests.support.running import a_member
from webhooks.storage.tables import SUBSCRIPTIONS


async def test_a_secret_is_shown_when_it_is_made_and_never_again(house: House, receiver: Receiver) -> None:
    made = await house.subscribes(receiver.url)

    shown = await house.api.get(f"/subscriptions/{made['id']}")
    async with house.running.open_view() as unit:
        stored = (await unit.session.execute(SUBSCRIPTIONS.select())).one()

    assert made["signing_key"].startswith("whsec_")
    assert "signing_key" not in shown.json()
    assert made["signing_key"].encode() not in stored.keys


async def test_while_a_key_is_being_changed_both_vouch_and_then_only_the_new_one(
    house: House, receiver: Receiver
) -> None:
    made = await house.subscribes(receiver.url)
    rotated = await house.api.post(f"/subscriptions/{made['id']}:rotate-key", json={"overlap_seconds": 3600})
    old, new = made["signing_key"], rotated.json()["signing_key"]

    await house.happens(1)
    await house.log(status="delivered", count=1)
    await house.passes(timedelta(hours=2))
    await house.happens(2)
    await house.log(status="delivered", count=2)

    (first, first_body), (second, second_body) = receiver.requests
    for key in (old, new):
        verify(first_body, first, secrets=[key], public_keys=[], now=house.clock.now() - timedelta(hours=2))
    verify(second_body, second, secrets=[new], public_keys=[], now=house.clock.now())
    with pytest.raises(SignatureRefused):
        verify(second_body, second, secrets=[old], public_keys=[], now=house.clock.now())


async def test_a_trial_shows_how_it_went(house: House, receiver: Receiver) -> None:
    made = await house.subscribes(receiver.url, events=["thread.opened"])

    asked = await house.api.post(f"/subscriptions/{made['id']}:test")

    (logged,) = await house.log(status="delivered")
    assert asked.json()["notification_id"] == logged["id"]
    assert json.loads(receiver.requests[0][1])["type"] == "webhook.tested"
    whole = (await house.api.get(f"/notifications/{logged['id']}")).json()
    assert json.loads(whole["body"])["data"]["subscription_id"] == made["id"]


async def test_a_disabled_subscription_is_not_tried_out(house: House, receiver: Receiver) -> None:
    made = await house.subscribes(receiver.url)
    receiver.will_answer(410)
    await house.happens()
    await house.log(status="failed")

    answer = await house.api.post(f"/subscriptions/{made['id']}:test")

    assert (answer.status_code, answer.json()["code"]) == (409, "subscription_disabled")


async def test_an_event_that_does_not_exist_is_pointed_at(house: House) -> None:
    body = {"brand": "acme", "url": "https://receiver.example/hook", "events": ["thread.opened", "thread.exploded"]}

    answer = await house.api.post("/subscriptions", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/events/1"


@pytest.mark.parametrize("url", ["ftp://receiver.example", "receiver.example", "https://a b.example", "javascript:1"])
async def test_what_is_no_address_is_refused(house: House, url: str) -> None:
    answer = await house.api.post("/subscriptions", json={"brand": "acme", "url": url})

    assert answer.status_code == 422


@pytest.mark.parametrize("role", [Role.AGENT, Role.ANALYST, Role.AUDITOR])
async def test_who_is_no_manager_decides_nothing(house: House, role: Role) -> None:
    async with house.running.client(a_member(role, "acme")) as client:
        answer = await client.post("/subscriptions", json={"brand": "acme", "url": "https://receiver.example"})

    assert answer.status_code == 403


async def test_a_change_to_what_somebody_else_has_changed_is_refused(house: House) -> None:
    made = await house.subscribes("https://receiver.example/hook")
    path = f"/subscriptions/{made['id']}"
    await house.api.patch(path, json={"description": "one"}, headers={"if-match": '"1"'})

    answer = await house.api.patch(path, json={"description": "two"}, headers={"if-match": '"1"'})

    assert answer.status_code == 412


async def test_after_its_end_nothing_is_told_and_nothing_is_left(house: House, receiver: Receiver) -> None:
    made = await house.subscribes(receiver.url)
    await house.happens(1)
    await house.log(status="delivered")

    gone = await house.api.delete(f"/subscriptions/{made['id']}")
    await house.happens(2)

    assert gone.status_code == 204
    assert (await house.api.get("/notifications")).json()["items"] == []
    assert len(receiver.requests) == 1


async def test_what_is_past_its_time_is_forgotten(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    await house.happens(1)
    (old,) = await house.log(status="delivered")

    await house.passes(timedelta(days=15))

    async def is_forgotten() -> bool:
        return (await house.api.get(f"/notifications/{old['id']}")).status_code == 404

    assert await eventually(is_forgotten)
