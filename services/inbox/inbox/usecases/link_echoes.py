"""Knowing our own replies again when the platform repeats them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, or_, select

from huiying.events.interactions import Direction, Interaction
from inbox.domain.echo import Utterance, is_echo
from inbox.domain.reply import Delivery
from inbox.storage import messages
from inbox.storage.tables import MESSAGES, REPLIES
from inbox.storage.unit import InboxUnit


async def link_echoes(
    unit: InboxUnit, interactions: Sequence[Interaction], *, thread_of: Mapping[str, str]
) -> Collection[str]:
    """Link what is the echo of a reply to that reply, and give the ids of those interactions.

    An echo that comes before we know that its reply was sent is not known as one yet: `file_reply_results` links it.
    """
    spoken = [one for one in interactions if one.direction is Direction.OUTBOUND]
    if not spoken:
        return ()
    waiting = await _waiting(unit, spoken, {thread_of[one.id] for one in spoken})
    linked: dict[str, str] = {}
    for interaction in spoken:
        reply = next((row for row in waiting if _is_echo(row, interaction, thread_of[interaction.id])), None)
        if reply is not None:
            waiting.remove(reply)
            linked[interaction.id] = reply.id
    changes = [(reply_id, {"interaction_id": interaction_id}) for interaction_id, reply_id in linked.items()]
    await messages.change(unit.session, MESSAGES, changes)
    return linked.keys()


async def _waiting(unit: InboxUnit, spoken: Sequence[Interaction], thread_ids: Collection[str]) -> list[Row[Any]]:
    """The sent replies whose echo has not come."""
    by_object = and_(
        MESSAGES.c.account_id.in_({one.account.id for one in spoken}),
        MESSAGES.c.object_id.in_({one.object.id for one in spoken}),
    )
    by_text = and_(MESSAGES.c.thread_id.in_(thread_ids), MESSAGES.c.object_id.is_(None))
    query = (
        select(MESSAGES, REPLIES.c.sent_at)
        .join(REPLIES, REPLIES.c.id == MESSAGES.c.id)
        .where(MESSAGES.c.interaction_id.is_(None), REPLIES.c.status == Delivery.SENT, or_(by_object, by_text))
        .order_by(MESSAGES.c.id)
    )
    return list((await unit.session.execute(query)).all())


def _is_echo(reply: Row[Any], interaction: Interaction, thread_id: str) -> bool:
    if reply.account_id != interaction.account.id:
        return False
    if reply.object_id is None and reply.thread_id != thread_id:
        return False
    sent = Utterance(object_id=reply.object_id, text=reply.text, at=reply.sent_at)
    heard = Utterance(object_id=interaction.object.id, text=interaction.object.text, at=interaction.occurred_at)
    return is_echo(sent, heard)
