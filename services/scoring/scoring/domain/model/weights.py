"""The committed weights: one table of small integers per language, and the facts that give them meaning."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from huiying.errors import Invalid
from huiying.events.envelope import Value
from scoring.domain.model.features import EXTRACTORS
from scoring.domain.model.heads import HeadFacts

FACTS_FILE = "model.json"
COMMITTED_WEIGHTS = Path(__file__).parents[2] / "weights"
"""The directory of the weights that come with this package."""
CODES_WEIGHTS = COMMITTED_WEIGHTS / "codes"
"""Those of intents and risks, which are learnt together with `scoring/domain/codes/weighing.tsv`."""

_PROBE = ("退款三天了还没到账，客服不理人😡😡😡 http://a.cn/b", "@shop I can't believe HOW good this is!!! 10/10 👍")
_PROBE_BITS = 24


class WeightsDamaged(Invalid):
    """The weights on disk are not those that were trained, or not for these features."""

    code = "weights_damaged"


class ModelFacts(Value, frozen=True, kw_only=True):
    """Which model this is. `features_sha256` is the fingerprint of the feature code that it was trained with."""

    name: str
    features_sha256: str
    heads: tuple[HeadFacts, ...]


def read_facts(directory: Path) -> ModelFacts:
    """The facts in a directory of weights; unknown fields, such as its held-out scores, are passed over.

    Raises WeightsDamaged where the features in this code are not those that the weights were trained with.
    """
    facts = msgspec.json.decode((directory / FACTS_FILE).read_bytes(), type=ModelFacts)
    if facts.features_sha256 != features_fingerprint():
        raise WeightsDamaged(f"{directory}: trained with other features than this code computes; train again")
    return facts


def read_head(directory: Path, facts: HeadFacts) -> npt.NDArray[np.int8]:
    """The integers of one head, of shape (labels and hidden units, buckets).

    Raises WeightsDamaged where the file's hash or shape is not what the facts say.
    """
    path = directory / facts.file
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != facts.sha256:
        raise WeightsDamaged(f"{path}: its SHA-256 is not the one in {FACTS_FILE}")
    table: npt.NDArray[np.int8] = np.load(BytesIO(content), allow_pickle=False)
    expected = (len(facts.scale), 1 << facts.bits)
    if table.shape != expected or table.dtype != np.int8:
        raise WeightsDamaged(f"{path}: expected int8 of shape {expected}, not {table.dtype} of {table.shape}")
    return table


def read_card(directory: Path) -> dict[str, Any]:
    """The same facts whole, with sources, licences and measured quality, for people and other programs."""
    card: dict[str, Any] = msgspec.json.decode((directory / FACTS_FILE).read_bytes())
    return card


def features_fingerprint() -> str:
    """A hash that changes when the features of some fixed texts do."""
    digest = hashlib.sha256()
    for extract in EXTRACTORS.values():
        features = extract(_PROBE, bits=_PROBE_BITS)
        digest.update(features.buckets.astype("<i4").tobytes())
        digest.update(features.starts.astype("<i8").tobytes())
    return digest.hexdigest()
