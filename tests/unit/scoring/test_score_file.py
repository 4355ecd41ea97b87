"""A labelled file is measured as it is: among three labels, or among the two that it has."""

from pathlib import Path

import numpy as np
import pytest

from huiying.errors import Invalid
from scoring.domain.model.evaluation import calibration_error, evaluate
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.usecases.score_file import score_file

MODEL = TextModel.load(COMMITTED_WEIGHTS)


def a_file(folder: Path, *lines: str, end: str = "\n") -> Path:
    path = folder / "labelled.tsv"
    path.write_bytes(end.join([*lines, ""]).encode())
    return path


def test_three_labels_are_decided_among_three() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])

    found = evaluate(np.array([0, 1, 2, 2]), rows)

    assert found.accuracy == 0.75
    assert found.macro_recall == pytest.approx((1 + 1 + 0.5) / 3)
    assert found.macro_f1 == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert found.confusion["pos"] == {"neg": 0, "neu": 1, "pos": 1}


def test_two_labels_are_decided_among_those_two_alone() -> None:
    rows = np.array([[0.2, 0.7, 0.1], [0.05, 0.9, 0.05 + 1e-6]])

    found = evaluate(np.array([0, 2]), rows)

    assert found.accuracy == 1
    assert found.confusion == {"neg": {"neg": 1, "pos": 0}, "pos": {"neg": 0, "pos": 1}}


def test_calibration_is_perfect_where_sureness_is_the_share_right() -> None:
    confidence = np.full(10, 0.8)
    right = np.array([True] * 8 + [False] * 2)

    assert calibration_error(confidence, right) == pytest.approx(0)
    assert calibration_error(confidence, ~right) == pytest.approx(0.6)


def test_a_labelled_file_gets_its_figures(tmp_path: Path) -> None:
    path = a_file(
        tmp_path, "neg\t太差了，退款", "pos\t非常满意，推荐", "neu\t多少钱", "pos\tI love it", "neg\tawful service"
    )

    found = score_file(path, model=MODEL)

    assert found.accuracy == 1
    assert found.macro_f1 == found.macro_recall == 1
    assert 0 <= found.ece <= 1
    assert found.texts_per_second > 0
    assert sum(sum(row.values()) for row in found.confusion.values()) == 5


def test_a_text_that_has_no_sentiment_is_decided_all_the_same(tmp_path: Path) -> None:
    path = a_file(tmp_path, "neg\t", "pos\tありがとう", "neu\t...")

    found = score_file(path, model=MODEL)

    assert sum(sum(row.values()) for row in found.confusion.values()) == 3


def test_windows_line_ends_and_tabs_within_a_text_are_read(tmp_path: Path) -> None:
    path = a_file(tmp_path, "neg\t太差了\t退款", "pos\t非常满意", end="\r\n")

    assert score_file(path, model=MODEL).accuracy == 1


@pytest.mark.parametrize("line", ["good\ttext", "neg", "text without a label"])
def test_a_line_that_is_not_labelled_is_named(tmp_path: Path, line: str) -> None:
    path = a_file(tmp_path, "neg\t太差了", line)

    with pytest.raises(Invalid, match="line 2"):
        score_file(path, model=MODEL)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no labelled texts"):
        score_file(a_file(tmp_path), model=MODEL)
