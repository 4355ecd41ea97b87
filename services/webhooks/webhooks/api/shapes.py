"""What the routes of webhooks have in common."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, StringConstraints

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.service.dependencies import opened, viewed
from webhooks.storage.unit import WebhooksUnit

Writing = Annotated[WebhooksUnit, Depends(opened, scope="function")]
Viewing = Annotated[WebhooksUnit, Depends(viewed, scope="function")]
Reader = Annotated[Principal, Depends(require(Permission.WEBHOOKS_READ))]
Writer = Annotated[Principal, Depends(require(Permission.WEBHOOKS_WRITE))]

_ID = r"^[0-9a-f-]{36}$"

SubscriptionIdOf = Annotated[str, Path(pattern=_ID, description="The subscription's id.")]
NotificationIdOf = Annotated[str, Path(pattern=_ID, description="The notification's id.")]
SubscriptionIdIn = Annotated[str, StringConstraints(pattern=_ID)]
BrandSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
# No control characters: PostgreSQL refuses one of them.
Words = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Address = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$")]


class Asked(BaseModel):
    """A request's body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)
