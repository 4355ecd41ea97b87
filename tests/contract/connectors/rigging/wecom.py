"""WeCom apps, in XML and in JSON, always sealed."""

import json
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_crypto import seal, signature_of
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

CORP_ID = "ww7a9c1e5f3b2d4680"
AGENT_ID = "1000004"
OLD_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
AES_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"


def sign_wecom(body: bytes, token: str, at: datetime, *, aes_key: str = AES_KEY, is_json: bool = False) -> HookRequest:
    timestamp, sealed = str(int(at.timestamp())), seal(body, aes_key=aes_key, app_id=CORP_ID)
    query = {"msg_signature": signature_of(token, timestamp, "n1", sealed), "timestamp": timestamp, "nonce": "n1"}
    wrapped = json.dumps({"tousername": CORP_ID, "encrypt": sealed, "agentid": AGENT_ID})
    if not is_json:
        wrapped = (
            f"<xml><ToUserName>{CORP_ID}</ToUserName><AgentID>{AGENT_ID}</AgentID><Encrypt>{sealed}</Encrypt></xml>"
        )
    return a_request(wrapped.encode(), headers={"content-type": "text/xml"}, query=query)


def sign_wecom_by_key(body: bytes, aes_key: str, at: datetime) -> HookRequest:
    return sign_wecom(body, "token-1", at, aes_key=aes_key, is_json=True)


_WECOM = {"corp_id": CORP_ID, "secret": "app-secret", "agent_id": AGENT_ID}
_PUSH = (
    b"<xml><ToUserName><![CDATA[ww7a9c1e5f3b2d4680]]></ToUserName><FromUserName><![CDATA[LiLei]]></FromUserName>"
    b"<CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content>"
    b"<MsgId>42</MsgId><AgentID>1000004</AgentID></xml>"
)
_PUSH_IN_JSON = (
    b'{"ToUserName":"ww7a9c1e5f3b2d4680","FromUserName":"LiLei","CreateTime":1790000000,"MsgType":"text",'
    b'"Content":"hi","MsgId":42,"AgentID":1000004}'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="wecom",
        connector=CONNECTORS["wecom"],
        fixed={**_WECOM, "encoding_aes_key": AES_KEY},
        rotating="token",
        secret=PLAIN_SECRETS,
        sign=sign_wecom,
        proof=Proof.AES,
        body=_PUSH,
        account=CORP_ID,
    ),
    Rig(
        name="wecom-json",
        connector=CONNECTORS["wecom"],
        fixed={**_WECOM, "token": "token-1"},
        rotating="encoding_aes_key",
        secret={"new": AES_KEY, "old": OLD_AES_KEY, "forged": OLD_AES_KEY},
        sign=sign_wecom_by_key,
        proof=Proof.AES,
        body=_PUSH_IN_JSON,
        account=CORP_ID,
    ),
)
