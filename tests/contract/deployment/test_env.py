"""The .env that `make up` writes: whole, fresh, private, and never written over."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import OKPKey

from deploy.make_env import fresh_values, signing_key, write_once
from huiying.auth.principals import Principal, Role
from huiying.auth.tokens import TokenSigner, TokenVerifier
from tests.support.sources import ROOT

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def test_it_holds_everything_that_compose_refuses_to_start_without() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    required = set(re.findall(r"\$\{(\w+):\?", compose))

    assert required == set(fresh_values())


def test_it_is_new_each_time() -> None:
    one, other = fresh_values(), fresh_values()

    assert all(one[name] != other[name] for name in one)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    write_once(tmp_path / ".env")

    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_one_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MINE=1")

    written = write_once(tmp_path / ".env")

    assert not written
    assert (tmp_path / ".env").read_text() == "MINE=1"


def test_the_public_keys_verify_what_the_private_key_signs() -> None:
    private, public = signing_key()
    signer = TokenSigner(OKPKey.import_key(json.loads(private)), lifetime=timedelta(minutes=5))
    principal = Principal(subject="1", kind="member", name="Mei", is_administrator=False, brands={"tea": Role.AGENT})

    verified = TokenVerifier.from_json(public).verify(signer.sign(principal, now=NOW), now=NOW)

    assert verified == principal


def test_the_public_keys_hold_nothing_private() -> None:
    _, public = signing_key()

    assert all("d" not in key for key in json.loads(public)["keys"])
