"""How much of its allowance an account has used, as Meta tells with every answer.

Meta counts calls by the hour, and a backfill could use up what replies need. So reading stops early and comes back
later, while what is to be said goes on until Meta itself says no.
"""

import json
from collections.abc import Mapping
from typing import Any

from huiying.clock import monotonic_seconds
from ingest.clients.connectors.connector import Access, RateLimited
from ingest.clients.connectors.foreign import list_of, mapping_of

# Of what an account may ask, the last fifth is for answering.
_READS_UNTIL_PERCENT = 80
_DEFAULT_PAUSE_SECONDS = 300
_LONGEST_PAUSE_SECONDS = 3600
_MOST_ACCOUNTS = 10_000
_SHARES = ("call_count", "total_cputime", "total_time")


class Usage:
    """What is known of each account's allowance. Not shared between processes: the next answer tells each of them."""

    def __init__(self) -> None:
        self._readable_at: dict[tuple[str, str], float] = {}

    def note(self, headers: Mapping[str, str], access: Access) -> None:
        """Remember what an answer says about the account that asked."""
        pause_seconds = regained_after(headers)
        if pause_seconds is None and _used_percent(headers) >= _READS_UNTIL_PERCENT:
            pause_seconds = _DEFAULT_PAUSE_SECONDS
        if pause_seconds is None:
            return
        if len(self._readable_at) >= _MOST_ACCOUNTS:
            self._readable_at.clear()
        self._readable_at[_key(access)] = monotonic_seconds() + pause_seconds

    def leave_room(self, access: Access) -> None:
        """Raises RateLimited if the account had better not read now."""
        wait_seconds = self._readable_at.get(_key(access), 0.0) - monotonic_seconds()
        if wait_seconds > 0:
            raise RateLimited(
                "most of what Meta allows this account is used, the rest is for replies",
                retry_after_seconds=int(wait_seconds) + 1,
            )


def regained_after(headers: Mapping[str, str]) -> int | None:
    """After how many seconds Meta lets the account ask again; None if it may now, or Meta does not say."""
    minutes = [part.get("estimated_time_to_regain_access") for part in _business_parts(headers)]
    longest = max((number for number in minutes if isinstance(number, int)), default=0)
    return min(longest * 60, _LONGEST_PAUSE_SECONDS) if longest > 0 else None


def _used_percent(headers: Mapping[str, str]) -> float:
    parts = [*_business_parts(headers), mapping_of(_json_in(headers, "x-app-usage"))]
    shares = (part.get(name) for part in parts for name in _SHARES)
    return max((share for share in shares if isinstance(share, int | float)), default=0)


def _business_parts(headers: Mapping[str, str]) -> list[dict[str, Any]]:
    # One list for each page, number or Instagram account that the token may use.
    businesses = mapping_of(_json_in(headers, "x-business-use-case-usage")).values()
    return [mapping_of(part) for business in businesses for part in list_of(business)]


def _json_in(headers: Mapping[str, str], name: str) -> object:
    try:
        return json.loads(headers.get(name, ""))
    except ValueError:
        return None


def _key(access: Access) -> tuple[str, str]:
    return access.account.id, access.api_base or ""
