"""TikTok publishes how its signature is made, and no vector of it; this was computed with Python's hmac alone."""

from datetime import UTC, datetime, timedelta

import pytest

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import SignatureRefused, StaleDelivery
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import a_request

TIKTOK = CONNECTORS["tiktok"]
SECRET, SECONDS, BODY = "client-secret", 1633174587, b'{"a":1}'
SIGNATURE = "1d09181d251239a36ee3d2ab96dabc86e08d9025cf9b24cc3c07fb42046ba4e6"
AT = datetime.fromtimestamp(SECONDS, UTC)


def verify(header: str, *, late: timedelta = timedelta()) -> Proof:
    request = a_request(BODY, headers={"tiktok-signature": header})
    return TIKTOK.verify(request, {"client_secret": ("other", SECRET)}, now=AT + late)


@pytest.mark.parametrize("header", [f"t={SECONDS},s={SIGNATURE}", f"s={SIGNATURE}, t={SECONDS}"])
def test_the_signature_is_over_the_second_a_dot_and_the_body(header: str) -> None:
    assert verify(header) is Proof.HMAC


@pytest.mark.parametrize("late", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_after_five_minutes_it_is_stale(late: timedelta) -> None:
    assert verify(f"t={SECONDS},s={SIGNATURE}", late=late * 0.99) is Proof.HMAC
    with pytest.raises(StaleDelivery):
        verify(f"t={SECONDS},s={SIGNATURE}", late=late)


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"s={SIGNATURE}",
        f"t={SECONDS}",
        f"t={SECONDS + 1},s={SIGNATURE}",
        f"t= {SECONDS},s={SIGNATURE}",
        f"t=soon,s={SIGNATURE}",
        f"t={'9' * 20},s={SIGNATURE}",
        f"t={SECONDS},s={SIGNATURE.upper()}",
        f"t={SECONDS},s=",
    ],
)
def test_anything_else_is_refused(header: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(header)
