"""Which addresses are public: the list of attacks, and the plain truth."""

import pytest

from huiying.http.addresses import is_public

BAD = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:0a00:0001::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "127.1",
    "1.2.3",
    "example.org",
]
GOOD = [
    "1.1.1.1",
    "8.8.8.8",
    "223.5.5.5",
    "::ffff:8.8.8.8",
    "2606:4700:4700::1111",
    "2400:3200::1",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", GOOD)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
