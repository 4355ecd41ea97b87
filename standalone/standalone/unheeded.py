"""Which fields of a body a connector did not heed: what they say is in no interaction, and nothing depends on them.

It is found by trying: each field is left out and changed in turn, and what then comes of the body is compared.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from huiying.events.interactions import Interaction
from ingest.clients.connectors.connector import Connector, Unreadable
from standalone.documents import Document, Path, open_document, pointer

# A body with more fields than this is a batch; what is not heeded in one shows in a smaller one as well.
_MOST_FIELDS = 1_500
_DIGEST = re.compile(r"[0-9a-f]{32}")


def list_unheeded(
    connector: Connector, body: bytes, interactions: Sequence[Interaction], *, content_type: str, received_at: datetime
) -> Mapping[str, Sequence[str]]:
    """The pointers of what was not heeded, by the id of each interaction that they are nearest to."""
    document = open_document(body)
    if document is None or not interactions:
        return {}
    leaves = list(document.leaves())
    if len(leaves) > _MOST_FIELDS:
        return {}
    trial = _Trial(connector, body, content_type=content_type, received_at=received_at)
    said = _words([msgspec.to_builtins(interaction) for interaction in interactions])
    places: dict[str, list[Path]] = {interaction.id: [] for interaction in interactions}
    unheeded: list[Path] = []
    for path, text in leaves:
        changed = trial.changes(document, path)
        for interaction_id in changed:
            places[interaction_id].append(path)
        if not changed and not _is_said(text, said):
            unheeded.append(path)
    return _by_interaction(_folded(unheeded, [path for path, _ in leaves]), places)


class _Trial:
    """What becomes of a body with a field more or less, compared to what became of it whole."""

    def __init__(self, connector: Connector, body: bytes, *, content_type: str, received_at: datetime) -> None:
        self._connector, self._content_type, self._received_at = connector, content_type, received_at
        self._known = _DIGEST.findall(body.decode("utf-8", "replace"))
        self._whole = self._read(body)

    def changes(self, document: Document, path: Path) -> set[str]:
        """The ids of the interactions that depend on that field; all of them where nothing could be read without it."""
        found: set[str] = set()
        for body in document.variants(path):
            try:
                left = list(self._read(body).values())
            except Unreadable:
                return set(self._whole)
            found |= {each for each, content in self._whole.items() if content not in left}
        return found

    def _read(self, body: bytes) -> dict[str, str]:
        read = self._connector.normalise_body(body, content_type=self._content_type, received_at=self._received_at)
        return {interaction.id: self._plain(interaction) for interaction in read}

    def _plain(self, interaction: Interaction) -> str:
        text = msgspec.json.encode(interaction).decode()
        # What is named after its own content changes its name with every field, whether heeded or not.
        return _DIGEST.sub(lambda found: found[0] if found[0] in self._known else "", text)


def _is_said(text: str, said: set[str]) -> bool:
    return text in said or (len(text) > 5 and any(text in word for word in said))


def _words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {word for each in value.values() for word in _words(each)}
    if isinstance(value, list | tuple):
        return {word for each in value for word in _words(each)}
    return set() if value is None or isinstance(value, bool) else {str(value)}


def _folded(unheeded: Sequence[Path], leaves: Sequence[Path]) -> list[Path]:
    """The same, with one path for a whole branch of which nothing was heeded."""
    heeded = {path[:length] for path in set(leaves) - set(unheeded) for length in range(len(path) + 1)}
    folded: dict[Path, None] = {}
    for path in unheeded:
        tops = (path[:length] for length in range(1, len(path) + 1) if path[:length] not in heeded)
        folded[next(tops, path)] = None
    return list(folded)


def _by_interaction(unheeded: Sequence[Path], places: Mapping[str, Sequence[Path]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in unheeded:
        for interaction_id in _nearest(path, places):
            found.setdefault(interaction_id, []).append(pointer(path))
    return found


def _nearest(path: Path, places: Mapping[str, Sequence[Path]]) -> Iterator[str]:
    near = {each: max((_shared(path, own) for own in paths), default=0) for each, paths in places.items()}
    best = max(near.values())
    return (each for each, length in near.items() if length == best)


def _shared(one: Path, other: Path) -> int:
    length = 0
    for here, there in zip(one, other, strict=False):
        if here != there:
            break
        length += 1
    return length
