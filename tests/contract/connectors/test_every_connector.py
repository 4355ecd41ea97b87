"""What holds for every platform, however it signs."""

from datetime import timedelta

import pytest

from huiying.errors import Failure, Invalid
from ingest.clients.connectors.connector import SecretMissing, SignatureRefused, StaleDelivery, Unreadable
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import NOW, Rig, altered
from tests.contract.connectors.rigs import RIGS


def test_every_connector_has_a_rig() -> None:
    assert {rig.connector.platform for rig in RIGS} == set(CONNECTORS)


def test_a_signed_request_is_believed_as_strongly_as_it_was_signed(rig: Rig) -> None:
    proof = rig.connector.verify(rig.request(), rig.credentials(), now=NOW)

    assert proof is rig.proof


def test_a_signed_request_brings_one_interaction_of_the_account(rig: Rig) -> None:
    (interaction,) = rig.normalise(rig.request())

    assert interaction.object.text == "hi"
    assert interaction.account.id == "account-1"
    assert interaction.id.startswith(f"{interaction.platform}:{rig.account}:")
    assert interaction.verified is rig.proof


def test_a_request_signed_by_somebody_else_is_refused(rig: Rig) -> None:
    with pytest.raises(SignatureRefused):
        rig.connector.verify(rig.request(generation="forged"), rig.credentials(), now=NOW)


def test_a_request_without_any_signature_is_refused(rig: Rig) -> None:
    request = altered(rig.request(), headers={}, query={})

    with pytest.raises(SignatureRefused):
        rig.connector.verify(request, rig.credentials(), now=NOW)


@pytest.mark.parametrize("rig", [rig for rig in RIGS if rig.has_hook and rig.signs_body], ids=str)
def test_a_body_changed_in_any_single_bit_is_refused(rig: Rig) -> None:
    request = rig.request()

    for position in range(0, len(request.body) * 8, 13):
        body = bytearray(request.body)
        body[position // 8] ^= 1 << position % 8
        try:
            rig.connector.verify(altered(request, body=bytes(body)), rig.credentials(), now=NOW)
        except (SignatureRefused, Unreadable):
            continue
        # What is not signed does not count: only the message inside a sealed body does.
        assert rig.normalise(altered(request, body=bytes(body)))[0].object == rig.normalise(request)[0].object


def test_a_truncated_body_is_refused(rig: Rig) -> None:
    request = rig.request()

    with pytest.raises((SignatureRefused, Unreadable)):
        rig.connector.verify(altered(request, body=request.body[:-20]), rig.credentials(), now=NOW)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"{", b"[1, NaN]", b"<xml><MsgType>te", b"[" * 5000])
def test_a_signed_body_that_is_not_in_the_platforms_format_is_refused_at_the_edge(rig: Rig, body: bytes) -> None:
    with pytest.raises((SignatureRefused, Unreadable)):
        rig.connector.verify(rig.request(body), rig.credentials(), now=NOW)


@pytest.mark.parametrize("rig", [rig for rig in RIGS if rig.has_hook and rig.signs_time], ids=str)
@pytest.mark.parametrize("age", [timedelta(minutes=11), timedelta(minutes=-11)])
def test_a_request_signed_long_ago_or_far_ahead_is_stale(rig: Rig, age: timedelta) -> None:
    with pytest.raises(StaleDelivery):
        rig.connector.verify(rig.request(at=NOW - age), rig.credentials(), now=NOW)


def test_a_request_sent_again_brings_the_same_interaction(rig: Rig) -> None:
    later = NOW + timedelta(minutes=4)

    first = rig.normalise(rig.request())
    again = rig.normalise(altered(rig.request(at=later), received_at=later))

    assert [interaction.id for interaction in again] == [interaction.id for interaction in first]


@pytest.mark.parametrize("generation", ["new", "old"])
def test_while_a_secret_is_being_changed_both_are_believed(rig: Rig, generation: str) -> None:
    request = rig.request(generation=generation)

    assert rig.connector.verify(request, rig.credentials("new", "old"), now=NOW) is rig.proof


@pytest.mark.parametrize("values", [(), ("",)])
def test_without_its_secret_an_account_believes_nothing(rig: Rig, values: tuple[str, ...]) -> None:
    credentials = {**rig.credentials(), rig.rotating: values}

    with pytest.raises(SecretMissing):
        rig.connector.verify(rig.request(), credentials, now=NOW)


def test_without_any_credentials_an_account_believes_nothing(rig: Rig) -> None:
    with pytest.raises(SecretMissing):
        rig.connector.verify(rig.request(), {}, now=NOW)


def test_nothing_that_is_kept_could_sign_or_open(rig: Rig) -> None:
    kept = rig.connector.kept_headers | rig.connector.kept_query

    assert not [name for name in kept if "signature" in name or "token" in name or "auth" in name or "cookie" in name]


def test_good_credentials_are_accepted(rig: Rig) -> None:
    rig.connector.check_credentials(rig.credentials("new", "old"))

    assert rig.connector.verify(rig.request(), rig.credentials("new", "old"), now=NOW) is rig.proof


def test_a_credential_that_the_platform_does_not_have_is_pointed_at(rig: Rig) -> None:
    with pytest.raises(Invalid) as refusal:
        rig.connector.check_credentials({**rig.credentials(), "password": ("x",)})

    assert refusal.value.pointer == "/credentials/password"


@pytest.mark.parametrize("value", ["", " padded ", "line\nbreak", "密钥"])
def test_a_credential_that_could_not_work_is_pointed_at(rig: Rig, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rig.connector.check_credentials({**rig.credentials(), rig.rotating: (value,)})

    assert refusal.value.pointer == f"/credentials/{rig.rotating}"


def test_no_credentials_at_all_are_refused(rig: Rig) -> None:
    with pytest.raises(Invalid, match=r"missing|needed"):
        rig.connector.check_credentials({})


def test_the_acknowledgement_is_a_success(rig: Rig) -> None:
    acknowledgement = rig.connector.acknowledge(rig.request())

    assert 200 <= acknowledgement.status < 300


def test_a_post_is_never_a_handshake(rig: Rig) -> None:
    assert rig.connector.handshake(rig.request(), rig.credentials()) is None


def test_an_empty_bare_body_tells_nothing(rig: Rig) -> None:
    assert list(rig.connector.normalise_body(b"", content_type="", received_at=NOW)) == []


def test_a_bare_body_needs_neither_account_nor_secret(rig: Rig) -> None:
    (interaction,) = rig.connector.normalise_body(rig.body, content_type="", received_at=NOW)

    assert interaction.kind in rig.kinds
    assert interaction.object.text == "hi"


def test_headers_and_queries_in_any_alphabet_are_refused_and_not_an_error(rig: Rig) -> None:
    request = rig.request()
    strange = "sha256=é\udcff签名, v1,\x00"

    with pytest.raises(Failure):
        rig.connector.verify(
            altered(
                request,
                headers=dict.fromkeys(request.headers, strange),
                query=dict.fromkeys(request.query, strange),
            ),
            rig.credentials(),
            now=NOW,
        )
