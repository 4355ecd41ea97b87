"""The simulator and a product of connectors, both on real sockets and connected."""

from collections.abc import AsyncIterator

import pytest

from simulator.facade import Simulator
from tests.contract.simulator.product import Product, serve


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=7, echo_delay_seconds=0, patience=0) as running:
        yield running


@pytest.fixture
async def product(sim: Simulator) -> AsyncIterator[Product]:
    product = Product({name: sim.platform(name) for name in sim.names})
    server = await serve(product)
    for name in sim.names:
        await sim.connect(name, f"{product.url}/{name}")
    # What a platform asked before it had anything to deliver.
    product.deliveries.clear()
    yield product
    await server.stop()
