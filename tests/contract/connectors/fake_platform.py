"""A platform's API on a real socket: it notes what it is asked and answers what it was told to."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec


@dataclass(frozen=True)
class Call:
    """A request that arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass(frozen=True)
class Answer:
    """What to say; a status of 0 hangs up instead."""

    status: int = 200
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class FakePlatform:
    """Answers in the order told, the last answer for ever after; `calls` are all that came."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.address = ""
        self._answers = [Answer(json={})]

    def will_answer(self, *answers: Answer) -> None:
        self._answers = list(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        url = urlsplit(target)
        self.calls.append(Call(method, url.path, dict(parse_qsl(url.query)), headers, body))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.status:
            writer.write(_rendered(answer))


def _rendered(answer: Answer) -> bytes:
    body = msgspec.json.encode(answer.json)
    headers = {"content-length": str(len(body)), "connection": "close", **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Said", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body
