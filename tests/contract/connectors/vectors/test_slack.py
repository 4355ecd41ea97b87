"""Slack's published signature is believed by the connector and made by the played platform."""

from datetime import UTC, datetime, timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from ingest.clients.connectors.connector import SignatureRefused, StaleDelivery
from ingest.clients.connectors.slack import SlackConnector
from simulator.platforms.slack import slack_signature
from tests.contract.connectors.rig import NOW, a_request

# slackapi/python-slack-sdk, tests/slack_sdk/signature/test_signature_verifier.py; the same is in Slack's documentation.
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TIMESTAMP = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
REQUEST = a_request(BODY, headers={"x-slack-signature": SIGNATURE, "x-slack-request-timestamp": TIMESTAMP})
AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)
SLACK = SlackConnector()


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=299), timedelta(seconds=-299)])
def test_slacks_own_signature_is_believed_within_five_minutes(late: timedelta) -> None:
    assert SLACK.verify(REQUEST, {"signing_secret": ("another", SECRET)}, now=AT + late) is Proof.HMAC


@pytest.mark.parametrize("late", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_after_five_minutes_it_is_stale(late: timedelta) -> None:
    with pytest.raises(StaleDelivery):
        SLACK.verify(REQUEST, {"signing_secret": (SECRET,)}, now=AT + late)


def test_under_another_secret_it_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        SLACK.verify(REQUEST, {"signing_secret": ("another",)}, now=AT)


def test_its_body_is_a_command() -> None:
    (command,) = SLACK.normalise_body(BODY, content_type="", received_at=NOW)

    assert (command.kind, command.object.text) == (Kind.COMMAND, "/webhook-collect")


def test_the_played_slack_signs_alike() -> None:
    assert slack_signature(BODY, timestamp=TIMESTAMP, signing_secret=SECRET) == SIGNATURE
