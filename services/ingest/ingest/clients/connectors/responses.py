"""Reading what a platform answers to a call, where all of them are alike."""

from typing import Any

from huiying.errors import Invalid
from huiying.http.client import Response
from ingest.clients.connectors.connector import RateLimited
from ingest.clients.connectors.foreign import mapping_of

_DEFAULT_PAUSE_SECONDS = 60
_LONGEST_PAUSE_SECONDS = 3600
_DETAIL_CHARACTERS = 300


def object_in(response: Response) -> dict[str, Any]:
    """The JSON object of the body; an empty one if it holds something else."""
    try:
        return mapping_of(response.json())
    except Invalid:
        return {}


def rate_limited(response: Response, message: str) -> RateLimited:
    """The refusal of a call that came too soon, with the pause that the platform asks for, within reason."""
    asked = response.headers.get("retry-after", "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else _DEFAULT_PAUSE_SECONDS
    return RateLimited(message, retry_after_seconds=min(max(seconds, 1), _LONGEST_PAUSE_SECONDS))


def shortened(detail: object) -> str:
    """What a platform says about a failure, cut to what fits a log line."""
    return str(detail).replace("\0", "")[:_DETAIL_CHARACTERS]
