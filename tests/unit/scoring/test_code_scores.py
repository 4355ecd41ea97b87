"""What is said of the labelled comments agrees with the person who labelled them, about as well as was measured."""

from pathlib import Path

import pytest

from huiying.errors import Invalid
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.usecases.score_codes import CodeScores, read_labelled, score_codes

SAMPLES = Path(__file__).parents[2] / "comments"


def scores_of(half: str) -> CodeScores:
    return score_codes(read_labelled(SAMPLES / f"{half}.tsv"), model=TextModel.load(COMMITTED_WEIGHTS))


def test_a_column_that_is_missing_is_told(tmp_path: Path) -> None:
    file = tmp_path / "labelled.tsv"
    file.write_text("intents\ttext\npraise\tnice\n", encoding="utf-8")

    with pytest.raises(Invalid, match="risks"):
        read_labelled(file)


def test_a_code_that_nobody_knows_is_told(tmp_path: Path) -> None:
    file = tmp_path / "labelled.tsv"
    file.write_text("intents\trisks\turgency\ttext\nsarcasm\t\tlow\tnice\n", encoding="utf-8")

    with pytest.raises(Invalid, match="sarcasm"):
        read_labelled(file)


@pytest.mark.parametrize(
    ("half", "intents", "risks", "urgency"), [("development", 0.9, 0.92, 0.93), ("final", 0.68, 0.78, 0.84)]
)
def test_what_is_said_is_as_right_as_was_measured(half: str, intents: float, risks: float, urgency: float) -> None:
    scores = scores_of(half)

    assert scores.intents_micro_f1 >= intents
    assert scores.risks_micro_f1 >= risks
    assert scores.urgency_order >= urgency
