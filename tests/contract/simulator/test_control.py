"""Another process can do with the simulator what this one can."""

from collections.abc import AsyncIterator

import httpx  # noqa: TID251 - a test is its own caller
import pytest

from simulator.facade import Simulator
from tests.contract.simulator.product import Product
from tests.support.eventually import eventually


@pytest.fixture
async def control(sim: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sim.url}/_sim", trust_env=False) as client:
        yield client


async def test_a_hook_is_connected_after_its_handshake(
    sim: Simulator, product: Product, control: httpx.AsyncClient
) -> None:
    sim.facebook.hook = None

    answer = await control.post("/hooks", json={"platform": "facebook", "url": f"{product.url}/facebook"})

    assert answer.status_code == 200
    assert sim.facebook.hook == f"{product.url}/facebook"


async def test_a_hook_that_fails_its_handshake_is_a_conflict(product: Product, control: httpx.AsyncClient) -> None:
    answer = await control.post("/hooks", json={"platform": "facebook", "url": f"{product.url}/wechat_oa"})

    assert answer.status_code == 409
    assert "answered" in answer.json()["error"]


async def test_something_is_delivered_three_times(product: Product, control: httpx.AsyncClient) -> None:
    wanted = {"platform": "wechat_oa", "kind": "message", "text": "你好", "copies": 3, "at_once": 2}

    answer = await control.post("/deliveries", json=wanted)

    assert answer.json()["statuses"] == [200, 200, 200]
    assert [one.object.text for one in product.distinct.values()] == ["你好"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/deliveries", {"platform": "wechat_oa", "kind": "share"}),
        ("/deliveries", {"platform": "nowhere", "kind": "message"}),
        ("/deliveries", {"kind": "message"}),
        ("/faults", {"platform": "facebook", "kind": "bored"}),
        ("/faults", {"platform": "facebook", "kind": "broken", "colour": "red"}),
        ("/day", {"scenario": "party"}),
        ("/day", []),
    ],
)
async def test_what_makes_no_sense_is_said(
    product: Product, control: httpx.AsyncClient, path: str, body: object
) -> None:
    answer = await control.post(path, json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_trouble_begins_and_ends_on_request(sim: Simulator, control: httpx.AsyncClient) -> None:
    await control.post("/faults", json={"platform": "generic", "kind": "too_many", "times": None, "seconds": 9})
    async with httpx.AsyncClient(base_url=sim.api_base("generic"), trust_env=False) as caller:
        troubled = await caller.post("/replies")
        await control.delete("/faults")
        untroubled = await caller.post("/replies")

    assert (troubled.status_code, troubled.headers["retry-after"]) == (429, "9")
    assert untroubled.status_code == 401


async def test_a_call_to_meta_without_its_token_is_refused_in_metas_words(
    sim: Simulator, control: httpx.AsyncClient
) -> None:
    async with httpx.AsyncClient(base_url=sim.api_base("facebook"), trust_env=False) as caller:
        answer = await caller.post("/v25.0/1_2/comments", json={"message": "hi"})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == 190


async def test_replies_and_counts_can_be_read(sim: Simulator, control: httpx.AsyncClient) -> None:
    comment = sim.facebook.comment("hi")
    token = {"authorization": f"Bearer {sim.facebook.app.access_token}"}
    async with httpx.AsyncClient(base_url=sim.api_base("facebook"), headers=token, trust_env=False) as caller:
        said = await caller.post(f"/{comment.object_id}/comments", json={"message": "thanks"})

    (reply,) = (await control.get("/replies", params={"platform": "facebook"})).json()
    state = (await control.get("/state")).json()

    assert (reply["id"], reply["target"], reply["text"]) == (said.json()["id"], comment.object_id, "thanks")
    assert state["platforms"]["facebook"]["replies"] == 1
    assert (await control.get("/replies", params={"platform": "nowhere"})).status_code == 404


async def test_a_day_is_started_once_and_stopped(product: Product, control: httpx.AsyncClient) -> None:
    started = await control.post("/day", json={"rate": 200, "scenario": "crisis", "compression": 60})
    again = await control.post("/day", json={})
    await eventually(lambda: len(product.interactions) > 5)
    await control.delete("/day")

    assert (started.status_code, again.status_code) == (200, 409)
    assert (await control.get("/state")).json()["day"]["is_playing"] is False
