"""Texts are read by another process as by this one, and whatever happens to it loses none of them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from huiying.errors import Unavailable
from huiying.observability import metrics
from scoring.clients import reading_process
from scoring.clients.reading_process import ReadingProcess
from scoring.domain.assessing import Utterance
from scoring.domain.codes.dictionary import BrandDictionary
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.teaching.knowledge import BrandKnowledge
from tests.support.eventually import eventually
from tests.unit.scoring.learning.world import Teaching, a_teaching, an_interaction

T = TypeVar("T")
HELLO = [Utterance(text="服务太差了, 退款!")]


@pytest.fixture
async def process() -> AsyncIterator[ReadingProcess]:
    it = ReadingProcess(COMMITTED_WEIGHTS)
    yield it
    await it.stop()


@pytest.fixture
async def teaching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Teaching]:
    monkeypatch.setenv("HUIYING_SCORING_READING_PROCESS", "true")
    async with a_teaching(tmp_path) as it:
        yield it


def pid_of(process: ReadingProcess | None) -> int:
    assert process is not None
    assert process._process is not None
    return process._process.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def environment_of(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


async def killed_while(process: ReadingProcess | None, asking: Coroutine[Any, Any, T]) -> T:
    """What comes of asking, if the process is killed before it answers."""
    assert process is not None
    os.kill(pid_of(process), signal.SIGSTOP)
    asked = asyncio.create_task(asking)
    await eventually(process._turn.locked)
    os.kill(pid_of(process), signal.SIGKILL)
    return await asked


async def test_a_killed_process_is_replaced(process: ReadingProcess) -> None:
    before = await process.read(HELLO)

    with pytest.raises(Unavailable):
        await killed_while(process, process.read(HELLO))

    assert await process.read(HELLO) == before


async def test_nobody_gets_the_answer_to_another_question(process: ReadingProcess) -> None:
    await process.read(HELLO)
    given_up = asyncio.create_task(process.read([Utterance(text="好" * 4_000)] * 500))
    await asyncio.wait([given_up], timeout=0.02)
    given_up.cancel()
    await asyncio.wait([given_up])

    answer = await process.read(HELLO)

    assert given_up.cancelled()
    assert len(answer) == 1


async def test_what_a_brand_has_taught_reaches_the_process(process: ReadingProcess) -> None:
    taught = BrandKnowledge(dictionary=BrandDictionary(products={"星壶": ("starpot",)}))

    answers = [await process.read([Utterance(text="my starpot broke", knowledge=taught)]) for _ in range(2)]

    assert [[each.name for each in read.assessment.entities] for [read] in answers] == [["星壶"], ["星壶"]]


async def test_the_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch, process: ReadingProcess) -> None:
    monkeypatch.setenv("HUIYING_BOOTSTRAP_API_KEY", "a-key-that-opens-everything")

    await process.read(HELLO)

    assert "opens-everything" not in environment_of(pid_of(process))


async def test_a_stopped_process_is_gone(process: ReadingProcess) -> None:
    await process.read(HELLO)
    pid = pid_of(process)

    await process.stop()

    assert not is_running(pid)


async def test_the_process_ends_when_nobody_asks_any_more(process: ReadingProcess) -> None:
    await process.read(HELLO)
    pid, left = pid_of(process), process._process
    assert left is not None
    assert left.stdin is not None

    left.stdin.close()

    await asyncio.wait_for(left.wait(), timeout=10)
    await eventually(lambda: not is_running(pid))


async def test_a_batch_that_the_process_loses_is_read_without_it(teaching: Teaching) -> None:
    tools = teaching.service.runtime.tools
    failures = metrics.READING_PROCESS_FAILURES._value.get()

    await killed_while(tools.reading_process, teaching.hears(an_interaction("one")))
    await teaching.hears(an_interaction("two"))

    told = await teaching.told("assessments")
    assert len(told) == 2
    assert metrics.READING_PROCESS_FAILURES._value.get() == failures + 1
    assert is_running(pid_of(tools.reading_process))


async def test_where_no_process_can_be_started_texts_are_read_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYING_SCORING_READING_PROCESS", "true")
    monkeypatch.setattr(reading_process, "MODULE", "scoring.nowhere")

    async with a_teaching(tmp_path) as teaching:
        await teaching.hears(an_interaction("one"))
        told = await teaching.told("assessments")

    assert len(told) == 1
