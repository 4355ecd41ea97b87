"""What there is to answer in a thread, and how much of an answer its platform still takes."""

from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from huiying.events.interactions import Direction, Kind
from inbox.domain.reply import Answerable, Delivery
from inbox.storage.tables import MESSAGES, REPLIES
from inbox.storage.unit import InboxUnit


async def find_message(unit: InboxUnit, thread_id: str, *, message_id: str | None = None) -> Row[Any] | None:
    """The message that an answer would be to: the named one, else the newest that a person wrote and that is there."""
    query = select(MESSAGES).where(
        MESSAGES.c.thread_id == thread_id,
        MESSAGES.c.direction == Direction.INBOUND,
        MESSAGES.c.deleted_at.is_(None),
    )
    if message_id is not None:
        query = query.where(MESSAGES.c.id == message_id)
    newest = query.order_by(MESSAGES.c.occurred_at.desc(), MESSAGES.c.id.desc()).limit(1)
    return (await unit.session.execute(newest)).one_or_none()


async def answerable(unit: InboxUnit, message: Row[Any]) -> Answerable:
    """The message, as far as answering it is concerned."""
    return Answerable(
        id=message.id,
        kind=Kind(message.kind),
        capabilities=tuple(message.capabilities.split()),
        window_expires_at=message.window_expires_at,
        replies_left=await _replies_left(unit, message),
    )


async def _replies_left(unit: InboxUnit, message: Row[Any]) -> int | None:
    """What is left of the answers that its platform allows; all that the brand said since then counts, wherever."""
    if message.max_replies is None:
        return None
    went_out = or_(REPLIES.c.id.is_(None), REPLIES.c.status != Delivery.FAILED)
    said = and_(
        MESSAGES.c.thread_id == message.thread_id,
        MESSAGES.c.direction == Direction.OUTBOUND,
        MESSAGES.c.occurred_at >= message.occurred_at,
    )
    joined = MESSAGES.outerjoin(REPLIES, REPLIES.c.id == MESSAGES.c.id)
    count = select(func.count()).select_from(joined).where(said, went_out)
    used: int = (await unit.session.execute(count)).scalar_one()
    allowed: int = message.max_replies
    return max(allowed - used, 0)
