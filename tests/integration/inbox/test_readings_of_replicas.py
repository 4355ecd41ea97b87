"""An interaction and how it reads, filed by two replicas at the same moment."""

import asyncio

import pytest

from huiying.events.assessments import IntentCode
from inbox.usecases.file_assessments import file_assessments
from inbox.usecases.file_interactions import file_interactions
from tests.support.inboxes import Inbox, a_message, an_assessment

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("first", ["interaction", "assessment"])
async def test_neither_misses_the_other(inbox: Inbox, first: str) -> None:
    message = a_message("m1")
    assessment = an_assessment(message, intents=[IntentCode.REFUND], urgency=0.9)
    hearing, reading = inbox.hears(message), inbox.reads(assessment)

    async with inbox.unit() as unit:
        if first == "interaction":
            await file_interactions(unit, [message])
        else:
            await file_assessments(unit, [assessment])
        other = asyncio.create_task(reading if first == "interaction" else hearing)
        done, _ = await asyncio.wait([other], timeout=0.5)
    await other

    thread = await inbox.thread()
    assert not done
    assert thread.urgency == 0.9
    (hearing if first == "interaction" else reading).close()
