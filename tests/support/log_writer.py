"""A process that writes to an embedded log until it is killed, and prints what was acknowledged.

python -m tests.support.log_writer DIRECTORY FIRST
"""

import asyncio
import sys
from pathlib import Path

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.transport import Record
from huiying.events.registry import TOPICS

AT_ONCE = 7


async def write(directory: Path, first: int) -> None:
    """Publish records whose values count up from `first`, in groups, and print the last number of each group."""
    transport = EmbeddedTransport(directory)
    await transport.start()
    await transport.ensure(TOPICS)
    while True:
        records = [Record("brands", b"k", b"%d" % number, (), 0) for number in range(first, first + AT_ONCE)]
        await transport.publish(records)
        first += AT_ONCE
        sys.stdout.write(f"{first - 1}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2])))
