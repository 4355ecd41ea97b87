"""Which addresses an outgoing call may reach when others say where it goes."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# The standard library calls addresses global that lead back inside: translations and tunnels that carry an IPv4
# address, and relays. So only what is plain global unicast counts, less these.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.88.99.0/24", "192.0.0.0/24")
)


def is_public(address: str) -> bool:
    """Whether this IP address is one of the public internet. False for anything that is not an address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return parsed in _GLOBAL_UNICAST and _is_plain(parsed)
        parsed = parsed.ipv4_mapped
    return _is_plain(parsed)


def _is_plain(address: IPv4Address | IPv6Address) -> bool:
    listed = any(address.version == network.version and address in network for network in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not address.is_reserved and not listed
