"""Making scoring's model again from labelled files."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from huiying.clock import SystemClock
from huiying.errors import Invalid

_NEEDED = "scipy"


def train_command(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of NAME.tsv.gz: label<TAB>text.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Where weights, model.json and MODEL_CARD.md go.")],
    leave_out: Annotated[
        list[str] | None, typer.Option(help="Measure without this family; again for more. All of them by default.")
    ] = None,
) -> None:
    """Train scoring's model on labelled files, measure it, and write it with its card.

    Every head is also trained once without each family of corpora, to say what it is worth on texts unlike its own.
    """
    record = _training().train(data, out=out, left_out=leave_out, trained_on=SystemClock().now().date(), say=typer.echo)
    typer.echo(f"{out}: {record.name}, {len(record.heads)} heads")


def _training() -> ModuleType:
    """The training code, which needs what a running service does not; so it is not imported with the rest."""
    try:
        return importlib.import_module("scoring.training.train")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != _NEEDED:
            raise
        raise Invalid("training needs SciPy, which is not installed: install huiying-scoring[training]") from missing
