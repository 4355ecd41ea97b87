"""Every sample becomes exactly what lies beside it, field by field.

After a change that is meant, run this module with HUIYING_REWRITE_SAMPLES=1 and read the difference.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from huiying.events.interactions import AccountRef
from ingest.clients.connectors.table import CONNECTORS

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED = ".interactions.json"
ACCOUNT = "account.txt"
BODIES = [path for path in sorted(SAMPLES.glob("*/*")) if path.name != ACCOUNT and not path.name.endswith(EXPECTED)]


def test_every_platform_has_samples() -> None:
    assert {path.parent.name for path in BODIES} == set(CONNECTORS)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sample_is_read_as_expected(path: Path) -> None:
    platform, external_id = path.parent.name, path.with_name(ACCOUNT).read_text(encoding="utf-8").strip()
    account = AccountRef(id="account-1", external_id=external_id, brand="tea-house")
    received_at = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)

    interactions = CONNECTORS[platform].normalise_body(
        path.read_bytes(), content_type="", account=account, received_at=received_at
    )

    said = msgspec.json.format(msgspec.json.encode(interactions), indent=2) + b"\n"
    expected = path.with_name(path.name + EXPECTED)
    if os.environ.get("HUIYING_REWRITE_SAMPLES"):
        expected.write_bytes(said)
    assert said.decode() == expected.read_text(encoding="utf-8")
