"""What holds for platforms that call no hook."""

import pytest

from huiying.errors import Invalid, NotFound
from ingest.clients.connectors.abilities import Lists
from tests.contract.connectors.rig import NOW, Rig, altered
from tests.contract.connectors.rigs import RIGS

QUIET = [rig for rig in RIGS if not rig.has_hook]


@pytest.mark.parametrize("rig", QUIET, ids=str)
def test_whoever_calls_the_hook_is_told_that_nobody_should(rig: Rig) -> None:
    request, credentials = rig.request(), rig.credentials()

    with pytest.raises(NotFound, match="no webhooks"):
        rig.connector.verify(request, credentials, now=NOW)
    with pytest.raises(NotFound, match="no webhooks"):
        rig.connector.handshake(altered(request, method="GET", body=b""), credentials)


@pytest.mark.parametrize("rig", QUIET, ids=str)
def test_there_is_a_list_of_what_is_never_pushed(rig: Rig) -> None:
    assert isinstance(rig.connector, Lists)
    assert rig.connector.feeds
    assert not [feed for feed in rig.connector.feeds if feed.is_pushed]


@pytest.mark.parametrize("rig", QUIET, ids=str)
def test_credentials_are_checked_as_strictly_as_any(rig: Rig) -> None:
    good = rig.credentials("new", "old")

    rig.connector.check_credentials(good)
    for bad in ({}, {**good, "password": ("x",)}, {**good, rig.rotating: (" padded ",)}, {**good, rig.rotating: ()}):
        with pytest.raises(Invalid):
            rig.connector.check_credentials(bad)


@pytest.mark.parametrize("rig", QUIET, ids=str)
def test_what_its_api_shows_is_read_without_an_account(rig: Rig) -> None:
    (interaction,) = rig.connector.normalise_body(rig.body, content_type="", received_at=NOW)

    assert interaction.kind in rig.kinds
    assert interaction.object.text == "hi"
    assert list(rig.connector.normalise_body(b"", content_type="", received_at=NOW)) == []
