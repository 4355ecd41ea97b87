"""What is decided without asking anybody: passwords, and addresses behind proxies."""

import pytest

from identity.domain.addresses import client_address
from identity.domain.common_passwords import COMMON_PASSWORDS
from identity.domain.passwords import WeakPassword, check_password


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "a" * 129,
        "Password1234",
        "qwertyuiop123",
        "aaaaaaaaaaaaaa",
        "121212121212",
        "woaini1314520",
        "li.wei@example.org",
        "Li.Wei@example.org2026",
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, email="li.wei@example.org")

    assert refused.value.pointer == "/password"
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password", ["three lamps by the river", "江上三盏灯，夜里过船，十二字", "x7" + "q" * 126, "ΩΩΩ three ΩΩΩ lamps"]
)
def test_any_other_password_is_accepted_whatever_it_is_made_of(password: str) -> None:
    check_password(password, email="li.wei@example.org")


def test_the_list_holds_what_is_long_enough_to_matter() -> None:
    assert {"passwordpassword", "1qaz2wsx3edc", "administrator1"} <= COMMON_PASSWORDS
    assert sum(len(password) >= 12 for password in COMMON_PASSWORDS) > 1_000


@pytest.mark.parametrize(
    ("forwarded_for", "proxy_count", "address"),
    [
        ("", 0, "10.0.0.9"),
        ("203.0.113.7", 0, "10.0.0.9"),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", 1, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "10.0.0.9"),
        ("", 1, "10.0.0.9"),
    ],
)
def test_only_our_own_proxies_are_believed(forwarded_for: str, proxy_count: int, address: str) -> None:
    seen = client_address(connection="10.0.0.9", forwarded_for=forwarded_for, proxy_count=proxy_count)

    assert seen == address


def test_without_a_connection_the_address_is_unknown() -> None:
    assert client_address(connection=None, forwarded_for="", proxy_count=0) == "unknown"
