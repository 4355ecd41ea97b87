"""How long the transport waits for what."""

import msgspec


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Every limit in seconds. The defaults suit a broker in the same data centre; tests shorten them."""

    # One question to the broker: metadata, offsets, creating topics.
    request_seconds: float = 10.0
    # A member that is silent for that long is taken for dead, and its partitions go to the others.
    session_seconds: float = 45.0
    heartbeat_seconds: float = 3.0
    # The other members wait that long for one that still works on a batch.
    rebalance_seconds: float = 60.0
    # A fetch waits at the broker that long for a first record.
    fetch_wait_seconds: float = 0.1
    # An idle reader asks that often whether broker and logs are still the same.
    verify_seconds: float = 5.0
    # A partition's end may lag that long behind a reader after its leader has changed.
    settle_seconds: float = 5.0
    # Records wait but none comes for that long: the client is stuck (aiokafka#847, #1154) and is replaced.
    stuck_seconds: float = 60.0
    # Partitions were taken but none given for that long: likewise. More than a rebalance may take.
    unassigned_seconds: float = 90.0
    commit_seconds: float = 5.0
    stop_seconds: float = 10.0
    # The pause between attempts to connect the producer grows from the first to the second.
    first_backoff_seconds: float = 0.2
    longest_backoff_seconds: float = 5.0


def milliseconds(seconds: float) -> int:
    """What the client takes."""
    return round(seconds * 1000)
