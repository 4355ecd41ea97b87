"""Tell the operator's own system how accounts do, by a signed Standard Webhook."""

import msgspec

from huiying.http.client import OutcomeUnknown
from huiying.http.standard_webhooks import sign
from huiying.jobs.job import Done, Failed, Job, Outcome, Retry
from huiying.outbox.unit import OpenUnit
from ingest.storage.unit import IngestUnit

NOTIFY_OPERATOR = "notify_operator"

_WRONG_ADDRESS = (404, 410)


class Notice(msgspec.Struct, frozen=True):
    """What is to be told: the fact as it is on the bus, with its type."""

    type: str
    event: str


class NotifyOperator:
    """The job that sends one notice. The same one may arrive twice, under one `webhook-id`."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        notice = job.read(Notice)
        async with self._open_unit() as unit:
            tools, now = unit.tools, unit.clock.now()
        settings = tools.settings
        if not settings.operator_webhook_url:
            return Done()
        body = msgspec.json.encode({"type": notice.type, "timestamp": now, "data": msgspec.Raw(notice.event.encode())})
        headers = sign(
            body,
            message_id=f"notice_{job.number}",
            timestamp_seconds=int(now.timestamp()),
            keys=[settings.operator_webhook_secret.get_secret_value()],
        )
        try:
            response = await tools.client.request(
                "POST",
                settings.operator_webhook_url,
                headers={"content-type": "application/json", **headers},
                content=body,
            )
        except OutcomeUnknown as doubt:
            return Retry(reason=str(doubt))
        if response.is_success:
            return Done()
        said = f"the operator's webhook answered {response.status}"
        return Failed(reason=said) if response.status in _WRONG_ADDRESS else Retry(reason=said)
