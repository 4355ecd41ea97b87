"""The people who speak, and what they do besides speaking."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import case, func
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import upsert
from huiying.events.interactions import Action, Direction, Interaction, Kind
from inbox.storage.tables import CONTACTS, MARKS

_PROFILE = ("name", "username", "url", "followers")


def contact_id_of(interaction: Interaction) -> str | None:
    """The id of the person who acted; the same whenever and wherever they are met.

    It is made of what the platform calls them on this account, so that a batch needs no look-up and two replicas that
    meet somebody at once agree.
    """
    if interaction.direction is not Direction.INBOUND or interaction.actor is None or interaction.actor.is_self:
        return None
    met = f"{interaction.account.id}:{interaction.actor.id}".encode()
    return blake2b(met, digest_size=16, person=b"huiying contact").hexdigest()


async def meet(session: AsyncSession, interactions: Iterable[Interaction]) -> None:
    """Remember who acted, with the newest that is known of them."""
    met: dict[str, dict[str, Any]] = {}
    for interaction in interactions:
        contact_id = contact_id_of(interaction)
        if contact_id is not None:
            row = _row(contact_id, interaction)
            met[contact_id] = _newest(met[contact_id], row) if contact_id in met else row
    if not met:
        return
    statement = upsert(session, CONTACTS)
    old, new = CONTACTS.c, statement.excluded
    is_newer = new.last_seen_at >= old.last_seen_at
    profile = {
        name: case((is_newer, func.coalesce(new[name], old[name])), else_=func.coalesce(old[name], new[name]))
        for name in _PROFILE
    }
    times = {
        "last_seen_at": case((is_newer, new.last_seen_at), else_=old.last_seen_at),
        "first_seen_at": case((new.first_seen_at < old.first_seen_at, new.first_seen_at), else_=old.first_seen_at),
    }
    # In the order of their ids, so that two replicas cannot wait for one another.
    rows = [met[contact_id] for contact_id in sorted(met)]
    await session.execute(statement.on_conflict_do_update(index_elements=[old.id], set_={**profile, **times}), rows)


async def mark(session: AsyncSession, interactions: Sequence[Interaction]) -> None:
    """Keep reactions, shares and follows: of each the last that happened, whenever that is told."""
    if not interactions:
        return
    statement = upsert(session, MARKS)
    old, new = MARKS.c, statement.excluded
    keys = ("account_id", "kind", "subject")
    is_last = (new.occurred_at > old.occurred_at) | (
        (new.occurred_at == old.occurred_at) & (new.interaction_id > old.interaction_id)
    )
    rows = [_mark_row(interaction) for interaction in interactions]
    changed = {name: new[name] for name in rows[0] if name not in keys}
    await session.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed, where=is_last), rows)


def _row(contact_id: str, interaction: Interaction) -> dict[str, Any]:
    actor = interaction.actor
    return {
        "id": contact_id,
        "brand": interaction.account.brand,
        "account_id": interaction.account.id,
        "platform": interaction.platform,
        "external_id": actor.id if actor else "",
        **{name: getattr(actor, name) for name in _PROFILE},
        "first_seen_at": interaction.occurred_at,
        "last_seen_at": interaction.occurred_at,
    }


def _newest(before: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    older, newer = (before, row) if row["last_seen_at"] >= before["last_seen_at"] else (row, before)
    profile = {name: older[name] if newer[name] is None else newer[name] for name in _PROFILE}
    first = min(before["first_seen_at"], row["first_seen_at"])
    return {**newer, **profile, "first_seen_at": first}


def _mark_row(interaction: Interaction) -> dict[str, Any]:
    target = interaction.target
    about = (target.parent_id or target.post_id) if target else None
    return {
        "account_id": interaction.account.id,
        "kind": interaction.kind.value,
        "subject": _subject(interaction, about),
        "contact_id": contact_id_of(interaction),
        "post_id": target.post_id if target else None,
        "object_id": about,
        "reaction": interaction.object.reaction,
        "is_present": interaction.action in {Action.CREATED, Action.UPDATED},
        "occurred_at": interaction.occurred_at,
        "interaction_id": interaction.id,
    }


def _subject(interaction: Interaction, about: str | None) -> str:
    # Platforms give a reaction no id that its removal would repeat, so it is known by who felt something about what.
    if interaction.actor is None or interaction.kind is Kind.SHARE:
        return f"object:{interaction.object.id}"
    return f"{interaction.actor.id}:{about or ''}"
