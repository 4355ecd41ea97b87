"""LINE's published signature is believed by the connector and made by the played platform."""

import pytest

from ingest.clients.connectors.connector import SignatureRefused, Unreadable
from ingest.clients.connectors.line import LINEConnector
from simulator.platforms.line import line_signature
from tests.contract.connectors.rig import NOW, a_request

# line/line-bot-sdk-python, tests/test_webhook.py.
SECRET = "channel_secret"
BODY = b"bodybodybodybody"
SIGNATURE = "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="
REQUEST = a_request(BODY, headers={"x-line-signature": SIGNATURE})


def test_lines_own_signature_is_believed_though_its_body_is_no_delivery() -> None:
    with pytest.raises(Unreadable):
        LINEConnector().verify(REQUEST, {"channel_secret": ("another", SECRET)}, now=NOW)


def test_lines_own_signature_is_not_believed_under_another_secret() -> None:
    with pytest.raises(SignatureRefused):
        LINEConnector().verify(REQUEST, {"channel_secret": ("another",)}, now=NOW)


def test_the_played_line_signs_alike() -> None:
    assert line_signature(BODY, channel_secret=SECRET) == SIGNATURE
