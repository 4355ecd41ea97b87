"""The load generator counts what really happened."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from simulator.facade import Simulator
from simulator.load import run_load
from tests.contract.simulator.product import Product
from tests.support.listening import listening

REQUEST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi"


@dataclass
class Trivial:
    """Answers every request by its number; None hangs up."""

    answer: Callable[[int], bytes | None]
    port: int = 0
    seen: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readexactly(len(REQUEST)):
            answer = self.answer(self.seen)
            self.seen += 1
            if answer is None:
                return
            writer.write(answer)


def ok(_number: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
async def trivial() -> AsyncIterator[Trivial]:
    server_side = Trivial(ok)
    async with listening(server_side.serve) as server_side.port:
        yield server_side


async def test_all_requests_are_sent_and_counted(trivial: Trivial) -> None:
    result = await run_load("127.0.0.1", trivial.port, [REQUEST] * 500, connections=8)

    assert (result.sent, result.acknowledged, result.lost, result.unsent) == (500, 500, 0, 0)
    assert result.statuses == {200: 500}
    assert trivial.seen == 500
    assert 0 < result.p50_seconds <= result.p99_seconds


async def test_what_was_not_acknowledged_is_known_by_number(trivial: Trivial) -> None:
    trivial.answer = lambda number: ok(number) if number % 5 else b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"
    answered: dict[int, int] = {}

    result = await run_load("127.0.0.1", trivial.port, [REQUEST] * 50, connections=1, on_answer=answered.__setitem__)

    assert (result.acknowledged, result.statuses[503]) == (40, 10)
    assert [number for number, status in answered.items() if status == 503] == list(range(0, 50, 5))


async def test_a_broken_connection_loses_one_request_and_is_opened_again(trivial: Trivial) -> None:
    trivial.answer = lambda number: None if number % 10 == 3 else ok(number)

    result = await run_load("127.0.0.1", trivial.port, [REQUEST] * 100, connections=4)

    assert (result.sent, result.acknowledged, result.lost) == (100, 90, 10)


async def test_with_a_rate_requests_are_due_by_the_clock(trivial: Trivial) -> None:
    result = await run_load(
        "127.0.0.1", trivial.port, lambda _: REQUEST, connections=4, rate_per_second=400, duration_seconds=0.5
    )

    assert 180 <= result.sent <= 220
    assert result.acknowledged == result.sent


async def test_an_answer_in_chunks_is_whole_at_its_last(trivial: Trivial) -> None:
    chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    trivial.answer = lambda _: chunks

    result = await run_load("127.0.0.1", trivial.port, [REQUEST] * 20, connections=2)

    assert result.acknowledged == 20


async def test_without_requests_that_end_a_duration_is_needed(trivial: Trivial) -> None:
    with pytest.raises(ValueError, match="duration"):
        await run_load("127.0.0.1", trivial.port, lambda _: REQUEST)


async def test_ready_made_deliveries_are_believed(sim: Simulator, product: Product) -> None:
    deliveries = [sim.facebook.comment(f"number {number}") for number in range(60)]
    deliveries += [sim.wechat_oa.text(f"第 {number} 号") for number in range(60)]
    port = int(product.url.rpartition(":")[2])

    result = await run_load("127.0.0.1", port, [sim.wire(delivery) for delivery in deliveries])

    assert result.acknowledged == 120
    assert set(product.distinct) == {interaction.id for interaction in product.interactions}
    assert len(product.distinct) == 120
