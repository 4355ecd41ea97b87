"""Names that a platform tells only who asks: each is asked for once in a while, not for every message."""

import msgspec

from huiying.events.interactions import Action, Interaction

_REMEMBERED = 20_000


class AskedNames:
    """Whose name was told already. Forgets everybody when it has heard of very many."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def is_missing(self, interaction: Interaction) -> bool:
        """Whether something new was said or done by somebody whose name nobody has asked for yet."""
        actor = interaction.actor
        if actor is None or actor.is_self or actor.name is not None or interaction.action is not Action.CREATED:
            return False
        return (interaction.account.id, actor.id) not in self._told

    def told(self, interaction: Interaction, name: str) -> Interaction:
        """The interaction with its author's name, as one of its own."""
        actor = interaction.actor
        if actor is None:
            return interaction
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        self._told.add((interaction.account.id, actor.id))
        return msgspec.structs.replace(
            interaction,
            id=f"{interaction.id}:completed",
            action=Action.UPDATED,
            actor=msgspec.structs.replace(actor, name=name),
        )
