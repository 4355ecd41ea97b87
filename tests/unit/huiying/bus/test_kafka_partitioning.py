"""Where records go on Kafka."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from huiying.bus.kafka.partitioning import partition_of


@given(st.binary(max_size=60), st.integers(1, 48))
def test_a_key_goes_where_every_client_of_kafka_would_send_it(key: bytes, count: int) -> None:
    partitions = list(range(count))

    chosen = partition_of(key, partitions)

    assert chosen == partition_of(key, partitions, partitions) == DefaultPartitioner()(key, partitions, partitions)
