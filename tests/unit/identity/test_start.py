"""What identity needs to start, and what it makes for itself."""

from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from deploy.make_env import signing_key
from huiying.auth.tokens import TokenVerifier, new_signing_key
from huiying.clock import SystemClock
from identity.main import SERVICE
from identity.usecases.start import BadSetting
from tests.support.running import a_service, an_administrator


async def test_the_signing_key_is_made_once_and_kept_sealed(tmp_path: Path) -> None:
    now = SystemClock().now()
    async with a_service(SERVICE, directory=tmp_path) as first:
        token = first.runtime.tools.signer.sign(an_administrator(), now=now)
        private = first.runtime.tools.signer._key.as_dict(private=True)["d"]

    async with a_service(SERVICE, directory=tmp_path) as second:
        known = second.runtime.tools.verifier.verify(token, now=now)

    assert known.is_administrator
    assert private.encode() not in (tmp_path / "identity.db").read_bytes()


async def test_a_key_made_for_deployment_signs_and_its_public_half_verifies(tmp_path: Path) -> None:
    now = SystemClock().now()
    private, public = signing_key()

    async with a_service(SERVICE, directory=tmp_path, identity_signing_key=SecretStr(private)) as running:
        token = running.runtime.tools.signer.sign(an_administrator("tea"), now=now)

    assert TokenVerifier.from_json(public).verify(token, now=now).brands == {"tea": "administrator"}


@pytest.mark.parametrize("key", ["", "x" * 31])
async def test_a_bootstrap_key_is_long_or_not_there(tmp_path: Path, key: str) -> None:
    if not key:
        async with a_service(SERVICE, directory=tmp_path, bootstrap_api_key=SecretStr(key)) as running:
            assert running.runtime.tools.bootstrap_fingerprint == ""
        return
    with pytest.raises(BadSetting, match="HUIYING_BOOTSTRAP_API_KEY") as refused:
        async with a_service(SERVICE, directory=tmp_path, bootstrap_api_key=SecretStr(key)):
            pass
    assert key not in str(refused.value)


@pytest.mark.parametrize("text", ["nonsense", "{}", '{"kty": "oct", "k": "c2VjcmV0"}'])
async def test_a_signing_key_is_a_private_ed25519_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSetting, match="HUIYING_IDENTITY_SIGNING_KEY"):
        async with a_service(SERVICE, directory=tmp_path, identity_signing_key=SecretStr(text)):
            pass


async def test_a_public_key_cannot_sign(tmp_path: Path) -> None:
    text = msgspec.json.encode(new_signing_key().as_dict(private=False)).decode()

    with pytest.raises(BadSetting):
        async with a_service(SERVICE, directory=tmp_path, identity_signing_key=SecretStr(text)):
            pass
