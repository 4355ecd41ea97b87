"""The committed weights: one table of small integers per language, and the facts that give them meaning."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from huiying.errors import Invalid
from huiying.events.envelope import Value
from scoring.domain.features import EXTRACTORS

FACTS_FILE = "model.json"
COMMITTED_WEIGHTS = Path(__file__).parent.parent / "weights"
"""The directory of the weights that come with this package."""

CLASS_COUNT = 3
_PROBE = ("退款三天了还没到账，客服不理人😡😡😡 http://a.cn/b", "@shop I can't believe HOW good this is!!! 10/10 👍")


class WeightsDamaged(Invalid):
    """The weights on disk are not those that were trained, or not for these features."""

    code = "weights_damaged"


class TableFacts(Value, frozen=True, kw_only=True):
    """How the integers of one language's table become probabilities.

    A class's logit is `scale` times the sum of its integers over the text's buckets, divided by the square root of
    their number, plus `bias`, all divided by `temperature`. From `confident_from` on, the decision is stood by.
    """

    file: str
    sha256: str
    bits: int
    scale: tuple[float, float, float]
    bias: tuple[float, float, float]
    temperature: float
    confident_from: float


class ModelFacts(Value, frozen=True, kw_only=True):
    """Which model this is. `features_sha256` is the fingerprint of the feature code that it was trained with."""

    name: str
    features_sha256: str
    tables: dict[str, TableFacts]


def read_facts(directory: Path) -> ModelFacts:
    """The facts in a directory of weights; unknown fields, such as its held-out scores, are passed over.

    Raises WeightsDamaged where the features in this code are not those that the weights were trained with.
    """
    facts = msgspec.json.decode((directory / FACTS_FILE).read_bytes(), type=ModelFacts)
    if facts.features_sha256 != features_fingerprint(facts.tables["zh"].bits, facts.tables["en"].bits):
        raise WeightsDamaged(f"{directory}: trained with other features than this code computes; train again")
    return facts


def read_table(directory: Path, facts: TableFacts) -> npt.NDArray[np.int8]:
    """The integers of one table, of shape (classes, buckets).

    Raises WeightsDamaged where the file's hash or shape is not what the facts say.
    """
    path = directory / facts.file
    if hashlib.sha256(path.read_bytes()).hexdigest() != facts.sha256:
        raise WeightsDamaged(f"{path}: its SHA-256 is not the one in {FACTS_FILE}")
    table: npt.NDArray[np.int8] = np.load(path, allow_pickle=False)
    if table.shape != (CLASS_COUNT, 1 << facts.bits) or table.dtype != np.int8:
        raise WeightsDamaged(f"{path}: expected int8 of shape {(CLASS_COUNT, 1 << facts.bits)}, not {table.shape}")
    return table


def read_card(directory: Path) -> dict[str, Any]:
    """The same facts whole, with sources, licences and measured quality, for people and other programs."""
    card: dict[str, Any] = msgspec.json.decode((directory / FACTS_FILE).read_bytes())
    return card


def features_fingerprint(chinese_bits: int, english_bits: int) -> str:
    """A hash that changes when the features of some fixed texts do."""
    digest = hashlib.sha256()
    for language, bits in (("zh", chinese_bits), ("en", english_bits)):
        features = EXTRACTORS[language](_PROBE, bits=bits)
        digest.update(features.buckets.astype("<i4").tobytes())
        digest.update(features.starts.astype("<i8").tobytes())
    return digest.hexdigest()
