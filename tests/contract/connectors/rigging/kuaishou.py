"""Kuaishou's live rooms."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

ACCOUNT = "f198e20b0c24ac9014bf5724d9d5c043"


def sign_kuaishou(body: bytes, secret: str, at: datetime) -> HookRequest:
    signature = hashlib.md5(body + secret.encode()).hexdigest()
    return a_request(body, headers={"kwaisign": signature, "content-type": "application/json"})


RIGS: Sequence[Rig] = (
    Rig(
        name="kuaishou",
        connector=CONNECTORS["kuaishou"],
        fixed={"app_id": "ks698200000000000001", "access_token": "token-1"},
        rotating="app_secret",
        secret=PLAIN_SECRETS,
        sign=sign_kuaishou,
        proof=Proof.BODY_DIGEST,
        body=(
            b'{"app_id":"ks698200000000000001","event":"LIVE_INTERACTION_DATA","timestamp":1790000000456,'
            b'"message_id":"m1","data":{"unique_message_id":"u1","author_open_id":"' + ACCOUNT.encode() + b'",'
            b'"room_code":"r1","push_type":"liveComment","live_timestamp":"1790000000123","payload":['
            b'{"content":"hi","userInfo":{"userId":"9","userName":"\xe8\x8a\x8b\xe5\x9c\x86"}}]}}'
        ),
        account=ACCOUNT,
        signs_time=False,
        has_answers=False,
    ),
)
