"""Reddit, which calls no hook: what is asked of every connector's hook is not asked of it."""

from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

_COMMENT = (
    b'{"kind":"t1","data":{"name":"t1_c1","author":"lucky_teacup","body":"hi","created_utc":1790000000.0,'
    b'"parent_id":"t3_p1","type":"post_reply","was_comment":true,"context":"/r/tea/comments/p1/autumn/c1/?context=3"}}'
)


def sign_nothing(body: bytes, secret: str, at: datetime) -> HookRequest:
    return a_request(body, headers={"content-type": "application/json"})


RIGS: Sequence[Rig] = (
    Rig(
        name="reddit",
        connector=CONNECTORS["reddit"],
        fixed={"client_id": "app", "client_secret": "app-secret", "refresh_token": "refresh-1"},
        rotating="access_token",
        secret=PLAIN_SECRETS,
        sign=sign_nothing,
        proof=Proof.NONE,
        body=_COMMENT,
        account="tanghulu_tea",
        has_hook=False,
        signs_body=False,
        signs_time=False,
    ),
)
