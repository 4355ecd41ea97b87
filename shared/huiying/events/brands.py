"""Brands: whose accounts, threads and reports they are."""

from datetime import datetime
from typing import ClassVar

from huiying.events.envelope import Event


class BrandCreated(Event, frozen=True, kw_only=True):
    """A brand exists; its slug is its name in every API."""

    type: ClassVar[str] = "brand.created"

    slug: str
    name: str
    created_at: datetime

    @property
    def key(self) -> str:
        return self.slug
