"""What happens is told to who subscribed: signed, until it is taken, and to nobody else."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from huiying.clock import SystemClock
from huiying.events.deliveries import Proof
from huiying.events.interactions import InteractionReceived
from huiying.http.client import HTTPClient
from huiying.http.standard_webhooks import new_secret
from huiying.jobs.tables import JOBS
from ingest.clients.connectors.standard_webhooks import verify
from tests.contract.webhooks.conftest import House
from tests.support.eventually import eventually
from tests.support.inboxes import a_comment
from tests.support.receivers import Receiver
from webhooks.clients.receiver import Letter, tell
from webhooks.usecases.wake import DELIVER

SOON = timedelta(seconds=6)


async def test_a_fact_reaches_who_subscribed_as_a_standard_webhook(house: House, receiver: Receiver) -> None:
    made = await house.subscribes(receiver.url)

    await house.happens()

    (logged,) = await house.log(status="delivered")
    ((headers, body),) = receiver.requests
    told = json.loads(body)
    assert (told["type"], told["data"]["thread_id"]) == ("thread.resolved", "thread-1")
    assert told["timestamp"]
    assert headers["webhook-id"] == logged["message_id"]
    assert headers["content-type"] == "application/json"
    proof = verify(body, headers, secrets=[made["signing_key"]], public_keys=[], now=house.clock.now())
    assert proof is Proof.HMAC
    assert [attempt["status"] for attempt in logged["attempts"]] == [204]


async def test_a_receiver_may_check_by_public_key(house: House, receiver: Receiver) -> None:
    made = await house.subscribes(receiver.url, signing="ed25519")

    await house.happens()

    await house.log(status="delivered")
    ((headers, body),) = receiver.requests
    public_key = made["signing_key"]
    assert public_key.startswith("whpk_")
    assert verify(body, headers, secrets=[], public_keys=[public_key], now=house.clock.now()) is Proof.ED25519


async def test_only_what_was_asked_for_is_told(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url, events=["thread.opened"])
    await house.subscribes(receiver.url, events=["thread.resolved"], description="the other")

    await house.happens()

    await house.log(status="delivered")
    assert len(receiver.requests) == 1


async def test_what_happens_to_another_brand_is_told_to_nobody_here(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)

    await house.happens(1, brand="globex")
    await house.happens(2)

    (logged,) = await house.log(status="delivered")
    assert [json.loads(body)["data"]["thread_id"] for _, body in receiver.requests] == ["thread-2"]
    assert len(await house.log()) == 1
    assert logged["type"] == "thread.resolved"


async def test_what_would_let_anybody_answer_as_the_account_is_told_to_nobody(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)

    await house.running.told(InteractionReceived(interaction=a_comment(text="hello", handle={"token": "t0ken"})))

    await house.log(status="delivered")
    ((_, body),) = receiver.requests
    assert json.loads(body)["data"]["interaction"]["object"]["text"] == "hello"
    assert b"t0ken" not in body


async def test_a_job_that_has_ended_is_forgotten_after_an_hour(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    await house.happens()
    await house.log(status="delivered")

    async def ends() -> list[datetime | None]:
        async with house.running.runtime.database.reading() as session:
            return list((await session.execute(select(JOBS.c.ended_at).where(JOBS.c.kind == DELIVER))).scalars())

    async def ended() -> bool:
        found = await ends()
        return found != [] and None not in found

    async def forgotten() -> bool:
        return await ends() == []

    # The hour counts from the job's end, which is noted after the delivery's.
    await eventually(ended)
    await house.passes(timedelta(hours=1, minutes=20))

    await eventually(forgotten)


async def test_what_was_not_taken_is_sent_again_under_the_same_id_until_it_is(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    receiver.will_answer(500, 302)

    await house.happens()
    await house.tried(times=1)
    await house.passes(SOON)
    await house.tried(times=2)
    await house.passes(timedelta(minutes=6))

    (logged,) = await house.log(status="delivered")
    assert [attempt["status"] for attempt in logged["attempts"]] == [500, 302, 204]
    assert {headers["webhook-id"] for headers, _ in receiver.requests} == {logged["message_id"]}


async def test_a_receiver_that_hangs_up_is_tried_again(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    receiver.is_deaf = True
    await house.happens()
    first = await house.tried(times=1)

    receiver.is_deaf = False
    await house.passes(SOON)

    await house.log(status="delivered")
    assert "outcome_unknown" in first["attempts"][0]["error"]


async def test_who_asks_for_time_gets_it(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    receiver.will_answer(429, headers={"retry-after": "600"})

    await house.happens()
    await house.tried(times=1)

    held = (await house.subscription())["held_until"]
    assert held == (house.clock.now() + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    await house.passes(SOON)
    await house.passes(timedelta(minutes=11))
    await house.log(status="delivered")
    assert len(receiver.requests) == 2


async def test_a_receiver_in_trouble_is_tried_with_one_thing_and_not_with_all(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    receiver.will_answer(*[500] * 2)
    await house.happens(0)
    await house.tried(times=1)

    for number in range(1, 6):
        await house.happens(number)
    await house.log(count=6)
    await house.passes(SOON)

    async def tried_twice() -> bool:
        return sum(len(one["attempts"]) for one in await house.log(count=6)) == 2

    await eventually(tried_twice)
    assert len(receiver.requests) == 2
    await house.passes(timedelta(minutes=10))
    await house.log(status="delivered", count=6)


async def test_after_the_last_attempt_it_is_failed_and_can_be_sent_again(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    receiver.will_answer(*[500] * 10)
    await house.happens()
    for times in range(1, 10):
        await house.tried(times=times)
        await house.passes(timedelta(hours=27))
        if times == 4:
            # A working delivery in between, or five days of nothing but failures would have ended it.
            (await house.api.post(f"/subscriptions/{(await house.subscription())['id']}:enable")).raise_for_status()

    (failed,) = await house.log(status="failed")
    await house.api.post(f"/subscriptions/{failed['subscription_id']}:enable")
    again = await house.api.post(f"/notifications/{failed['id']}:redeliver")

    assert again.status_code == 202
    (delivered,) = await house.log(status="delivered")
    assert len(delivered["attempts"]) == 11


@pytest.mark.parametrize("since", [timedelta(days=-1), timedelta(days=1)])
async def test_everything_that_failed_since_then_is_sent_again(
    house: House, receiver: Receiver, since: timedelta
) -> None:
    await house.subscribes(receiver.url)
    receiver.will_answer(410)
    await house.happens()
    (failed,) = await house.log(status="failed")
    await house.api.post(f"/subscriptions/{failed['subscription_id']}:enable")

    answer = await house.api.post(
        f"/subscriptions/{failed['subscription_id']}:redeliver",
        json={"since": (house.clock.now() + since).isoformat()},
    )

    assert answer.json()["count"] == (1 if since < timedelta() else 0)


async def test_a_receiver_that_says_it_is_gone_is_told_nothing_more(house: House, receiver: Receiver) -> None:
    await house.subscribes(receiver.url)
    receiver.will_answer(410)

    await house.happens(1)
    await house.log(status="failed")
    await house.happens(2)

    subscription = await house.subscription()
    assert (subscription["status"], subscription["disabled_reason"]) == ("disabled", "the receiver answered 410 Gone")
    assert len(receiver.requests) == 1


async def test_a_receiver_that_fails_for_days_is_disabled_and_the_others_of_the_brand_are_told(
    house: House, receiver: Receiver
) -> None:
    broken = await house.subscribes("http://127.0.0.1:9/nobody", events=["thread.resolved"])
    await house.subscribes(receiver.url, events=["subscription.disabled"])
    await house.happens()
    await house.tried(times=1)

    await house.passes(timedelta(days=5, minutes=1))

    await house.log(status="delivered")
    ((_, body),) = receiver.requests
    assert json.loads(body)["data"]["subscription_id"] == broken["id"]
    found = (await house.api.get(f"/subscriptions/{broken['id']}")).json()
    assert found["status"] == "disabled"
    assert found["disabled_reason"].startswith("nothing was taken since")


async def test_what_waited_while_a_subscription_was_disabled_is_told_when_it_is_enabled(
    house: House, receiver: Receiver
) -> None:
    made = await house.subscribes("http://127.0.0.1:9/nobody")
    await house.happens()
    await house.tried(times=1)
    await house.passes(timedelta(days=6))
    await house.tried(times=2)
    assert (await house.subscription())["status"] == "disabled"

    await house.api.patch(f"/subscriptions/{made['id']}", json={"url": receiver.url})
    await house.api.post(f"/subscriptions/{made['id']}:enable")
    await house.passes(timedelta(hours=1))

    assert await house.log(status="delivered")


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "https://127.0.0.1/hook", "https://[::1]/hook"])
async def test_a_private_address_is_not_called_unless_that_is_allowed(url: str) -> None:
    client = HTTPClient(allow_private_addresses=False)
    letter = Letter(notification_id="n1", message_id="m1", url=url, body="{}", keys=(new_secret(),))

    attempt = await tell(client, letter, now=SystemClock().now())
    await client.close()

    assert attempt.status is None
    assert attempt.error is not None
    assert attempt.error.startswith("destination_refused")
