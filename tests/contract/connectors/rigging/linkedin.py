"""LinkedIn: one comment on a page's post."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

PAGE = "urn:li:organization:96070042"


def sign_linkedin(body: bytes, secret: str, at: datetime) -> HookRequest:
    signature = hmac.digest(secret.encode(), b"hmacsha256=" + body, "sha256").hex()
    return a_request(body, headers={"x-li-signature": signature, "content-type": "application/json"})


_COMMENT = (
    b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"notificationId":5603453321,'
    b'"organizationalEntity":"urn:li:organization:96070042","action":"COMMENT","sourcePost":"urn:li:activity:7",'
    b'"generatedActivity":"urn:li:comment:(activity:7,8)","decoratedGeneratedActivity":{"comment":{'
    b'"owner":"urn:li:person:mia","text":"hi","entity":"urn:li:comment:(urn:li:activity:7,8)"}},'
    b'"lastModifiedAt":1790000000310}]}'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="linkedin",
        connector=CONNECTORS["linkedin"],
        fixed={"access_token": "member-token"},
        rotating="client_secret",
        secret=PLAIN_SECRETS,
        sign=sign_linkedin,
        proof=Proof.HMAC,
        body=_COMMENT,
        account=PAGE,
        signs_time=False,
        has_messages=False,
    ),
)
