"""LINE Official Accounts."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

ACCOUNT = "U0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def sign_line(body: bytes, secret: str, at: datetime) -> HookRequest:
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return a_request(body, headers={"x-line-signature": signature, "content-type": "application/json"})


_EVENTS = (
    b'{"destination":"U0f1e2d3c4b5a69788796a5b4c3d2e1f0","events":[{"type":"message","mode":"active",'
    b'"timestamp":1790000000000,"source":{"type":"user","userId":"U51002003005100200300510020030051"},'
    b'"webhookEventId":"01K5TEAHOUSE00000000000001","deliveryContext":{"isRedelivery":false},'
    b'"replyToken":"00000000000000000000000000000001","message":{"id":"500100200300","type":"text","text":"hi"}}]}'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="line",
        connector=CONNECTORS["line"],
        fixed={"channel_access_token": "channel-token"},
        rotating="channel_secret",
        secret=PLAIN_SECRETS,
        sign=sign_line,
        proof=Proof.HMAC,
        body=_EVENTS,
        account=ACCOUNT,
        signs_time=False,
    ),
)
