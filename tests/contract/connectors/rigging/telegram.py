"""Telegram bots."""

from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

ACCOUNT = "700100200"
BOT_TOKEN = f"{ACCOUNT}:AAF-made-up_token_of_a_bot_nobody_has"


def sign_telegram(body: bytes, secret: str, at: datetime) -> HookRequest:
    headers = {"x-telegram-bot-api-secret-token": secret, "content-type": "application/json"}
    return a_request(body, headers=headers)


_UPDATE = (
    b'{"update_id":81000001,"message":{"message_id":41,"from":{"id":5100200300,"is_bot":false,"first_name":"Mia"},'
    b'"chat":{"id":5100200300,"type":"private","first_name":"Mia"},"date":1790000000,"text":"hi"}}'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="telegram",
        connector=CONNECTORS["telegram"],
        fixed={"bot_token": BOT_TOKEN},
        rotating="secret_token",
        secret=PLAIN_SECRETS,
        sign=sign_telegram,
        proof=Proof.STATIC_TOKEN,
        body=_UPDATE,
        account=ACCOUNT,
        signs_body=False,
        signs_time=False,
    ),
)
