"""Find out by a platform's echo what became of a reply whose sending nobody saw the end of."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, true, update

from huiying.db.statements import table_of
from huiying.events.interactions import Interaction, Kind
from huiying.events.replies import ReplyRequested, Visibility
from ingest.domain.keys import text_digest
from ingest.storage.tables import Account, Echo, Send
from ingest.storage.unit import IngestUnit

# A platform's clock may be behind ours by a little.
_CLOCKS_DIFFER_BY = timedelta(minutes=1)
_LONGEST_ID = 300

_ACCOUNTS, _ECHOES, _SENDS = table_of(Account), table_of(Echo), table_of(Send)


def echo_row(interaction: Interaction) -> dict[str, object] | None:
    """The row by which something that the brand said is found again; None where nobody will look for it."""
    text, object_id = interaction.object.text, interaction.object.id
    if not text or len(object_id) > _LONGEST_ID:
        return None
    target = interaction.target
    place = target and (target.conversation_id or target.post_id)
    return {
        "interaction_id": interaction.id[:400],
        "external_id": interaction.account.external_id,
        "object_id": object_id,
        "place": place if place and len(place) <= _LONGEST_ID else None,
        "text_digest": text_digest(text),
        "occurred_at": interaction.occurred_at,
    }


async def take_echo(unit: IngestUnit, request: ReplyRequested) -> str | None:
    """The platform's own id of what this reply became, if its echo has come and belongs to no other reply.

    From then on the echo belongs to this one, however many look for the same words at once.
    """
    fitting = (
        select(_ECHOES.c.interaction_id)
        .where(_fits(request), _is_free(request))
        .order_by(_ECHOES.c.taken_by.is_(None), _ECHOES.c.occurred_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("fitting")
    )
    statement = (
        update(_ECHOES)
        .where(_ECHOES.c.interaction_id.in_(select(fitting.c.interaction_id)))
        .values(taken_by=request.reply_id)
        .returning(_ECHOES.c.object_id)
    )
    return (await unit.session.execute(statement)).scalar_one_or_none()


def _fits(request: ReplyRequested) -> ColumnElement[bool]:
    place = _place_of(request)
    # A page may be connected as several accounts, and its echo comes to whichever of them.
    page = select(_ACCOUNTS.c.external_id).where(_ACCOUNTS.c.id == request.account_id).scalar_subquery()
    return and_(
        _ECHOES.c.external_id == page,
        _ECHOES.c.text_digest == text_digest(request.text),
        _ECHOES.c.occurred_at >= request.requested_at - _CLOCKS_DIFFER_BY,
        or_(_ECHOES.c.place.is_(None), _ECHOES.c.place == place) if place else true(),
    )


def _is_free(request: ReplyRequested) -> ColumnElement[bool]:
    """Whether no other reply has the echo: by taking it, or because the platform's answer named the same id."""
    is_answer = exists().where(_SENDS.c.object_id == _ECHOES.c.object_id, _SENDS.c.reply_id != request.reply_id)
    return and_(or_(_ECHOES.c.taken_by.is_(None), _ECHOES.c.taken_by == request.reply_id), ~is_answer)


def _place_of(request: ReplyRequested) -> str | None:
    """Where the echo must appear: the same words are said in many places."""
    target = request.target
    if target.kind == Kind.MESSAGE:
        return target.conversation_id or target.counterpart_id
    # A comment answered in private becomes a message, and some platforms then know the person by another id.
    return target.post_id if request.visibility is Visibility.PUBLIC else None
