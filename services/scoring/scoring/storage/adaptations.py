"""Adaptations, from draft to undone."""

from enum import StrEnum

from sqlalchemy import delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from scoring.storage.learning_tables import AdaptationRow


class AdaptationStatus(StrEnum):
    """Where an adaptation stands: not in use yet, in use, replaced by another, or taken back."""

    DRAFT = "draft"
    APPLIED = "applied"
    REPLACED = "replaced"
    UNDONE = "undone"


async def drop_drafts(session: AsyncSession, brand: str) -> None:
    """Delete the brand's drafts."""
    drafts = (col(AdaptationRow.brand) == brand, col(AdaptationRow.status) == AdaptationStatus.DRAFT.value)
    await session.execute(delete(AdaptationRow).where(*drafts))
