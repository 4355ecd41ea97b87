"""The `huiying` command.

Exit codes: 0 done; 1 refused, or something is wrong; 2 not understood; 75 not there now, trying again may help.
"""

import io
import os
import sys

import typer

from huiying.errors import Failure, Unavailable
from standalone.commands import (
    accounts,
    backfilling,
    benchmarking,
    dead_letters,
    demonstrating,
    detecting,
    looking,
    operating,
    serving,
    training,
)

EXIT_FAILED = 1
EXIT_UNAVAILABLE = 75

app = typer.Typer(
    help="Huiying 回应: listen to people on social platforms, and answer them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("run")(serving.run_command)
app.command("demo")(demonstrating.demo_command)
app.add_typer(accounts.app, name="accounts")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(operating.keys, name="keys")
app.add_typer(operating.positions, name="positions")
app.command("replay")(operating.replay_command)
app.command("backfill")(backfilling.backfill_command)
app.command("migrate")(operating.migrate_command)
app.command("after-restore")(operating.after_restore_command)
app.command("doctor")(operating.doctor_command)
app.command("bench")(benchmarking.bench_command)
app.command("normalise")(looking.normalise_command)
app.command("score")(looking.score_command)
app.command("train")(training.train_command)
app.command("detect")(detecting.detect_command)


def main() -> None:
    """Do what the arguments say."""
    # What people wrote, and keys, lie in the files that are made here: they are for this user alone.
    os.umask(0o077)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Whoever reads us through a pipe wants to hear that we are ready when we are.
        sys.stdout.reconfigure(line_buffering=True)
    try:
        app()
    except Unavailable as failure:
        _end(failure, EXIT_UNAVAILABLE)
    except Failure as failure:
        _end(failure, EXIT_FAILED)


def _end(failure: Failure, status: int) -> None:
    typer.echo(f"{failure.code}: {failure}", err=True)
    raise SystemExit(status)
