"""Facebook pages and Messenger."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request


def sign_meta(body: bytes, secret: str, at: datetime) -> HookRequest:
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return a_request(body, headers={"x-hub-signature-256": f"sha256={signature}", "content-type": "application/json"})


_META = {"verify_token": "verify-me", "access_token": "page-token"}
_COMMENT = (
    b'{"object":"page","entry":[{"id":"700100200300400","time":1790000000,"changes":[{"field":"feed","value":'
    b'{"item":"comment","verb":"add","comment_id":"1_2","post_id":"7_1","parent_id":"7_1","from":{"id":"9","name":"Mia"},'
    b'"created_time":1790000000,"message":"hi"}}]}]}'
)
_DIRECT_MESSAGE = (
    b'{"object":"page","entry":[{"id":"700100200300400","time":1790000000123,"messaging":[{"sender":{"id":"9"},'
    b'"recipient":{"id":"700100200300400"},"timestamp":1790000000000,"message":{"mid":"m_1","text":"hi"}}]}]}'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="facebook",
        connector=CONNECTORS["facebook"],
        fixed=_META,
        rotating="app_secret",
        secret=PLAIN_SECRETS,
        sign=sign_meta,
        proof=Proof.HMAC,
        body=_COMMENT,
        signs_time=False,
    ),
    Rig(
        name="messenger",
        connector=CONNECTORS["messenger"],
        fixed=_META,
        rotating="app_secret",
        secret=PLAIN_SECRETS,
        sign=sign_meta,
        proof=Proof.HMAC,
        body=_DIRECT_MESSAGE,
        signs_time=False,
    ),
)
