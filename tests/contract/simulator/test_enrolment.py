"""The simulator makes itself known to a product, and runs as a process of its own."""

import asyncio
import os
import signal
import sys

import pytest

from simulator.enrolment import EnrolmentRefused, enrol
from simulator.facade import Simulator
from tests.contract.simulator.product import Product
from tests.support.eventually import eventually


async def test_every_platform_gets_an_account_and_its_hook(sim: Simulator, product: Product) -> None:
    await enrol(sim, product.url, api_key="key-1", brand="tanghulu-tea")

    assert product.brands == ["tanghulu-tea"]
    assert set(product.accounts) == set(sim.names)
    assert product.accounts["facebook"]["api_base"] == f"{sim.url}/facebook"
    assert sim.wechat_oa.hook == f"{product.url}/wechat_oa"


async def test_enrolling_again_points_what_is_there_to_the_new_address(sim: Simulator, product: Product) -> None:
    await enrol(sim, product.url, api_key="key-1", brand="tanghulu-tea", api_url="http://simulator.example:1")

    await enrol(sim, product.url, api_key="key-1", brand="tanghulu-tea", api_url="http://simulator.example:2")

    assert len(product.accounts) == len(sim.names)
    assert product.accounts["generic"]["api_base"] == "http://simulator.example:2/generic"


async def test_a_product_that_does_not_know_the_key_is_left_alone(sim: Simulator, product: Product) -> None:
    with pytest.raises(EnrolmentRefused, match="401"):
        await enrol(sim, product.url, api_key="guess", brand="tanghulu-tea")

    assert not product.accounts


async def test_as_a_process_it_enrols_plays_and_ends_at_a_signal(product: Product) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "serve", "--port", "0", "--target", product.url, "--rate", "100"),
        env={**os.environ, "HUIYING_BOOTSTRAP_API_KEY": "key-1"},
        stdout=asyncio.subprocess.PIPE,
    )
    # Its credentials are the same as those of every simulator that is given none.
    await eventually(lambda: len(product.interactions) > 5)

    process.send_signal(signal.SIGTERM)
    said, _ = await process.communicate()

    assert process.returncode == 0
    assert b"platforms at http://127.0.0.1:" in said


async def test_as_a_process_it_says_why_it_cannot_go_on() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--port", "0", "--target", "http://127.0.0.1:9"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )

    _, complaint = await process.communicate()

    assert process.returncode == 1
    assert complaint.startswith(b"simulator: ")
