"""A test's own server hangs up on everybody when its test ends."""

import asyncio
import socket
from contextlib import suppress

import pytest

from tests.support.listening import Serve, listening

pytestmark = pytest.mark.enable_socket


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def mistaken(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    raise ValueError("mistaken")


@pytest.mark.parametrize("serve", [silent, endless])
async def test_a_connection_that_is_served_ends_with_the_server(serve: Serve) -> None:
    async with listening(serve) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

    assert asyncio.all_tasks() == {asyncio.current_task()}
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_a_connection_that_only_the_kernel_knows_of_ends_with_it_too() -> None:
    async with listening(silent) as port:
        asked = socket.create_connection(("127.0.0.1", port), timeout=5)

    with asked, suppress(ConnectionError):
        assert asked.recv(1) == b""


async def test_a_mistake_in_serving_fails_the_test() -> None:
    async def ask() -> None:
        async with listening(mistaken) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await reader.read()
            writer.close()

    with pytest.raises(ValueError, match="mistaken"):
        await ask()
