"""What the routes have in common by which a brand teaches scoring."""

from typing import Annotated, cast

from fastapi import Depends, Path, Request

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from scoring.storage.unit import Opener


def opener_of(request: Request) -> Opener:
    """What opens units, for an answer that takes more than one transaction."""
    # Set by the application when it is attached to a running service.
    return cast("Opener", request.app.state.runtime)


Opening = Annotated[Opener, Depends(opener_of)]
Reader = Annotated[Principal, Depends(require(Permission.SCORING_USE))]
Corrector = Annotated[Principal, Depends(require(Permission.CORRECTIONS_WRITE))]
Tuner = Annotated[Principal, Depends(require(Permission.SCORING_TUNE))]

_ID = r"^[0-9a-f-]{36}$"

BrandInPath = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="The brand's slug.")]
CorrectionIdOf = Annotated[str, Path(pattern=_ID, description="The correction's id.")]
AdaptationIdOf = Annotated[str, Path(pattern=_ID, description="The adaptation's id.")]
