"""Who is at the other end, as far as it can be known through proxies."""

MISSING = "unknown"


def client_address(*, connection: str | None, forwarded_for: str, proxy_count: int) -> str:
    """The address that the outermost of our own proxies saw.

    Each proxy appends whom it saw; what stands before the entries of our own may be made up by the caller.
    """
    seen = [address.strip() for address in forwarded_for.split(",") if address.strip()]
    if proxy_count and len(seen) >= proxy_count:
        return seen[-proxy_count]
    return connection or MISSING
