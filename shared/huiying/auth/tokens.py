"""Access tokens: five minutes of vouching, signed with Ed25519 by identity, verified offline by everybody else."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from huiying.auth.principals import Principal
from huiying.errors import Unauthenticated

# The name that RFC 9864 gives EdDSA on this one curve; "EdDSA" by itself is deprecated there.
_ALGORITHM = "Ed25519"
_ISSUER = "huiying"
_AUDIENCE = "huiying"
_TYPE = "at+jwt"
_REMEMBERED = 1_000


class TokenSigner:
    """Issues access tokens."""

    def __init__(self, key: OKPKey, *, lifetime: timedelta) -> None:
        self._key = key
        self._lifetime = lifetime

    def sign(self, principal: Principal, *, now: datetime) -> str:
        """A token that vouches for the principal from now on, for its lifetime."""
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": self._key.kid}
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": principal.subject,
            "iat": int(now.timestamp()),
            "exp": int((now + self._lifetime).timestamp()),
            "principal": msgspec.to_builtins(principal),
        }
        return jwt.encode(header, claims, self._key, algorithms=[_ALGORITHM])


class TokenVerifier:
    """Checks access tokens against the keys it was configured with, and no others."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys
        self._registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": _ISSUER},
            aud={"essential": True, "value": _AUDIENCE},
        )
        # A signature costs more than the rest of a small request, and a console sends the same token many times.
        self._known: OrderedDict[str, tuple[int, Principal]] = OrderedDict()

    @classmethod
    def from_json(cls, keys: str) -> "TokenVerifier":
        """A verifier for a JWKS document."""
        return cls(KeySet.import_key_set(msgspec.json.decode(keys)))

    def verify(self, token: str, *, now: datetime) -> Principal:
        """The principal that a token vouches for.

        Raises Unauthenticated if it is forged, expired, meant for others, or not a token at all.
        """
        moment = int(now.timestamp())
        known = self._known.get(token)
        if known is None:
            known = self._remember(token, self._check(token))
        expires_at, principal = known
        if moment >= expires_at:
            raise Unauthenticated("the access token has expired")
        return principal

    def _check(self, token: str) -> tuple[int, Principal]:
        try:
            decoded = jwt.decode(token, self._keys, algorithms=[_ALGORITHM])
            if decoded.header.get("typ") != _TYPE:
                raise Unauthenticated("not an access token")
            claims: dict[str, Any] = decoded.claims
            # Expiry is compared by `verify`, which knows the time; and when it was issued says nothing but how far the
            # clocks of two machines are apart.
            self._registry.validate({"iss": claims["iss"], "aud": claims["aud"]})
            return int(claims["exp"]), msgspec.convert(claims["principal"], Principal)
        except (JoseError, KeyError, ValueError, TypeError, msgspec.ValidationError) as error:
            raise Unauthenticated(f"the access token was refused: {error}") from error

    def _remember(self, token: str, checked: tuple[int, Principal]) -> tuple[int, Principal]:
        self._known[token] = checked
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return checked


def new_signing_key() -> OKPKey:
    """A fresh Ed25519 key with an id of its own."""
    key = OKPKey.generate_key("Ed25519", private=True)
    key.ensure_kid()
    return key


def public_keys(key: OKPKey) -> str:
    """The JWKS document by which others verify what `key` signs."""
    return msgspec.json.encode({"keys": [key.as_dict(private=False)]}).decode()
