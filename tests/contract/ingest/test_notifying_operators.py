"""An operator's own system hears how accounts do, by a webhook that anybody can verify."""

import base64
import hmac
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import update

from ingest.settings import IngestSettings
from ingest.storage.health_tables import AccountState
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.support.eventually import eventually
from tests.support.listening import listening
from tests.support.listings import COMMENTS, a_watch

SECRET = f"whsec_{base64.b64encode(b'operator-secret-of-24-by').decode()}"


async def test_an_operator_hears_of_a_bad_turn_with_a_signature_even_if_it_was_away(tmp_path: Path) -> None:
    operator = FakePlatform()
    operator.will_answer(Answer(status=503), Answer(status=204))

    async with (
        listening(operator.serve) as port,
        a_watch(
            tmp_path,
            COMMENTS,
            operator_webhook_url=f"http://127.0.0.1:{port}/notices",
            operator_webhook_secret=SecretStr(SECRET),
        ) as watch,
    ):
        async with watch.edge.running.open_unit() as unit:
            await unit.session.execute(update(AccountState).values(subscription="inactive"))
        await watch.passes(seconds=40)
        await eventually(lambda: len(operator.calls) == 1)

        async def comes_again() -> bool:
            await watch.passes(seconds=10)
            return len(operator.calls) == 2

        await eventually(comes_again, every_seconds=0.2)

    call = operator.calls[-1]
    assert (call.method, call.path) == ("POST", "/notices")
    assert call.json["type"] == "account.degraded"
    assert call.json["data"]["account_id"] == watch.account_id
    assert call.json["data"]["reasons"][0]["code"] == "subscription_inactive"
    assert len({one.headers["webhook-id"] for one in operator.calls}) == 1
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    mac = hmac.digest(base64.b64decode(SECRET.removeprefix("whsec_")), signed, "sha256")
    assert call.headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"


def test_an_address_without_a_secret_to_sign_with_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="operator_webhook_secret"):
        IngestSettings(operator_webhook_url="https://operator.example/notices")
