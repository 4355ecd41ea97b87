"""Slack apps."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

ACCOUNT = "T0TEAHOUSE1"


def sign_slack(body: bytes, secret: str, at: datetime) -> HookRequest:
    timestamp = str(int(at.timestamp()))
    signature = hmac.digest(secret.encode(), f"v0:{timestamp}:".encode() + body, "sha256").hex()
    headers = {"x-slack-signature": f"v0={signature}", "x-slack-request-timestamp": timestamp}
    kind = "application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded"
    return a_request(body, headers={**headers, "content-type": kind})


_EVENT = (
    b'{"token":"x","team_id":"T0TEAHOUSE1","api_app_id":"A0TEAHOUSE1","type":"event_callback","event_id":"Ev01",'
    b'"event_time":1790000000,"authorizations":[{"team_id":"T0TEAHOUSE1","user_id":"U0TEABOT001","is_bot":true}],"event":'
    b'{"type":"message","user":"U0LINMEYER1","text":"hi","ts":"1790000000.000100","channel":"D0LINTEABOT",'
    b'"channel_type":"im","event_ts":"1790000000.000100"}}'
)
_COMMAND = (
    b"team_id=T0TEAHOUSE1&channel_id=C0TEATALK01&user_id=U0LINMEYER1&user_name=lin&command=hi&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT0%2F1%2Fx&trigger_id=1790000170.1.x"
)

RIGS: Sequence[Rig] = tuple(
    Rig(
        name=name,
        connector=CONNECTORS["slack"],
        fixed={"bot_token": "xoxb-made-up"},
        rotating="signing_secret",
        secret=PLAIN_SECRETS,
        sign=sign_slack,
        proof=Proof.HMAC,
        body=body,
        account=ACCOUNT,
        kinds=frozenset({kind}),
    )
    for name, body, kind in (("slack", _EVENT, Kind.MESSAGE), ("slack-form", _COMMAND, Kind.COMMAND))
)
