"""An agent who answers at random moments, and keeps what was promised."""

import random
from dataclasses import dataclass, field

from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from tests.chaos.apis import APIs
from tests.chaos.plan import Pauses, Plan

# One that takes the same reply twice without harm, and one that does not.
_ANSWERED = ("generic", "facebook")
_TRIES = 60
_TRY_EVERY_SECONDS = 1.0
_ACCEPTED = 202
_IN_FLIGHT = "idempotency_in_flight"
# Shares of all calls: the worst are those that were done although no answer says so.
_FAULTS = {
    FaultKind.DONE_BUT_LOST: 0.1,
    FaultKind.DONE_BUT_BROKEN: 0.05,
    FaultKind.BROKEN: 0.1,
    FaultKind.TOO_MANY: 0.05,
    FaultKind.SLOW: 0.1,
}


@dataclass
class Desk:
    """The replies that were taken on, text by id. What was refused was never promised."""

    accepted: dict[str, str] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)


class Agent:
    """Answers a thread every so often; a request without an answer is repeated under the same key."""

    def __init__(self, plan: Plan, *, apis: APIs, brand: str) -> None:
        self.desk = Desk()
        self._plan, self._apis, self._brand = plan, apis, brand
        self._chance = random.Random(f"{plan.seed}/agent")
        self._shift, self._patience = Pauses(), Pauses()

    def stop(self) -> None:
        """Begin no further reply."""
        self._shift.end()

    async def run(self) -> None:
        """Answer until stopped."""
        number = 0
        while await self._shift.pause(self._plan.reply_every_seconds):
            number += 1
            thread_id = await self._some_thread(self._chance.choice(_ANSWERED))
            if thread_id is not None:
                await self._reply(thread_id, text=f"谢谢！This is answer {number}", key=f"answer-{number}")

    async def _some_thread(self, platform: str) -> str | None:
        params = {"brand": self._brand, "platform": platform, "limit": "50"}
        answer = await self._apis.ask("inbox", "GET", "/threads", params=params)
        items = answer[1].get("items") if answer else None
        return str(self._chance.choice(items)["id"]) if items else None

    async def _reply(self, thread_id: str, *, text: str, key: str) -> None:
        path, headers = f"/threads/{thread_id}/replies", {"idempotency-key": key}
        answer = None
        for _ in range(_TRIES):
            answer = await self._apis.ask("inbox", "POST", path, body={"text": text}, headers=headers)
            if answer is not None and answer[0] == _ACCEPTED:
                self.desk.accepted[str(answer[1]["id"])] = text
                return
            if answer is not None and answer[0] < 500 and answer[1].get("code") != _IN_FLIGHT:
                break
            await self._patience.pause(_TRY_EVERY_SECONDS)
        self.desk.refusals.append(str(answer))


def let_platforms_be_rough(sim: Simulator) -> None:
    """From now on a platform's API fails now and then, in every way."""
    for name in _ANSWERED:
        for kind, share in _FAULTS.items():
            sim.misbehave(name, Fault(kind=kind, times=None, share=share))


def texts_at_the_platforms(sim: Simulator) -> list[str]:
    """Every text that a platform took, as often as it took it."""
    return [reply.text for reply in sim.received_replies()]
