"""Writes .env with fresh secrets for docker compose. Never touches one that is there."""

import base64
import json
import os
import secrets
import uuid
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TARGET = Path(__file__).resolve().parent.parent / ".env"

_OWNER_ONLY = 0o600


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signing_key() -> tuple[str, str]:
    """A new Ed25519 key for access tokens: the private key and the set of public keys, both as JSON."""
    private = Ed25519PrivateKey.generate()
    name = uuid.uuid4().hex[:8]
    public = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _unpadded(private.public_key().public_bytes_raw()),
        "kid": name,
        "use": "sig",
    }
    whole = {**public, "d": _unpadded(private.private_bytes_raw())}
    return json.dumps(whole, separators=(",", ":")), json.dumps({"keys": [public]}, separators=(",", ":"))


def fresh_values() -> dict[str, str]:
    """Everything that docker-compose.yml refuses to start without."""
    private_key, public_keys = signing_key()
    return {
        "POSTGRES_PASSWORD": secrets.token_urlsafe(32),
        "KAFKA_CLUSTER_ID": _unpadded(uuid.uuid4().bytes),
        "HUIYING_BOOTSTRAP_API_KEY": secrets.token_urlsafe(48),
        "HUIYING_STORAGE__SEALING_KEYS": f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "HUIYING_IDENTITY_SIGNING_KEY": private_key,
        "HUIYING_AUTH__TOKEN_PUBLIC_KEYS": public_keys,
    }


def env_text(values: dict[str, str]) -> str:
    """The file's text. Single quotes keep docker compose from reading anything inside."""
    lines = [f"{name}='{value}'" for name, value in values.items()]
    return "\n".join(
        ["# Secrets of this installation. Back them up: what is sealed with them cannot be read without.", *lines, ""]
    )


def write_once(target: Path) -> bool:
    """Create `target`, readable by its owner alone; False, and nothing is done, where it exists."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(env_text(fresh_values()))
    return True


if __name__ == "__main__":
    write_once(TARGET)
