"""What the samples that others have published are, and what each must yield: read from `published_samples.toml`.

The files themselves are not ours and not here. `HUIYING_FIXTURES` names a directory of them, one folder per platform.
"""

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from huiying.events.interactions import Interaction, TimeSource
from ingest.clients.connectors.table import CONNECTORS

RECEIVED_AT = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)
MANIFEST = Path(__file__).with_name("published_samples.toml")
# Beside the samples lies where they come from.
NOT_SAMPLES = frozenset({"SOURCES.txt", "vectors.json"})


@dataclass(frozen=True, kw_only=True)
class PublishedSample:
    """One file. `within` is what a fragment stands in when it is delivered, with `%s` in its place."""

    name: str
    kind: str
    why: str = ""
    within: str | None = None
    events: Sequence[Mapping[str, Any]] = field(default=())

    @property
    def platform(self) -> str:
        return self.name.partition("/")[0]

    def __str__(self) -> str:
        return self.name

    def bodies(self, directory: Path) -> Sequence[bytes]:
        """What would be delivered: the file, what it stands in, or each of the bodies that it collects."""
        content = (directory / self.name).read_bytes()
        if self.kind == "collection":
            return [json.dumps(body).encode() for body in json.loads(content).values()]
        return [content if self.within is None else (self.within % content.decode()).encode()]

    def read(self, directory: Path) -> Sequence[Mapping[str, Any]]:
        """What comes of it, in the words of the manifest."""
        connector = CONNECTORS[self.platform]
        return [
            told(interaction)
            for body in self.bodies(directory)
            for interaction in connector.normalise_body(body, content_type="", received_at=RECEIVED_AT)
        ]


def published_samples() -> Sequence[PublishedSample]:
    entries = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    return [PublishedSample(name=name, **entry) for name, entry in entries.items()]


def directory_of_samples() -> Path | None:
    named = os.environ.get("HUIYING_FIXTURES")
    return Path(named) if named and Path(named).is_dir() else None


def told(interaction: Interaction) -> Mapping[str, Any]:
    """What a reader of the body can check; what is not there is left out."""
    actor, target = interaction.actor, interaction.target
    is_known = interaction.occurred_at_source is not TimeSource.RECEIVE
    found = {
        "id": interaction.id,
        "kind": interaction.kind.value,
        "action": interaction.action.value,
        "direction": interaction.direction.value,
        "author": actor and actor.id,
        "author_name": actor and actor.name,
        "text": interaction.object.text,
        "reaction": interaction.object.reaction,
        "attachments": [attachment.kind for attachment in interaction.object.attachments] or None,
        "parent": target and target.parent_id,
        "post": target and target.post_id,
        "conversation": target and target.conversation_id,
        "time": interaction.occurred_at.isoformat().replace("+00:00", "Z") if is_known else None,
    }
    return {name: value for name, value in found.items() if value is not None}
