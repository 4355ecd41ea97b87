"""What a network's `config.json` says of its labels and limits."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from huiying.errors import Invalid
from scoring.domain.model.sentiment import LABELS

# Some networks count positions from two on; to stay this far below the limit costs nothing.
_SPARE_POSITIONS = 2
_KNOWN = (
    frozenset({"negative", "neg", "负面", "负向", "消极", "1 star", "2 stars"}),
    frozenset({"neutral", "neu", "中性", "中立", "3 stars"}),
    frozenset({"positive", "pos", "正面", "正向", "积极", "4 stars", "5 stars"}),
)


class LabelsUnknown(Invalid):
    """The labels are not names of negative, neutral and positive; `LABEL_0` could be any of them."""

    code = "labels_unknown"


class _File(msgspec.Struct, frozen=True):
    id2label: dict[str, str]
    pad_token_id: int | None = None
    max_position_embeddings: int | None = None


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """A network as seen from outside: `columns` has a row for each of its classes, and a 1 where that is our label."""

    columns: npt.NDArray[np.float64]
    pad_token_id: int
    longest_tokens: int

    @classmethod
    def read(cls, path: Path) -> Self:
        """The configuration in this file. Raises LabelsUnknown, OSError, and msgspec's errors for another file."""
        found = msgspec.json.decode(path.read_bytes(), type=_File)
        names = [found.id2label[str(number)] for number in range(len(found.id2label))]
        positions = found.max_position_embeddings or 512
        return cls(
            columns=np.array([_column(name) for name in names]),
            pad_token_id=found.pad_token_id or 0,
            longest_tokens=max(positions - _SPARE_POSITIONS, 1),
        )

    @property
    def knows_neutral(self) -> bool:
        """Whether one of the classes is neutral."""
        return bool(self.columns[:, 1].any())


def _column(name: str) -> list[float]:
    for index, known in enumerate(_KNOWN):
        if name.strip().lower() in known:
            return [float(index == one) for one in range(len(LABELS))]
    raise LabelsUnknown(
        f"label {name!r} in config.json: give each class one of {', '.join(sorted(_KNOWN[0] | _KNOWN[1] | _KNOWN[2]))}"
    )
