"""TikTok: comments and direct messages, which go by two ids for one person."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

BRAND = "-000TeaHouseOpenId42"


def sign_tiktok(body: bytes, secret: str, at: datetime) -> HookRequest:
    timestamp = str(int(at.timestamp()))
    signature = hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()
    return a_request(body, headers={"tiktok-signature": f"t={timestamp},s={signature}"})


_TIKTOK = {"client_key": "7300000000000000042", "access_token": "user-token"}
_COMMENT = (
    b'{"client_key":"7300000000000000042","event":"comment.update","create_time":1790000300,'
    b'"user_openid":"-000TeaHouseOpenId42","content":"{\\"comment_id\\":7247303576418566913,'
    b'\\"video_id\\":7203946942097902849,\\"comment_type\\":\\"comment\\",\\"comment_action\\":\\"insert\\",'
    b'\\"timestamp\\":1790000200,\\"unique_identifier\\":\\"mia-7\\",\\"text\\":\\"hi\\"}"}'
)
_MESSAGE = (
    b'{"event":"im_receive_msg","user_openid":"-000TeaHouseOpenId42","content":"{\\"type\\":\\"text\\",'
    b'\\"message_id\\":\\"m1\\",\\"timestamp\\":1790000200123,\\"conversation_id\\":\\"c1\\",\\"text\\":{\\"body\\":\\"hi\\"},'
    b'\\"from\\":\\"mia\\",\\"from_user\\":{\\"id\\":\\"p7\\"},\\"to_user\\":{\\"id\\":\\"-000TeaHouseOpenId42\\"}}"}'
)

RIGS: Sequence[Rig] = tuple(
    Rig(
        name=name,
        connector=CONNECTORS["tiktok"],
        fixed=_TIKTOK,
        rotating="client_secret",
        secret=PLAIN_SECRETS,
        sign=sign_tiktok,
        proof=Proof.HMAC,
        body=body,
        account=BRAND,
        # Conversations can be written to, and no person.
        has_messages=False,
    )
    for name, body in (("tiktok-comment", _COMMENT), ("tiktok-message", _MESSAGE))
)
