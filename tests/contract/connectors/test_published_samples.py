"""The samples that others have published become what the manifest says; without them, the manifest is checked alone."""

from pathlib import Path

import pytest

from huiying.events.interactions import Action, Direction, Kind
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.published_samples import (
    NOT_SAMPLES,
    RECEIVED_AT,
    PublishedSample,
    directory_of_samples,
    published_samples,
)

SAMPLES = published_samples()
KINDS = {"body", "collection", "fragment", "request", "response"}
DELIVERED = [sample for sample in SAMPLES if sample.kind in {"body", "collection", "fragment"} or sample.events]
NEVER_DELIVERED = [sample for sample in SAMPLES if sample not in DELIVERED]


@pytest.fixture
def directory() -> Path:
    found = directory_of_samples()
    if found is None:
        pytest.skip("HUIYING_FIXTURES names no directory of published samples")
    return found


def test_the_manifest_says_of_each_sample_what_it_is_and_yields() -> None:
    for sample in SAMPLES:
        assert sample.kind in KINDS
        assert sample.platform in CONNECTORS
        assert (sample.within is not None) is (sample.kind == "fragment")
        assert sample.events or sample.why
        for event in sample.events:
            assert str(event["id"]).startswith(f"{sample.platform}:")
            assert Kind(event["kind"]), Action(event["action"])
            assert Direction(event["direction"])


def test_no_sample_is_left_out_of_the_manifest(directory: Path) -> None:
    there = {f"{path.parent.name}/{path.name}" for path in directory.glob("*/*") if path.name not in NOT_SAMPLES}

    assert there == {sample.name for sample in SAMPLES}


@pytest.mark.parametrize("sample", DELIVERED, ids=str)
def test_a_published_sample_yields_what_a_reader_finds_in_it(sample: PublishedSample, directory: Path) -> None:
    assert sample.read(directory) == list(sample.events)


@pytest.mark.parametrize("sample", NEVER_DELIVERED, ids=str)
def test_what_no_platform_delivers_is_unreadable_or_kept_as_unknown(sample: PublishedSample, directory: Path) -> None:
    connector = CONNECTORS[sample.platform]
    (body,) = sample.bodies(directory)

    try:
        found = connector.normalise_body(body, content_type="", received_at=RECEIVED_AT)
    except Unreadable:
        return

    assert {interaction.kind for interaction in found} <= {Kind.UNKNOWN}
