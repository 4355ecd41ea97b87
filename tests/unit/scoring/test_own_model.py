"""A network of the operator's own, small and real: made here, written to a folder, run by ONNX Runtime."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from huiying.events.assessments import AssessmentMade, SentimentLabel
from huiying.observability import metrics
from scoring.clients.onnx_sentiment import InferenceFailed, NetworkUnusable, ONNXSentiments
from scoring.clients.own_model import load_own_model
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.text.language import read_languages
from scoring.main import SERVICE
from scoring.settings import ScoringSettings
from scoring.usecases.judge_sentiments import judge_sentiments
from tests.support.running import a_service
from tests.unit.scoring.learning.world import a_teaching, an_interaction

TABLES = TextModel.load(COMMITTED_WEIGHTS)
THREE = ("positive", "negative", "neutral")
WORDS = {"[PAD]": 0, "[UNK]": 1, "good": 2, "bad": 3, "plain": 4}


def a_network(directory: Path, *, labels: Sequence[str] = THREE, columns: int | None = None) -> Path:
    """A folder with a network that knows three words: the logits of a text are the mean of its words' rows."""
    directory.mkdir(exist_ok=True)
    rows = np.zeros((len(WORDS), columns or len(labels)), dtype=np.float32)
    for word, label in (("good", "positive"), ("bad", "negative"), ("plain", "neutral")):
        known = [index for index, one in enumerate(labels) if one.lower() == label and index < rows.shape[1]]
        rows[WORDS[word], known] = 20
    onnx.save(_graph(rows), directory / "model.onnx")
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(directory / "tokenizer.json"))
    config = {"id2label": {str(index): label for index, label in enumerate(labels)}, "max_position_embeddings": 64}
    (directory / "config.json").write_text(json.dumps(config))
    return directory


def _graph(rows: np.ndarray) -> onnx.ModelProto:
    """Embedding, times the mask, mean: what matters is that padding does not count."""
    nodes = [
        helper.make_node("Gather", ["rows", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["words", "wide"], ["own"]),
        helper.make_node("ReduceSum", ["own", "middle"], ["sums"], keepdims=0),
        helper.make_node("ReduceSum", ["wide", "middle"], ["counts"], keepdims=0),
        helper.make_node("Max", ["counts", "one"], ["lengths"]),
        helper.make_node("Div", ["sums", "lengths"], ["logits"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", rows.shape[1]])]
    constants = {"rows": rows, "last": np.array([-1]), "middle": np.array([1]), "one": np.ones(1, dtype=np.float32)}
    graph = helper.make_graph(
        nodes, "tiny", inputs, outputs, [numpy_helper.from_array(value, name) for name, value in constants.items()]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def loaded(directory: Path) -> ONNXSentiments:
    """The network in a folder."""
    return ONNXSentiments.load(directory, tables=TABLES, thread_count=1)


def rows_of(network: ONNXSentiments, texts: Sequence[str]) -> np.ndarray:
    """What it says of these texts."""
    return network.probabilities(texts, readings=read_languages(texts))


def test_a_network_reads_texts_in_order_whatever_the_order_of_its_labels(tmp_path: Path) -> None:
    texts = ["plain", "good good good good", "bad", *["good"] * 40, "bad bad"]

    rows = rows_of(loaded(a_network(tmp_path)), texts)

    assert rows.argmax(axis=1).tolist() == [1, 2, 0, *[2] * 40, 0]
    assert np.allclose(rows.sum(axis=1), 1)


def test_a_text_reads_the_same_in_any_company(tmp_path: Path) -> None:
    network = loaded(a_network(tmp_path))
    texts = ["good bad", "plain bad good good bad plain plain"]

    together = rows_of(network, texts)

    assert np.allclose(together, np.concatenate([rows_of(network, [text]) for text in texts]))


def test_of_a_network_with_two_classes_the_tables_say_what_is_neutral(tmp_path: Path) -> None:
    texts = ["good", "bad", "good"]

    rows = rows_of(loaded(a_network(tmp_path, labels=("NEGATIVE", "POSITIVE"))), texts)

    neutral = TABLES.probabilities(texts, readings=read_languages(texts))[:, 1]
    assert np.allclose(rows[:, 1], neutral)
    assert np.allclose(rows.sum(axis=1), 1)
    assert (rows[:, 2] > rows[:, 0]).tolist() == [True, False, True]


def test_stars_are_labels_too(tmp_path: Path) -> None:
    stars = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")

    rows = rows_of(loaded(a_network(tmp_path, labels=stars)), ["good"])

    assert rows[0] == pytest.approx([0.4, 0.2, 0.4])


@pytest.mark.parametrize("text", ["", "good " * 5_000, "\ud800 good", "👍" * 300, "\0"])
def test_any_text_is_read(tmp_path: Path, text: str) -> None:
    rows = rows_of(loaded(a_network(tmp_path)), [text])

    assert rows.sum() == pytest.approx(1)


def test_no_texts_get_no_rows(tmp_path: Path) -> None:
    assert rows_of(loaded(a_network(tmp_path)), []).shape == (0, 3)


def test_two_trainings_never_share_a_name(tmp_path: Path) -> None:
    first = loaded(a_network(tmp_path / "one"))
    second = loaded(a_network(tmp_path / "two", labels=("neutral", "negative", "positive")))
    again = loaded(a_network(tmp_path / "three"))

    assert first.name == again.name
    assert first.name != second.name


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.onnx", b"not a network"),
        ("tokenizer.json", b"{}"),
        ("config.json", b"{"),
        ("config.json", b'{"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}'),
        ("config.json", b'{"id2label": {"0": "negative", "1": "positive"}}'),
        ("config.json", b'{"id2label": {"1": "negative", "2": "positive"}}'),
    ],
)
def test_what_is_no_such_network_is_refused_and_counted(tmp_path: Path, file: str, content: bytes) -> None:
    (a_network(tmp_path) / file).write_bytes(content)
    before = metrics.OWN_MODEL_FAILURES.labels("start")._value.get()

    found = load_own_model(tmp_path, tables=TABLES, thread_count=1)

    assert found is None
    assert metrics.OWN_MODEL_FAILURES.labels("start")._value.get() == before + 1
    with pytest.raises(NetworkUnusable):
        loaded(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert load_own_model(tmp_path / "nowhere", tables=TABLES, thread_count=1) is None


def test_an_extra_that_does_not_load_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "scoring.clients.onnx_sentiment")
    monkeypatch.setitem(sys.modules, "tokenizers", ModuleType("tokenizers"))

    found = load_own_model(a_network(tmp_path), tables=TABLES, thread_count=1)

    assert found is None


def test_without_a_folder_there_is_no_network_and_nothing_to_say(tmp_path: Path) -> None:
    assert load_own_model(None, tables=TABLES, thread_count=1) is None


def test_an_empty_setting_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYING_SCORING_ONNX_MODEL_DIR", "")

    assert ScoringSettings().scoring_onnx_model_dir is None


async def test_a_service_with_a_network_names_it_and_goes_on_by_its_tables_where_it_fails(tmp_path: Path) -> None:
    folder = a_network(tmp_path / "network")
    readings = read_languages(["good"])

    async with a_service(SERVICE, directory=tmp_path, scoring_onnx_model_dir=folder) as service:
        tools = service.runtime.tools
        judged = judge_sentiments(tools, ["good"], readings=readings)
        tools.own_model._session = _Broken()
        fallen = judge_sentiments(tools, ["good"], readings=readings)

    assert judged.model.startswith("onnx-")
    assert judged.rows.argmax() == 2
    assert fallen.model == tools.model.name
    alone = judge_sentiments(replace(tools, own_model=None), ["good"], readings=readings)
    assert fallen.rows.tolist() == alone.rows.tolist()


async def test_what_comes_in_is_read_by_the_network_and_says_so(tmp_path: Path) -> None:
    folder = a_network(tmp_path / "network")

    async with a_teaching(tmp_path, scoring_onnx_model_dir=folder) as teaching:
        await teaching.hears(an_interaction("one", text="good"))
        (told,) = await teaching.told("assessments")

    assert isinstance(told, AssessmentMade)
    assert told.assessment.model == loaded(folder).name
    assert told.assessment.sentiment is not None
    assert told.assessment.sentiment.label is SentimentLabel.POSITIVE


async def test_a_service_whose_network_is_broken_starts_with_its_tables(tmp_path: Path) -> None:
    async with a_service(SERVICE, directory=tmp_path, scoring_onnx_model_dir=tmp_path / "nowhere") as service:
        judged = judge_sentiments(service.runtime.tools, ["good"], readings=read_languages(["good"]))

    assert judged.model == service.runtime.tools.model.name


def test_a_network_whose_numbers_are_no_numbers_has_failed(tmp_path: Path) -> None:
    network = loaded(a_network(tmp_path))
    network._session = _Broken(answer=np.full((1, 3), np.nan))

    with pytest.raises(InferenceFailed):
        rows_of(network, ["good"])


class _Broken:
    """A session in which something has gone wrong."""

    def __init__(self, answer: np.ndarray | None = None) -> None:
        self._answer = answer

    def run(self, *_: object) -> list[np.ndarray]:
        if self._answer is None:
            raise RuntimeError("out of memory")
        return [self._answer]
