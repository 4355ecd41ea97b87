"""One partition's lane, before a producer whose acknowledgements the test gives."""

import asyncio
from collections.abc import Callable
from typing import cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata

from huiying.bus.kafka.lane import Lane, Outcome
from huiying.bus.transport import Record
from tests.support.eventually import eventually


class Batch:
    """Takes three records."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(
        self, *, timestamp: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> tuple[int, bytes, list[tuple[str, bytes]]] | None:
        if len(self.values) == 3:
            return None
        self.values.append(value)
        return timestamp, key, headers

    def close(self) -> None:
        pass


class Producer:
    """Keeps what it was given, and acknowledges nothing by itself."""

    def __init__(self) -> None:
        self.sent: list[list[bytes]] = []
        self.acknowledgements: list[asyncio.Future[RecordMetadata]] = []

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, _topic: str, *, partition: int) -> asyncio.Future[RecordMetadata]:
        assert partition == 0
        self.sent.append(batch.values)
        self.acknowledgements.append(asyncio.get_running_loop().create_future())
        return self.acknowledgements[-1]

    def acknowledge(self) -> None:
        for acknowledgement in self.acknowledgements:
            if not acknowledgement.done():
                acknowledgement.set_result(cast("RecordMetadata", None))

    def refuse(self, error: KafkaError) -> None:
        self.acknowledgements[-1].set_exception(error)


class Road:
    """A lane and the producers it meets."""

    def __init__(self) -> None:
        self.producer = Producer()
        self.failed: list[Producer] = []
        self.is_connected = asyncio.Event()
        self.is_connected.set()
        self.lane = Lane("topic", 0, connected=self._connected, failed=self._fail)

    def add(self, *values: bytes, seconds: float = 10) -> asyncio.Future[Outcome]:
        records = [Record("topic", b"key", value, (), 1) for value in values]
        return self.lane.add(records, deadline_seconds=asyncio.get_running_loop().time() + seconds)

    async def sees(self, *batches: list[bytes]) -> None:
        await eventually(self._sent(list(batches)))

    def _sent(self, batches: list[list[bytes]]) -> Callable[[], bool]:
        return lambda: self.producer.sent == batches

    async def _connected(self) -> AIOKafkaProducer:
        await self.is_connected.wait()
        return cast("AIOKafkaProducer", self.producer)

    def _fail(self, producer: AIOKafkaProducer) -> None:
        self.failed.append(cast("Producer", producer))


async def test_what_comes_together_is_sent_as_one_batch() -> None:
    road = Road()

    calls = [road.add(b"1"), road.add(b"2", b"3")]
    await road.sees([b"1", b"2", b"3"])
    road.producer.acknowledge()

    assert [await call for call in calls] == [None, None]


async def test_what_does_not_fit_into_one_batch_follows_in_the_next() -> None:
    road = Road()

    call = road.add(b"1", b"2", b"3", b"4")
    await road.sees([b"1", b"2", b"3"], [b"4"])
    road.producer.acknowledge()

    assert await call is None


async def test_while_a_batch_is_on_its_way_the_next_is_gathered_in_order() -> None:
    road = Road()
    first = road.add(b"1")
    await road.sees([b"1"])

    later = [road.add(b"2"), road.add(b"3")]
    road.producer.acknowledge()
    await road.sees([b"1"], [b"2", b"3"])

    assert await first is None
    assert not any(call.done() for call in later)
    await road.lane.close()


async def test_a_lane_that_is_stuck_holds_up_no_other() -> None:
    stuck, free = Road(), Road()
    waiting = stuck.add(b"1")
    await stuck.sees([b"1"])

    call = free.add(b"2")
    await free.sees([b"2"])
    free.producer.acknowledge()

    assert await call is None
    assert not waiting.done()
    await stuck.lane.close()


async def test_a_call_whose_time_is_up_on_its_way_is_told_so() -> None:
    road = Road()

    patient, hasty = road.add(b"1"), road.add(b"2", seconds=0.05)
    outcome = await hasty

    assert isinstance(outcome, TimeoutError)
    assert not patient.done()
    road.producer.acknowledge()
    assert await patient is None


async def test_a_call_that_nobody_waits_for_any_more_is_not_sent() -> None:
    road = Road()
    first = road.add(b"1")
    await road.sees([b"1"])

    late, cancelled, patient = road.add(b"2", seconds=0.05), road.add(b"3"), road.add(b"4")
    cancelled.cancel()
    assert isinstance(await late, TimeoutError)
    road.producer.acknowledge()
    await road.sees([b"1"], [b"4"])

    assert await first is None
    assert not patient.done()
    await road.lane.close()


async def test_all_in_a_batch_that_failed_are_told_and_so_is_the_producers_keeper() -> None:
    road = Road()
    calls = [road.add(b"1"), road.add(b"2")]
    await road.sees([b"1", b"2"])

    road.producer.refuse(KafkaError("no"))
    outcomes = [await call for call in calls]

    assert [type(outcome) for outcome in outcomes] == [KafkaError, KafkaError]
    assert road.failed == [road.producer]


async def test_one_too_large_is_not_blamed_on_all_who_travelled_with_it() -> None:
    road = Road()
    together = [road.add(b"1"), road.add(b"2")]
    await road.sees([b"1", b"2"])
    road.producer.refuse(MessageSizeTooLargeError())
    outcomes = [await call for call in together]
    alone = road.add(b"2")
    await road.sees([b"1", b"2"], [b"2"])

    road.producer.refuse(MessageSizeTooLargeError())

    assert not any(isinstance(outcome, MessageSizeTooLargeError) for outcome in outcomes)
    assert isinstance(await alone, MessageSizeTooLargeError)


async def test_what_waits_while_the_producer_is_replaced_goes_to_the_next_one() -> None:
    road = Road()
    lost = road.add(b"1")
    await road.sees([b"1"])
    road.is_connected.clear()
    waiting = road.add(b"2")

    road.lane.interrupt()
    assert isinstance(await lost, KafkaError)
    road.producer = Producer()
    road.is_connected.set()
    await road.sees([b"2"])
    road.producer.acknowledge()

    assert await waiting is None


async def test_closing_tells_all_who_wait() -> None:
    road = Road()
    sent = road.add(b"1")
    await road.sees([b"1"])
    gathered = road.add(b"2")

    await road.lane.close()

    assert isinstance(await sent, KafkaError)
    assert isinstance(await gathered, KafkaError)
