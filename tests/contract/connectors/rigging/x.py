"""X: posts and direct messages of the X Activity API, and those of Account Activity."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

BRAND = "1750000000000000042"


def signature(message: bytes, secret: str) -> str:
    return "sha256=" + base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()


def sign_x(body: bytes, secret: str, at: datetime) -> HookRequest:
    headers = {"x-twitter-webhooks-signature": signature(body, secret), "content-type": "application/json"}
    return a_request(body, headers=headers)


_X = {"access_token": "user-token"}
_REPLY = (
    b'{"data":{"event_uuid":"-3091","filter":{"user_id":"1750000000000000042"},"event_type":"post.reply.create",'
    b'"payload":{"id":"1970000000000000001","text":"hi","author_id":"9","created_at":"2026-09-21T14:00:00.000Z",'
    b'"conversation_id":"1960000000000000001","in_reply_to_user_id":"1750000000000000042",'
    b'"referenced_tweets":[{"type":"replied_to","id":"1960000000000000001"}]},"includes":{}}}'
)
_MESSAGE = (
    b'{"for_user_id":"1750000000000000042","direct_message_events":[{"type":"message_create","id":"954","created_timestamp":'
    b'"1790000000557","message_create":{"target":{"recipient_id":"1750000000000000042"},"sender_id":"9",'
    b'"message_data":{"text":"hi"}}}],"users":{"9":{"id":"9","name":"Mia","screen_name":"mia"}}}'
)

RIGS: Sequence[Rig] = tuple(
    Rig(
        name=name,
        connector=CONNECTORS["x"],
        fixed=_X,
        rotating="consumer_secret",
        secret=PLAIN_SECRETS,
        sign=sign_x,
        proof=Proof.HMAC,
        body=body,
        account=BRAND,
        signs_time=False,
    )
    for name, body in (("x-activity", _REPLY), ("x-account-activity", _MESSAGE))
)
