"""Access tokens: what is forged, stale, or meant for others is refused."""

import base64
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, OKPKey, RSAKey

from huiying.auth.principals import Principal, Role
from huiying.auth.tokens import TokenSigner, TokenVerifier, new_signing_key, public_keys
from huiying.errors import Unauthenticated
from tests.support.clock import START

KEY = new_signing_key()
ANN = Principal(subject="ann", kind="member", name="Ann", is_administrator=False, brands={"acme": Role.AGENT})
LIFETIME = timedelta(minutes=5)
HEADER = {"alg": "Ed25519", "typ": "at+jwt", "kid": KEY.kid}


def a_verifier(*keys: OKPKey) -> TokenVerifier:
    return TokenVerifier(KeySet(list(keys or (KEY,))))


def a_token(*, now: datetime = START, key: OKPKey = KEY) -> str:
    return TokenSigner(key, lifetime=LIFETIME).sign(ANN, now=now)


def claims(**changed: Any) -> dict[str, Any]:
    made = {
        "iss": "huiying",
        "aud": "huiying",
        "sub": "ann",
        "iat": int(START.timestamp()),
        "exp": int((START + LIFETIME).timestamp()),
        "principal": msgspec.to_builtins(ANN),
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def signed(header: dict[str, Any] | None = None, key: Any = KEY, **changed: Any) -> str:
    header = header or HEADER
    return jwt.encode(header, claims(**changed), key, algorithms=[header["alg"]])


def part(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")


def test_a_token_vouches_for_its_principal() -> None:
    assert a_verifier().verify(a_token(), now=START) == ANN


def test_the_public_half_of_the_key_is_enough() -> None:
    verifier = TokenVerifier.from_json(public_keys(KEY))

    assert verifier.verify(a_token(), now=START) == ANN
    assert '"d"' not in public_keys(KEY)


def test_old_and_new_keys_hold_side_by_side_while_they_are_changed() -> None:
    new = new_signing_key()
    verifier = a_verifier(KEY, new)

    assert verifier.verify(a_token(key=KEY), now=START) == verifier.verify(a_token(key=new), now=START)


@pytest.mark.parametrize("seconds", [0, 1, 299])
def test_a_token_holds_for_its_lifetime(seconds: int) -> None:
    assert a_verifier().verify(a_token(), now=START + timedelta(seconds=seconds)) == ANN


def test_a_token_that_was_accepted_once_expires_all_the_same() -> None:
    verifier, token = a_verifier(), a_token()
    verifier.verify(token, now=START)

    with pytest.raises(Unauthenticated, match="expired"):
        verifier.verify(token, now=START + LIFETIME)


@pytest.mark.parametrize("ahead", [timedelta(seconds=5), timedelta(days=3_650)])
def test_a_signer_whose_clock_is_ahead_is_still_believed(ahead: timedelta) -> None:
    assert a_verifier().verify(a_token(now=START + ahead), now=START) == ANN


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "principal"])
def test_a_token_without_a_claim_is_refused(name: str) -> None:
    with pytest.raises(Unauthenticated):
        a_verifier().verify(signed(**{name: None}), now=START)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"aud": ["somebody"]},
        {"exp": "never"},
        {"principal": {"subject": "ann"}},
        {"principal": {**msgspec.to_builtins(ANN), "brands": {"acme": "emperor"}}},
        {"principal": {**msgspec.to_builtins(ANN), "is_administrator": "yes"}},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        a_verifier().verify(signed(**changed), now=START)


@pytest.mark.parametrize("typ", ["JWT", "id+jwt", None])
def test_a_token_of_another_type_is_refused(typ: str | None) -> None:
    header = {name: value for name, value in {**HEADER, "typ": typ}.items() if value is not None}

    with pytest.raises(Unauthenticated):
        a_verifier().verify(signed(header), now=START)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        a_verifier().verify(a_token(key=new_signing_key()), now=START)


def test_a_token_of_another_key_under_our_keys_name_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        a_verifier().verify(signed(key=OKPKey.generate_key("Ed25519", {"kid": KEY.kid})), now=START)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(alg: str) -> None:
    for signature in ("", a_token().rsplit(".", 1)[1]):
        forged = f"{part({**HEADER, 'alg': alg})}.{part(claims())}.{signature}"

        with pytest.raises(Unauthenticated):
            a_verifier().verify(forged, now=START)


def test_our_public_key_is_no_shared_secret() -> None:
    public = OctKey.import_key(public_keys(KEY).encode())

    with pytest.raises(Unauthenticated):
        a_verifier().verify(signed({**HEADER, "alg": "HS256"}, public), now=START)


def test_an_algorithm_that_is_not_ours_is_refused_even_with_a_known_key() -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})

    with pytest.raises(Unauthenticated):
        TokenVerifier(KeySet([KEY, rsa])).verify(signed({**HEADER, "alg": "RS256", "kid": "rsa"}, rsa), now=START)


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_a_token_brings_along_is_not_believed(name: str) -> None:
    attacker = new_signing_key()
    brought = {"jwk": attacker.as_dict(private=False), "x5c": ["AAAA"]}.get(name, "https://attacker.example/keys")
    header = {"alg": "Ed25519", "typ": "at+jwt", name: brought}
    body = f"{part(header)}.{part(claims())}"
    signature = base64.urlsafe_b64encode(attacker.private_key.sign(body.encode())).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        a_verifier().verify(f"{body}.{signature}", now=START)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.é.é", "{}", "a" * 100_000, a_token()[:-4] + "AAAA"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        a_verifier().verify(token, now=START)


def test_a_verifier_remembers_a_limited_number_of_tokens() -> None:
    verifier = a_verifier()

    for seconds in range(1_050):
        verifier.verify(a_token(now=START + timedelta(seconds=seconds)), now=START)

    assert len(verifier._known) == 1_000
