"""The services' APIs as a patient caller meets them while they come and go."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

import httpx  # noqa: TID251 - what it raises has to be told apart from what is answered.

from tests.chaos.plan import Pauses
from tests.support.world import SERVICES, World

_TRIES = 20
_TRY_EVERY_SECONDS = 0.5
_PAGE = "200"


class Refused(Exception):
    """An API said no, or nothing, however often it was asked."""


class APIs:
    """One client for each service, kept open: `async with APIs(world) as apis`."""

    def __init__(self, world: World) -> None:
        self._clients = {name: world.api(name) for name in SERVICES}
        self._stack = AsyncExitStack()
        self._pauses = Pauses()

    async def __aenter__(self) -> Self:
        for client in self._clients.values():
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]] | None:
        """Status and JSON of one answer; None if there was none."""
        try:
            answer = await self._clients[service].request(method, path, params=params, json=body, headers=headers)
        except httpx.TransportError:
            return None
        return answer.status_code, answer.json()

    async def get(self, service: str, path: str, **params: str) -> dict[str, Any]:
        """What is there, asked for until there is an answer. Raises Refused."""
        for _ in range(_TRIES):
            answer = await self.ask(service, "GET", path, params=params)
            if answer is not None and answer[0] == httpx.codes.OK:
                return answer[1]
            await self._pauses.pause(_TRY_EVERY_SECONDS)
        raise Refused(f"GET {service} {path} {params}: {answer}")

    async def every(self, service: str, path: str, **params: str) -> AsyncIterator[dict[str, Any]]:
        """All items of a list, page after page. Raises Refused."""
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(service, path, limit=_PAGE, **params, **cursor)
            for item in page["items"]:
                yield item
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    async def readiness(self, service: str) -> tuple[int, dict[str, Any]]:
        """What the service's process says about being ready; status 0 if nobody answers."""
        address = self._clients[service].base_url.copy_with(path="/readyz")
        return await self.ask(service, "GET", str(address)) or (0, {})

    async def all_ready(self) -> None:
        """Return once every process says that it is."""
        for name in SERVICES:
            while (await self.readiness(name))[0] != httpx.codes.OK:
                await self._pauses.pause(_TRY_EVERY_SECONDS)
