"""Sealing at rest."""

import hmac
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.crypto import NotSealedHere, Vault, equal, fingerprint, mac

OLD, NEW = os.urandom(32), os.urandom(32)


@given(st.binary(), st.text())
def test_what_is_sealed_opens_in_its_place(plain: bytes, context: str) -> None:
    vault = Vault({"1": OLD})

    assert vault.open(vault.seal(plain, context=context), context=context) == plain


def test_a_value_moved_to_another_row_does_not_open() -> None:
    vault = Vault({"1": OLD})
    sealed = vault.seal(b"secret", context="ingest/accounts/secret/1")

    with pytest.raises(NotSealedHere):
        vault.open(sealed, context="ingest/accounts/secret/2")


@given(st.integers(0, 40), st.integers(0, 7))
def test_a_changed_bit_anywhere_does_not_open(at: int, bit: int) -> None:
    vault = Vault({"key": OLD})
    sealed = bytearray(vault.seal(b"secret", context="c"))
    sealed[at % len(sealed)] ^= 1 << bit

    with pytest.raises(NotSealedHere):
        vault.open(bytes(sealed), context="c")


@given(st.binary(max_size=60))
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(NotSealedHere):
        Vault({"1": OLD}).open(sealed, context="c")


def test_keys_are_changed_without_losing_what_the_old_one_sealed() -> None:
    before = Vault({"old": OLD}).seal(b"secret", context="c")
    during = Vault({"old": OLD, "new": NEW})

    after = during.seal(during.open(before, context="c"), context="c")

    assert after.startswith(b"new.")
    assert Vault({"new": NEW}).open(after, context="c") == b"secret"
    with pytest.raises(NotSealedHere):
        Vault({"new": NEW}).open(before, context="c")


def test_the_same_value_never_looks_the_same() -> None:
    vault = Vault({"1": OLD})

    assert vault.seal(b"secret", context="c") != vault.seal(b"secret", context="c")


@pytest.mark.parametrize("keys", [{}, {"1": b"short"}, {"1": os.urandom(16)}, {"a.b": OLD}, {"": OLD}])
def test_keys_that_would_not_do_are_refused_at_the_start(keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Vault(keys)


def test_derived_secrets_differ_by_purpose_and_key() -> None:
    made = {Vault({"1": key}).derive(purpose) for key in (OLD, NEW) for purpose in ("cursors", "links")}

    assert len(made) == 4


def test_secrets_compare_whole() -> None:
    assert equal("päss", "päss".encode())
    assert not equal("pass", "pas")
    assert fingerprint("a") != fingerprint("b")


@given(st.binary(max_size=100), st.lists(st.one_of(st.binary(), st.binary(min_size=3_000, max_size=3_100)), max_size=5))
def test_a_mac_depends_on_its_key_and_its_message_alone(key: bytes, messages: list[bytes]) -> None:
    macs = [mac(key, message) for message in messages]

    assert macs == [hmac.digest(key, message, "sha256") for message in messages]
