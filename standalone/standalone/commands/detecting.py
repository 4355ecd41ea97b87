"""`huiying detect`: where incidents begin in a file of counts, without a server."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer

from scoring.domain.crises.detector import Detector
from scoring.usecases.detect_file import ScoredRow, detect_file


def detect_command(
    file: Annotated[
        Path, typer.Option("--csv", exists=True, dir_okay=False, help="Rows of timestamp,value[,negative], in order.")
    ],
    sensitivity: Annotated[
        float, typer.Option(help="False alarms per week that are bearable; an alarm is due at a score of one half.")
    ] = 1.0,
) -> None:
    """Print timestamp,score rows: how much each looks like the beginning of an incident, judged by those before it."""
    rows = detect_file(file, detector=Detector(sensitivity))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(ScoredRow._fields)
    writer.writerows((row.timestamp, f"{row.score:.8f}") for row in rows)
