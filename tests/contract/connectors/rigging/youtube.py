"""YouTube, whose hub pushes videos as WebSub has it."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

CHANNEL = "UC9tanghuluTea00000000AA"


def sign_websub(body: bytes, secret: str, at: datetime, *, method: str = "sha1") -> HookRequest:
    signature = hmac.digest(secret.encode(), body, method).hex()
    return a_request(body, headers={"x-hub-signature": f"{method}={signature}", "content-type": "application/atom+xml"})


_FEED = (
    f'<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><entry>'
    f"<id>yt:video:v1</id><yt:videoId>v1</yt:videoId><yt:channelId>{CHANNEL}</yt:channelId><title>hi</title>"
    "<published>2026-09-21T14:00:00+00:00</published></entry></feed>"
)

RIGS: Sequence[Rig] = (
    Rig(
        name="youtube",
        connector=CONNECTORS["youtube"],
        fixed={"access_token": "channel-token"},
        rotating="hub_secret",
        secret=PLAIN_SECRETS,
        sign=sign_websub,
        proof=Proof.HMAC,
        body=_FEED.encode(),
        account=CHANNEL,
        signs_time=False,
        has_messages=False,
        kinds={Kind.POST},
    ),
)
