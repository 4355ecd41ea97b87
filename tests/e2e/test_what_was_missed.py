"""What a platform did not tell is brought back by an operator's one command."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from huiying.clock import SystemClock
from tests.support.eventually import eventually
from tests.support.platforms import a_simulator
from tests.support.world import BOOTSTRAP_KEY, World, one_machine

_BRAND = "tea-missed"


async def test_a_comment_of_which_nothing_was_told_is_in_the_inbox_after_a_backfill_and_once_after_two(
    tmp_path: Path,
) -> None:
    with one_machine(tmp_path) as world:
        async with a_simulator() as sim, world.api("ingest") as ingest, world.api("inbox") as inbox:
            await world.connect(sim, brand=_BRAND)
            accounts = (await ingest.get("/accounts", params={"platform": "facebook"})).json()["items"]
            sim.facebook.comment("nobody was told of this")
            since = (SystemClock().now() - timedelta(days=1)).isoformat()

            first = await _huiying(world, "backfill", "--account", accounts[0]["id"], "--since", since)
            again = await _huiying(world, "backfill", "--account", accounts[0]["id"], "--since", since)

            async def is_there() -> list[str]:
                threads = (await inbox.get("/threads", params={"brand": _BRAND})).json()["items"]
                return [thread["last_message"]["text"] for thread in threads]

            found = await eventually(is_there, timeout_seconds=30)

    assert (first, again) == ((0, "1 of 1 were missing"), (0, "0 of 1 were missing"))
    assert found == ["nobody was told of this"]


async def _huiying(world: World, *arguments: str) -> tuple[int | None, str]:
    """The exit code of a command, and the last line it printed."""
    url = f"http://127.0.0.1:{world.port_of('ingest')}"
    command = [sys.executable, "-m", "standalone", *arguments, "--url", url, "--api-key", BOOTSTRAP_KEY]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode().strip().rpartition("\n")[2]
