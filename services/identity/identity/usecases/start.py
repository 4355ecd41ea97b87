"""What identity does when it starts: find or make its signing key, and invite a first administrator."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from joserfc.jwk import KeySet, OKPKey

from huiying.auth.tokens import TokenSigner, TokenVerifier, public_keys
from huiying.crypto import fingerprint
from huiying.errors import Failure
from huiying.http.pagination import Cursors
from huiying.service.definition import Surroundings
from identity.settings import IdentitySettings
from identity.storage.passwords import Passwords
from identity.storage.queries import has_administrator
from identity.storage.signing_keys import imported, kept_key
from identity.storage.unit import IdentityTools
from identity.usecases.invite import make_link

_SHORTEST_BOOTSTRAP_KEY = 32


class BadSetting(Failure):
    """A setting without which identity would not be safe, or could not work."""

    code = "bad_setting"


@asynccontextmanager
async def equip(surroundings: Surroundings[IdentitySettings]) -> AsyncIterator[IdentityTools]:
    """Identity's tools.

    Raises BadSetting for a bootstrap key that is too short, or a signing key that is none.
    """
    settings = surroundings.settings
    bootstrap = settings.bootstrap_api_key.get_secret_value()
    if bootstrap and len(bootstrap) < _SHORTEST_BOOTSTRAP_KEY:
        raise BadSetting(f"HUIYING_BOOTSTRAP_API_KEY has fewer than {_SHORTEST_BOOTSTRAP_KEY} characters")
    key = await _signing_key(surroundings)
    base_url = settings.http.public_url.rstrip("/") or f"http://{settings.http.host}:{settings.http.port}"
    published = _published(key, settings.auth.token_public_keys)
    yield IdentityTools(
        signer=TokenSigner(key, lifetime=settings.auth.token_lifetime),
        verifier=TokenVerifier.from_json(published),
        public_keys=published,
        cursors=Cursors(surroundings.vault.derive("cursors")),
        passwords=await Passwords.recommended(),
        bootstrap_fingerprint=fingerprint(bootstrap) if bootstrap else "",
        base_url=base_url,
        public_url=settings.http.public_url,
        proxy_count=settings.identity_proxy_count,
        first_link=await _first_link(surroundings, base_url),
    )


async def _signing_key(surroundings: Surroundings[IdentitySettings]) -> OKPKey:
    configured = surroundings.settings.identity_signing_key.get_secret_value()
    if configured:
        try:
            return imported(configured)
        except ValueError as error:
            raise BadSetting(f"HUIYING_IDENTITY_SIGNING_KEY cannot be used: {error}") from error
    async with surroundings.database.writing() as session:
        return await kept_key(session, vault=surroundings.vault, now=surroundings.clock.now())


def _published(key: OKPKey, configured: str) -> str:
    """The public halves: of the key that signs, and of those that signed before it."""
    own = msgspec.json.decode(public_keys(key))["keys"]
    others = KeySet.import_key_set(msgspec.json.decode(configured)).as_dict(private=False)["keys"] if configured else []
    known = {one["kid"] for one in own}
    return msgspec.json.encode({"keys": [*own, *(one for one in others if one.get("kid") not in known)]}).decode()


async def _first_link(surroundings: Surroundings[IdentitySettings], base_url: str) -> str | None:
    async with surroundings.database.writing() as session:
        if await has_administrator(session):
            return None
        invited = await make_link(session, None, base_url=base_url, now=surroundings.clock.now())
    # Not through the log: that is collected, and this opens everything.
    sys.stdout.write(
        f"\nNobody administers Huiying yet. Open this link once to become the administrator:\n{invited.link}\n\n"
    )
    sys.stdout.flush()
    return invited.link
