"""A sentiment network of the operator's own, read from a folder on this machine and run by ONNX Runtime.

The folder has `model.onnx`, `tokenizer.json`, and `config.json` with the labels (`id2label`), as the usual libraries
export them. Nothing is ever fetched. Needs the extra `huiying-scoring[onnx]`; `scoring.clients.own_model` asks for it.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from huiying.errors import Invalid, Unavailable
from scoring.clients.network_config import NetworkConfig
from scoring.domain.model.heads import Probabilities, softmax
from scoring.domain.model.sentiment import Sentiments
from scoring.domain.text.language import Reading, read_languages

_BATCH = 32
_LONGEST_TOKENS = 256
_PROBE = ("很好", "not good at all, never again")
_NEUTRAL = 1


class NetworkUnusable(Invalid):
    """The folder does not hold a network that this code can use; the message says why."""

    code = "network_unusable"


class InferenceFailed(Unavailable):
    """The network could not read these texts."""

    code = "inference_failed"


class ONNXSentiments:
    """A network that tells negative, neutral and positive apart. Tables stand in for the neutral that it may not know.

    Texts are cut after 256 tokens, or what the network takes if that is less. Safe to use from several threads.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        *,
        config: NetworkConfig,
        name: str,
        tables: Sentiments,
    ) -> None:
        """Use `load`, which makes sure that all parts fit together."""
        self._session = session
        self._tokenizer = tokenizer
        self._config = config
        self._name = name
        self._tables = tables
        self._inputs = {one.name: np.int32 if "int32" in one.type else np.int64 for one in session.get_inputs()}

    @classmethod
    def load(cls, directory: Path, *, tables: Sentiments, thread_count: int) -> Self:
        """The network in this folder, tried once. Raises NetworkUnusable."""
        try:
            config = NetworkConfig.read(directory / "config.json")
            tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            tokenizer.enable_truncation(min(_LONGEST_TOKENS, config.longest_tokens))
            tokenizer.enable_padding(pad_id=config.pad_token_id)
            session = _session(directory / "model.onnx", thread_count=thread_count)
            found = cls(session, tokenizer, config=config, name=f"onnx-{_fingerprint(directory)}", tables=tables)
            found.probabilities(_PROBE, readings=read_languages(_PROBE))
        except NetworkUnusable:
            raise
        except Exception as error:  # Neither library has an exception class of its own.
            raise NetworkUnusable(f"{directory}: {error}") from error
        return found

    @property
    def name(self) -> str:
        """Made from all files in the folder, so that two trainings never share it."""
        return self._name

    def probabilities(self, texts: Sequence[str], *, readings: Sequence[Reading]) -> Probabilities:
        """One row per text. Of a network with two classes the tables say how neutral a text is; it splits the rest.

        Raises InferenceFailed.
        """
        rows = self._classified(texts) @ self._config.columns
        if not self._config.knows_neutral and len(texts):
            neutral = self._tables.probabilities(texts, readings=readings)[:, _NEUTRAL, None]
            rows = rows * (1 - neutral)
            rows[:, _NEUTRAL] = neutral[:, 0]
        return rows

    def _classified(self, texts: Sequence[str]) -> Probabilities:
        """The network's own classes, one row per text."""
        rows = np.zeros((len(texts), len(self._config.columns)))
        # Texts of one length together: a batch costs as much as its longest text.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for at in range(0, len(order), _BATCH):
            chosen = order[at : at + _BATCH]
            rows[chosen] = self._run([texts[index] for index in chosen])
        return rows

    def _run(self, texts: list[str]) -> Probabilities:
        try:
            encoded = self._tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
            (logits, *_) = self._session.run(None, self._fed(encoded))
        except Exception as error:  # Neither library has an exception class of its own.
            raise InferenceFailed(f"{self._name}: {error}") from error
        if logits.shape != (len(texts), len(self._config.columns)) or not np.isfinite(logits).all():
            raise InferenceFailed(f"{self._name}: {logits.shape} numbers for {len(texts)} texts, or not finite")
        return softmax(logits.astype(np.float64))

    def _fed(self, encoded: Sequence[Encoding]) -> dict[str, npt.NDArray[np.integer[npt.NBitBase]]]:
        known = {
            "input_ids": [one.ids for one in encoded],
            "attention_mask": [one.attention_mask for one in encoded],
            "token_type_ids": [one.type_ids for one in encoded],
        }
        return {name: np.array(known[name], dtype=kind) for name, kind in self._inputs.items()}


def _session(path: Path, *, thread_count: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _fingerprint(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.iterdir() if path.is_file()):
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:8]
