"""What the routes about crises have in common."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.service.dependencies import opened, viewed
from scoring.storage.unit import ScoringUnit

Writing = Annotated[ScoringUnit, Depends(opened, scope="function")]
Viewing = Annotated[ScoringUnit, Depends(viewed, scope="function")]
Reader = Annotated[Principal, Depends(require(Permission.ALERTS_READ))]
Worker = Annotated[Principal, Depends(require(Permission.ALERTS_WORK))]
Watcher = Annotated[Principal, Depends(require(Permission.WATCHES_WRITE))]

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

BrandSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
BrandOf = Annotated[BrandSlug, Query(description="A brand's slug.")]
# No control characters: PostgreSQL refuses one of them.
Words = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _in_our_time(instant: datetime) -> datetime:
    if not _EARLIEST <= instant <= _LATEST:
        raise ValueError("must lie between the years 2000 and 2100")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_in_our_time)]

ALWAYS = (Unauthenticated, Forbidden, NotFound)


class Asked(BaseModel):
    """A request's body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)
