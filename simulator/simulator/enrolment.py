"""Telling a product about the played platforms, by its public API, as an administrator would."""

from typing import Any

import httpx

from simulator.facade import Simulator


class EnrolmentRefused(RuntimeError):
    """The product did not take an account, a brand or a change."""


async def enrol(sim: Simulator, base_url: str, *, api_key: str, brand: str, api_url: str | None = None) -> None:
    """Create the brand and an account per platform, and connect every hook.

    What is there already is found and pointed here. `api_url` is where the product reaches the simulator, if that is
    not `sim.url`. Raises EnrolmentRefused, HandshakeFailed, or httpx.HTTPError if nobody answers.
    """
    base = base_url.rstrip("/")
    headers = {"authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=10, trust_env=False) as client:
        made = await client.post("/api/identity/v1/brands", json={"slug": brand, "name": "Tanghulu Tea 糖葫芦茶"})
        _expect(made, 200, 201, 409)
        for name in sim.names:
            api_base = f"{(api_url or sim.url).rstrip('/')}/{name}"
            body = sim.account(name, brand=brand, api_base=api_base)
            account = await _account(client, body)
            await sim.connect(name, f"{base}{account['hook_path']}")


async def _account(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/ingest/v1/accounts", json=body)
    if answer.status_code == 201:
        return _object_in(answer)
    _expect(answer, 409)
    found = await _existing(client, body)
    change = {"api_base": body["api_base"], "credentials": body["credentials"]}
    path = f"/api/ingest/v1/accounts/{found['id']}"
    etag = (await client.get(path)).headers.get("etag", "*")
    return _object_in(_expect(await client.patch(path, json=change, headers={"if-match": etag}), 200))


async def _existing(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    query = {"platform": body["platform"], "brand": body["brand"], "limit": "200"}
    listed = _object_in(_expect(await client.get("/api/ingest/v1/accounts", params=query), 200))
    for account in listed["items"]:
        if account["external_id"] == body["external_id"]:
            return dict(account)
    raise EnrolmentRefused(f"{body['platform']} {body['external_id']} is said to be there, but is not listed")


def _expect(answer: httpx.Response, *statuses: int) -> httpx.Response:
    if answer.status_code not in statuses:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise EnrolmentRefused(f"{asked} answered {answer.status_code}: {answer.text[:500]}")
    return answer


def _object_in(answer: httpx.Response) -> dict[str, Any]:
    return dict(answer.json())
