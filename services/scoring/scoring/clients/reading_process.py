"""Texts read in a process of their own, so that whoever waits for them has a processor left for everything else.

Asked and answered over pipes: a frame is its length in four bytes and a msgpack document. The process ends when its
input does, so it survives nobody who started it, however that one ended.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from huiying.errors import Unavailable
from scoring.domain.assessing import ReadText, Utterance
from scoring.domain.teaching.knowledge import NO_KNOWLEDGE

LENGTH_BYTES = 4
MODULE = "scoring.reading"
"""What the process runs."""

_PATIENCE_SECONDS = 60
_STOP_SECONDS = 5


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """An utterance, its brand's knowledge named by a digest."""

    text: str
    language_hint: str | None
    followers: int | None
    repeated: int
    knowledge: bytes | None


class Question(msgspec.Struct, frozen=True, array_like=True):
    """Texts to be read, and knowledge that the process did not have when it was asked before, by digest."""

    asked: list[Asked]
    taught: dict[bytes, bytes]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What was read; or nothing, for want of the knowledge named here, or because something `failed`."""

    read: list[ReadText] = []
    unknown: list[bytes] = []
    failed: str | None = None


class ReadingProcess:
    """A process that reads texts, one batch at a time: started when it is needed, and again after it failed."""

    def __init__(self, weights: Path) -> None:
        self._weights = weights
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def read(self, utterances: Sequence[Utterance]) -> list[ReadText]:
        """What was made of each text, in order. Raises Unavailable if the process ended, stood still or failed."""
        async with self._turn:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return await self._read(utterances)
            except (OSError, EOFError, TimeoutError, msgspec.DecodeError) as error:
                await self._kill()
                raise Unavailable(f"the process that reads texts is lost: {type(error).__name__}") from error
            except asyncio.CancelledError:
                # What it still answers would be taken for the answer to the next question.
                await self._kill()
                raise

    async def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            await _end(process)

    async def _read(self, utterances: Sequence[Utterance]) -> list[ReadText]:
        taught = {one.knowledge.digest: one.knowledge for one in utterances if one.knowledge is not NO_KNOWLEDGE}
        asked = [_asked(one) for one in utterances]
        answer = await self._answer(Question(asked, {}))
        if answer.unknown:
            answer = await self._answer(Question(asked, {digest: taught[digest].packed for digest in answer.unknown}))
        if answer.failed is not None or len(answer.read) != len(asked):
            raise Unavailable(f"texts could not be read: {answer.failed}")
        return answer.read

    async def _answer(self, question: Question) -> Answer:
        process = await self._running()
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(framed(question))
        await process.stdin.drain()
        length = await process.stdout.readexactly(LENGTH_BYTES)
        return msgspec.msgpack.decode(await process.stdout.readexactly(int.from_bytes(length)), type=Answer)

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", MODULE, str(self._weights)),
                stdin=PIPE,
                stdout=PIPE,
                # It needs no setting, and least of all a secret.
                env={name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")},
                # In a session of its own, an interrupt at the keyboard is for who started it alone.
                start_new_session=True,
            )
        return self._process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _end(process)


def framed(document: Question | Answer) -> bytes:
    """The document as it goes through a pipe."""
    packed = msgspec.msgpack.encode(document)
    return len(packed).to_bytes(LENGTH_BYTES) + packed


def _asked(one: Utterance) -> Asked:
    knowledge = None if one.knowledge is NO_KNOWLEDGE else one.knowledge.digest
    return Asked(one.text, one.language_hint, one.followers, one.repeated, knowledge)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
