"""What of a brand's conversation is watched by itself."""

from typing import Annotated

from fastapi import APIRouter, Response
from msgspec import convert
from pydantic import BaseModel, Field

from huiying.auth.principals import Permission
from huiying.errors import Invalid, PreconditionFailed
from huiying.http.etag import IfMatch, check_match, etag
from huiying.http.problems import responses
from scoring.api.shapes import ALWAYS, Asked, BrandOf, Reader, Viewing, Watcher, Words, Writing
from scoring.domain.alerts.watch import DEFAULT_SENSITIVITY, Watch
from scoring.storage.watching import next_version, read_watches, version_of
from scoring.usecases.keep_watches import MOST_WATCHES, NewWatch, keep_watches

router = APIRouter(tags=["watches"])

Some = Annotated[list[Words], Field(max_length=200)]
FalseAlarmsPerWeek = Annotated[
    float,
    Field(gt=0, le=50, description="How many false alarms a week are put up with: fewer are slower to come."),
]


class WatchIn(Asked):
    """A watch: what is about any of these topics, keywords or products, on these platforms, in these regions if named.

    Without any of these it is the watch of the whole brand, which exists anyway: this sets its sensitivity.
    """

    id: str | None = Field(default=None, max_length=64, description="Of a watch that is kept; absent for a new one.")
    name: str = Field(default="", max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
    topics: Some = []
    keywords: Some = []
    products: Some = []
    platforms: Some = []
    regions: Some = []
    sensitivity: FalseAlarmsPerWeek = DEFAULT_SENSITIVITY


class WatchesIn(Asked):
    """All watches of a brand."""

    items: list[WatchIn] = Field(max_length=MOST_WATCHES)


class WatchView(BaseModel):
    """A watch. The id of the whole brand's is empty."""

    id: str
    name: str
    topics: list[str]
    keywords: list[str]
    products: list[str]
    platforms: list[str]
    regions: list[str]
    sensitivity: float = Field(description="False alarms a week that are put up with.")


class WatchesView(BaseModel):
    """All watches of a brand, that of the whole brand included."""

    brand: str
    items: list[WatchView]


@router.get("/watches", operation_id="getWatches", responses=responses(*ALWAYS))
async def get_watches(brand: BrandOf, principal: Reader, unit: Viewing, response: Response) -> WatchesView:
    """What is watched. The ETag goes into If-Match of a change."""
    principal.demand(Permission.ALERTS_READ, brand, what=f"brand {brand}")
    response.headers["etag"] = etag(await version_of(unit.session, brand))
    return _shown(brand, (await read_watches(unit.session, {brand}))[brand])


@router.put("/watches", operation_id="replaceWatches", responses=responses(*ALWAYS, Invalid, PreconditionFailed))
async def put_watches(
    brand: BrandOf, body: WatchesIn, principal: Watcher, unit: Writing, response: Response, if_match: IfMatch = None
) -> WatchesView:
    """Watch this and nothing else.

    For a watch that is new, or looks for something else than before, what is remembered is counted within minutes; then
    it is judged.
    """
    principal.demand(Permission.WATCHES_WRITE, brand, what=f"brand {brand}")
    version = await next_version(unit.session, brand)
    if if_match is not None:
        check_match(if_match, version=version - 1)
    watches = await keep_watches(unit, brand, convert([item.model_dump() for item in body.items], list[NewWatch]))
    response.headers["etag"] = etag(version)
    return _shown(brand, watches)


def _shown(brand: str, watches: list[Watch]) -> WatchesView:
    return WatchesView(brand=brand, items=[WatchView.model_validate(watch, from_attributes=True) for watch in watches])
