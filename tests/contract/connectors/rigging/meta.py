"""Meta's platforms: Facebook pages, Messenger, Instagram and WhatsApp, which sign alike."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

INSTAGRAM_ACCOUNT = "17841400700100200"
WHATSAPP_NUMBER = "106540352242900"


def sign_meta(body: bytes, secret: str, at: datetime) -> HookRequest:
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return a_request(body, headers={"x-hub-signature-256": f"sha256={signature}", "content-type": "application/json"})


def a_meta_rig(name: str, body: bytes, *, account: str = "700100200300400") -> Rig:
    return Rig(
        name=name,
        connector=CONNECTORS[name],
        fixed={"verify_token": "verify-me", "access_token": "page-token"},
        rotating="app_secret",
        secret=PLAIN_SECRETS,
        sign=sign_meta,
        proof=Proof.HMAC,
        body=body,
        account=account,
        signs_time=False,
    )


_COMMENT = (
    b'{"object":"page","entry":[{"id":"700100200300400","time":1790000000,"changes":[{"field":"feed","value":'
    b'{"item":"comment","verb":"add","comment_id":"1_2","post_id":"7_1","parent_id":"7_1","from":{"id":"9","name":"Mia"},'
    b'"created_time":1790000000,"message":"hi"}}]}]}'
)
_DIRECT_MESSAGE = (
    b'{"object":"page","entry":[{"id":"700100200300400","time":1790000000123,"messaging":[{"sender":{"id":"9"},'
    b'"recipient":{"id":"700100200300400"},"timestamp":1790000000000,"message":{"mid":"m_1","text":"hi"}}]}]}'
)
_INSTAGRAM_COMMENT = (
    b'{"object":"instagram","entry":[{"id":"17841400700100200","time":1790000000,"changes":[{"field":"comments",'
    b'"value":{"id":"18000000000000001","from":{"id":"9","username":"mia.pours"},"text":"hi",'
    b'"media":{"id":"17900000000000001","media_product_type":"FEED"}}}]}]}'
)
_WHATSAPP_MESSAGE = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"102290129340300","changes":[{"value":{"messaging_product":'
    b'"whatsapp","metadata":{"display_phone_number":"447700900999","phone_number_id":"106540352242900"},"contacts":'
    b'[{"profile":{"name":"Mia"},"wa_id":"447700900123"}],"messages":[{"from":"447700900123","id":"wamid.1","timestamp":'
    b'"1790000000","type":"text","text":{"body":"hi"}}]},"field":"messages"}]}]}'
)

RIGS: Sequence[Rig] = (
    a_meta_rig("facebook", _COMMENT),
    a_meta_rig("messenger", _DIRECT_MESSAGE),
    a_meta_rig("instagram", _INSTAGRAM_COMMENT, account=INSTAGRAM_ACCOUNT),
    a_meta_rig("whatsapp", _WHATSAPP_MESSAGE, account=WHATSAPP_NUMBER),
)
