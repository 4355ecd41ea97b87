"""Prints how well intents, risks and urgency agree with labelled comments: `python -m scripts.measure_codes FILE`."""

import sys
from pathlib import Path

from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.usecases.score_codes import CodeScore, CodeScores, read_labelled, score_codes


def main() -> None:
    """One line per code, then the sums."""
    path = Path(sys.argv[1])
    scores = score_codes(read_labelled(path), model=TextModel.load(COMMITTED_WEIGHTS))
    sys.stdout.write("\n".join(_lines(scores)) + "\n")


def _lines(scores: CodeScores) -> list[str]:
    lines = [f"{'':24}{'precision':>10}{'recall':>10}{'F1':>10}{'texts':>8}"]
    for group, by_code in (("intent", scores.intents), ("risk", scores.risks)):
        lines += [_line(f"{group} {code}", score) for code, score in by_code.items()]
    sums = {
        "intents, micro F1": scores.intents_micro_f1,
        "intents, macro F1": scores.intents_macro_f1,
        "risks, micro F1": scores.risks_micro_f1,
        "risks, macro F1": scores.risks_macro_f1,
        "urgency, right band": scores.urgency,
        "urgency, right order": scores.urgency_order,
    }
    return [*lines, *(f"{name:24}{share:>10.3f}" for name, share in sums.items())]


def _line(name: str, score: CodeScore) -> str:
    return f"{name:24}{score.precision:>10.3f}{score.recall:>10.3f}{score.f1:>10.3f}{score.texts:>8}"


if __name__ == "__main__":
    main()
