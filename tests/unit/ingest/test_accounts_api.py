"""Accounts and deliveries over HTTP: what they show, to whom, and what they refuse."""

import io
from pathlib import Path
from typing import Any

import pytest

from huiying.auth.principals import Role
from huiying.events.accounts import AccountConnected, AccountRemoved
from huiying.events.brands import BrandCreated
from huiying.observability import logs
from ingest.main import SERVICE
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.wechat_oa import WeChatAccount
from tests.support.edges import BRAND, Edge
from tests.support.eventually import eventually
from tests.support.running import a_member, a_service, an_administrator

SECRETS = {"app_secret": "canary-app-secret", "verify_token": "canary-verify", "access_token": "canary-access"}


def asked(**more: Any) -> dict[str, Any]:
    return {
        "platform": "facebook",
        "brand": BRAND,
        "external_id": "page-1",
        "name": "Tea",
        "credentials": SECRETS,
        **more,
    }


async def test_a_connected_account_has_a_hook_and_waits_for_its_first_delivery(edge: Edge) -> None:
    answer = await edge.api.post("/accounts", json=asked())

    account = answer.json()
    assert answer.status_code == 201
    assert account["hook_path"].startswith("/hooks/facebook/")
    assert len(account["hook_path"].rsplit("/", 1)[1]) >= 32
    assert account["health"] == {"status": "healthy", "reasons": [], "last_delivery_at": None, "last_error": None}
    assert (await edge.api.get(f"/accounts/{account['id']}")).json() == account


async def test_others_hear_of_an_account_when_it_comes_and_when_it_goes(edge: Edge) -> None:
    account = (await edge.api.post("/accounts", json=asked())).json()
    await edge.api.delete(f"/accounts/{account['id']}")

    async def were_told() -> bool:
        connected, removed = await edge.facts(AccountConnected), await edge.facts(AccountRemoved)
        assert [fact.account_id for fact in connected] == [fact.account_id for fact in removed] == [account["id"]]
        return True

    assert await eventually(were_told)


async def test_no_secret_is_ever_answered_or_logged(edge: Edge) -> None:
    stream = io.StringIO()
    logs.configure(level="DEBUG", stream=stream)

    made = await edge.api.post("/accounts", json=asked())
    path = f"/accounts/{made.json()['id']}"
    answers = [
        made,
        await edge.api.post("/accounts", json=asked()),
        await edge.api.post("/accounts", json=asked(credentials={"app_secret": "canary-a"})),
        await edge.api.post("/accounts", json=asked(credentials={**SECRETS, "canary_name": "x"})),
        await edge.api.post("/accounts", json=asked(credentials={**SECRETS, "Canary Name": "x"})),
        await edge.api.post("/accounts", json=asked(credentials={**SECRETS, "app_secret": "canary-é"})),
        await edge.api.post("/accounts", json=asked(credentials="canary-text")),
        await edge.api.patch(path, json={"credentials": {**SECRETS, "app_secret": ["canary-1", "canary-2"]}}),
        await edge.api.patch(path, json={"credentials": {"app_secret": {"canary": "canary"}}}),
        await edge.api.get(path),
        await edge.api.get("/accounts"),
        await edge.hooks.get(made.json()["hook_path"], params={"hub.verify_token": "canary-guess"}),
    ]

    told = [answer.text.replace("canary_name", "") for answer in answers]
    assert [text for text in told if "anary" in text] == []
    assert "canary" not in stream.getvalue()
    assert {answer.status_code for answer in answers} == {201, 409, 422, 200, 403}


async def test_what_people_write_is_not_logged(edge: Edge) -> None:
    stream = io.StringIO()
    logs.configure(level="DEBUG", stream=stream)
    page, wechat = FacebookPage(surroundings=edge.world), WeChatAccount(surroundings=edge.world)
    await edge.plays(page)
    await edge.plays(wechat)

    await edge.hears(page, page.comment("canary-comment"), times=2)
    await edge.hears(wechat, wechat.text("canary-message"), times=2)
    refused = await edge.hooks.post(str(page.hook), content=b'{"text":"canary-refused"}')
    await edge.filed(count=4)

    assert refused.status_code == 401
    assert "canary" not in stream.getvalue()


async def test_a_creation_repeated_with_its_key_is_one(edge: Edge) -> None:
    headers = {"idempotency-key": "key-1"}

    first, second = [await edge.api.post("/accounts", json=asked(), headers=headers) for _ in range(2)]
    other = await edge.api.post("/accounts", json=asked(name="Other"), headers=headers)

    assert first.json() == second.json()
    assert other.status_code == 422
    assert len((await edge.api.get("/accounts")).json()["items"]) == 1


async def test_a_page_is_connected_once_until_it_is_removed(edge: Edge) -> None:
    first = await edge.api.post("/accounts", json=asked())
    again = await edge.api.post("/accounts", json=asked(name="Again"))
    await edge.api.delete(f"/accounts/{first.json()['id']}")
    after = await edge.api.post("/accounts", json=asked())

    assert (again.status_code, again.json()["code"]) == (409, "already_connected")
    assert after.status_code == 201
    assert after.json()["hook_path"] != first.json()["hook_path"]


async def test_the_secrets_of_an_account_do_not_follow_it_to_another_address(edge: Edge) -> None:
    path = f"/accounts/{(await edge.api.post('/accounts', json=asked())).json()['id']}"
    elsewhere = {"api_base": "https://elsewhere.example"}

    alone = await edge.api.patch(path, json=elsewhere)
    together = await edge.api.patch(path, json={**elsewhere, "credentials": SECRETS})
    back = await edge.api.patch(path, json={"api_base": ""})

    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (422, "/credentials")
    assert (together.status_code, together.json()["api_base"]) == (200, elsewhere["api_base"])
    assert (back.status_code, back.json()["api_base"]) == (200, None)


async def test_only_who_read_the_latest_version_changes_it(edge: Edge) -> None:
    account = (await edge.api.post("/accounts", json=asked())).json()
    path = f"/accounts/{account['id']}"
    tag = (await edge.api.get(path)).headers["etag"]

    first = await edge.api.patch(path, json={"name": "A"}, headers={"if-match": tag})
    late = await edge.api.patch(path, json={"name": "B"}, headers={"if-match": tag})
    now = (await edge.api.get(path)).json()

    assert (first.status_code, first.headers["etag"], late.status_code) == (200, '"2"', 412)
    assert (now["name"], now["version"]) == ("A", 2)


async def test_a_brand_must_exist(edge: Edge) -> None:
    unknown = await edge.api.post("/accounts", json=asked(brand="nobody"))
    await edge.running.told(BrandCreated(slug="harbour", name="Harbour", created_at=edge.clock.now()))

    async def is_known() -> bool:
        return (await edge.api.post("/accounts", json=asked(brand="harbour"))).status_code == 201

    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/brand")
    assert await eventually(is_known)


async def test_a_member_connects_for_brands_the_token_vouches_for_and_no_others(edge: Edge) -> None:
    async with (
        edge.running.client(a_member(Role.MANAGER, "fresh")) as manager,
        edge.running.client(a_member(Role.AGENT, "fresh")) as agent,
    ):
        own = await manager.post("/accounts", json=asked(brand="fresh"))
        other = await manager.post("/accounts", json=asked(brand=BRAND, external_id="page-2"))
        lesser = await agent.post("/accounts", json=asked(brand="fresh", external_id="page-3"))

    assert [answer.status_code for answer in (own, other, lesser)] == [201, 404, 403]


async def test_lists_go_on_where_they_ended_and_hold_only_what_one_may_see(edge: Edge) -> None:
    for number in range(5):
        await edge.api.post("/accounts", json=asked(external_id=f"page-{number}"))
    async with edge.running.client(an_administrator()) as root:
        await edge.running.told(BrandCreated(slug="harbour", name="Harbour", created_at=edge.clock.now()))

        async def connected() -> bool:
            made = await root.post("/accounts", json=asked(brand="harbour", external_id="other"))
            return made.status_code == 201

        await eventually(connected)
    async with edge.running.client(a_member(Role.AGENT, BRAND)) as agent:
        seen: list[str] = []
        cursor = None
        while True:
            page = (await agent.get("/accounts", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
            seen += [item["external_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        forged = await agent.get("/accounts", params={"cursor": "AAAA"})
        none = (await agent.get("/accounts", params={"platform": "messenger"})).json()["items"]

    assert seen == [f"page-{number}" for number in range(5)]
    assert forged.status_code == 422
    assert none == []


async def test_deliveries_are_found_by_account_and_by_status(edge: Edge) -> None:
    page, source = FacebookPage(surroundings=edge.world), GenericSource(surroundings=edge.world)
    page_id, source_id = await edge.plays(page), await edge.plays(source)
    await edge.hears(page, page.comment("hi"))
    await edge.hears(source, source.say("comment.created", {"id": "c1"}))
    await edge.hears(source, source.say("comment.created", {"id": "c2", "platform": "No Platform"}))
    await edge.filed(count=3)

    async def count(**params: str) -> int:
        return len((await edge.api.get("/deliveries", params=params)).json()["items"])

    assert await count(account=page_id) == 1
    assert await count(account=source_id) == 2
    assert await count(account=source_id, status="refused") == 1
    assert await count(brand=BRAND, status="normalised") == 2
    assert await count(brand="harbour") == 0
    assert (await edge.api.get("/deliveries", params={"status": "odd"})).status_code == 422


async def test_another_brands_delivery_is_not_there(edge: Edge) -> None:
    source = GenericSource(surroundings=edge.world)
    await edge.plays(source)
    await edge.hears(source, source.comment("hi"))
    (filed,) = await edge.filed(count=1)

    async with edge.running.client(a_member(Role.MANAGER, "harbour")) as stranger:
        answers = [
            await stranger.get(f"/deliveries/{filed['id']}"),
            await stranger.post(f"/deliveries/{filed['id']}:replay"),
        ]
        listed = (await stranger.get("/deliveries")).json()["items"]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert listed == []


@pytest.mark.parametrize("part", ["%00", "a%00b", "%ff", "茶", "x" * 5_000, "..", "'"])
async def test_no_id_and_no_filter_breaks_anything(edge: Edge, part: str) -> None:
    paths = [f"/accounts/{part}", f"/deliveries/{part}", f"/dead-letters/{part}"]
    named = {"/accounts": ("brand", "platform"), "/deliveries": ("account", "brand"), "/dead-letters": ("topic",)}

    answers = [await edge.api.get(path) for path in paths]
    answers += [await edge.api.post(f"/deliveries/{part}:replay"), await edge.api.delete(paths[0])]
    answers += [await edge.api.get(f"{path}?{name}={part}") for path, names in named.items() for name in names]
    answers += [await edge.api.get(f"{path}?cursor={part}") for path in named]

    assert {answer.status_code for answer in answers} <= {404, 422}


@pytest.mark.parametrize("field", ["platform", "brand", "external_id", "name", "api_base"])
async def test_a_zero_byte_in_a_field_is_refused(edge: Edge, field: str) -> None:
    values = {"api_base": "https://example.org/\x00"}

    answer = await edge.api.post("/accounts", json=asked(**{field: values.get(field, "a\x00b")}))

    assert answer.status_code == 422


async def test_an_account_outlives_a_restart(tmp_path: Path) -> None:
    async with (
        a_service(SERVICE, directory=tmp_path) as running,
        running.client(an_administrator(BRAND)) as client,
    ):
        account = (await client.post("/accounts", json=asked())).json()

    async with (
        a_service(SERVICE, directory=tmp_path) as running,
        running.client(an_administrator(BRAND)) as client,
        running.hooks_client() as hooks,
    ):
        shown = (await client.get(f"/accounts/{account['id']}")).json()
        question = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": SECRETS["verify_token"]}
        echoed = await hooks.get(account["hook_path"], params=question)

    assert shown == account
    assert echoed.text == "42"


@pytest.mark.parametrize(("first", "second"), [("generic", "facebook"), ("facebook", "generic")])
async def test_a_bridge_does_not_bear_the_id_of_another_brands_account(edge: Edge, first: str, second: str) -> None:
    credentials = {"generic": {"secret": "whsec_bmV3LXNlY3JldC1vZi0yNC1ieXRlcw=="}, "facebook": SECRETS}
    common = {"external_id": "104", "name": "A page"}
    ours = {**common, "platform": first, "brand": BRAND, "credentials": credentials[first]}
    (await edge.api.post("/accounts", json=ours)).raise_for_status()
    async with edge.running.client(an_administrator(BRAND, "boats")) as other:
        body = {**common, "platform": second, "brand": "boats", "credentials": credentials[second]}
        answer = await other.post("/accounts", json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_connected")
