"""The request that Meta published is believed by each of its platforms, and understood by the one it was meant for."""

from datetime import UTC, datetime

import pytest

from huiying.events.deliveries import Proof
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import NOW, a_request
from tests.contract.connectors.test_published_vectors import META_BODY, META_SECRET, META_SIGNATURE


@pytest.mark.parametrize("name", ["facebook", "instagram", "messenger", "whatsapp"])
def test_a_request_that_meta_really_sent_is_believed(name: str) -> None:
    request = a_request(META_BODY, headers={"x-hub-signature-256": META_SIGNATURE})

    proof = CONNECTORS[name].verify(request, {"app_secret": ("other", META_SECRET)}, now=NOW)

    assert proof is Proof.HMAC


def test_a_message_that_whatsapp_really_sent_is_understood() -> None:
    (message,) = CONNECTORS["whatsapp"].normalise_body(META_BODY, content_type="", received_at=NOW)

    assert message.account.external_id == "277321005464405"
    assert (message.object.text, message.counterpart_id) == ("Hey there! I am using PyWa.", "972544401243")
    assert message.actor is not None
    assert message.actor.name == "PyWa Tests"
    assert message.occurred_at == datetime(2024, 10, 29, 19, 58, 23, tzinfo=UTC)
