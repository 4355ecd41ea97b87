"""`python -m simulator`: the platforms by themselves, until a signal ends them."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence

import httpx

from simulator.enrolment import EnrolmentRefused, enrol
from simulator.facade import Simulator
from simulator.platforms.platform import utc_now
from simulator.scenario import Scenario, make_day
from simulator.sender import HandshakeFailed

_API_KEY = "HUIYING_BOOTSTRAP_API_KEY"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; the status to exit with."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_run(options))
    except (EnrolmentRefused, HandshakeFailed, httpx.HTTPError, OSError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulator", description="Played platforms: webhooks, APIs, echoes, trouble.")
    parser.add_argument("command", nargs="?", choices=["serve"], default="serve")
    parser.add_argument("--host", default="127.0.0.1", help="the control API asks nobody who they are")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument(
        "--seed", type=int, default=None, help="the same ids again; not against a product that remembers"
    )
    parser.add_argument("--target", help=f"a product to enrol at and to play a day to; its key is in {_API_KEY}")
    parser.add_argument("--api-url", help="where the product reaches this, if not at host and port")
    parser.add_argument("--brand", default="tanghulu-tea")
    parser.add_argument("--rate", type=float, default=5.0, help="interactions a second, on average")
    parser.add_argument("--compression", type=float, default=1.0, help="how many times as fast as life")
    parser.add_argument("--scenario", choices=[one.value for one in Scenario], default=Scenario.DAY.value)
    return parser


async def _run(options: argparse.Namespace) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with Simulator(host=options.host, port=options.port, seed=options.seed, strict=False) as sim:
        sys.stdout.write(f"platforms at {sim.url}, control at {sim.url}/_sim/state\n")
        sys.stdout.flush()
        if options.target:
            await _play(sim, options)
        await stopped.wait()


async def _play(sim: Simulator, options: argparse.Namespace) -> None:
    key = os.environ.get(_API_KEY, "")
    await enrol(sim, options.target, api_key=key, brand=options.brand, api_url=options.api_url)
    day = make_day(
        Scenario(options.scenario),
        now=utc_now(),
        rate_per_second=options.rate,
        compression=options.compression,
        seed=options.seed or 0,
        platforms=sim.names,
    )
    sim.player.start(day, compression=options.compression)


if __name__ == "__main__":
    sys.exit(main())
