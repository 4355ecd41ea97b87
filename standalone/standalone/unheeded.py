"""Which fields of a body a connector did not heed: what they say is in no interaction, and nothing depends on them.

It is found by trying: each field is left out and changed in turn, and what then comes of the body is compared.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from huiying.events.interactions import Interaction
from ingest.clients.connectors.connector import Connector, Unreadable
from standalone.documents import Document, Path, open_document, pointer

# A body with more fields than this is a batch; what is not heeded in one shows in a smaller one as well.
_MOST_FIELDS = 1_500
# Short names of contents, as connectors make them: 8, 16 or 32 hexadecimal digits by themselves.
_DIGEST = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8})(?![0-9A-Za-z])")


def list_unheeded(
    connector: Connector, body: bytes, interactions: Sequence[Interaction], *, content_type: str, received_at: datetime
) -> Sequence[Sequence[str]]:
    """The pointers of what was not heeded, for each interaction those that it is nearest to."""
    document = open_document(body)
    leaves = list(islice(document.leaves(), _MOST_FIELDS + 1)) if document is not None else []
    if document is None or len(leaves) > _MOST_FIELDS:
        return [()] * len(interactions)
    trial = _Trial(connector, body, content_type=content_type, received_at=received_at)
    said = _words([msgspec.to_builtins(interaction) for interaction in interactions])
    places: list[list[Path]] = [[] for _ in interactions]
    unheeded: list[Path] = []
    for path, text in leaves:
        changed = trial.changes(document, path)
        for number in changed:
            places[number].append(path)
        if not changed and not _is_said(text, said):
            unheeded.append(path)
    return _by_interaction(_folded(unheeded, [path for path, _ in leaves]), places)


class _Trial:
    """What becomes of a body with a field more or less, compared to what became of it whole."""

    def __init__(self, connector: Connector, body: bytes, *, content_type: str, received_at: datetime) -> None:
        self._connector, self._content_type, self._received_at = connector, content_type, received_at
        self._known = _DIGEST.findall(body.decode("utf-8", "replace"))
        self._whole = self._read(body)

    def changes(self, document: Document, path: Path) -> set[int]:
        """Which interactions depend on that field; all of them where nothing could be read without it."""
        found: set[int] = set()
        for body in document.variants(path):
            try:
                left = Counter(self._read(body))
            except Unreadable:
                return set(range(len(self._whole)))
            for number, content in enumerate(self._whole):
                left[content] -= 1
                if left[content] < 0:
                    found.add(number)
        return found

    def _read(self, body: bytes) -> list[str]:
        read = self._connector.normalise_body(body, content_type=self._content_type, received_at=self._received_at)
        return [self._plain(interaction) for interaction in read]

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


def _by_interaction(unheeded: Sequence[Path], places: Sequence[Sequence[Path]]) -> Sequence[Sequence[str]]:
    found: list[list[str]] = [[] for _ in places]
    for path in unheeded:
        near = [max((_shared(path, own) for own in paths), default=0) for paths in places]
        for number, length in enumerate(near):
            if length == max(near):
                found[number].append(pointer(path))
    return found


def _shared(one: Path, other: Path) -> int:
    length = 0
    for here, there in zip(one, other, strict=False):
        if here != there:
            break
        length += 1
    return length
