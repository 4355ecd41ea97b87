"""Commands that need no server: what a platform sent, and how well the model reads."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from huiying.clock import SystemClock
from huiying.errors import Invalid
from ingest.clients.connectors.connector import Connector, Unreadable
from ingest.clients.connectors.table import CONNECTORS
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.usecases.score_file import score_file
from standalone.unheeded import list_unheeded

_CONTENT_TYPES = {".xml": "text/xml", ".json": "application/json"}


def normalise_command(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Raw webhook bodies.")],
    platform: Annotated[str, typer.Option(help="Whose they are.")],
) -> None:
    """Print the interactions that raw webhook bodies hold, one JSON object a line.

    `not_understood` lists the fields, as JSON pointers, that made no difference to the interaction beside them.
    A file that holds something else is named, and the others are read all the same.
    """
    connector = CONNECTORS.get(platform)
    if connector is None:
        raise Invalid(f"no connector for {platform!r}; there are: {', '.join(sorted(CONNECTORS))}")
    now, unreadable = SystemClock().now(), 0
    for file in files:
        try:
            _print_file(file, connector, received_at=now)
        except Unreadable as refusal:
            unreadable += 1
            typer.echo(f"{file}: {refusal}", err=True)
    if unreadable:
        raise Unreadable(f"{unreadable} of {len(files)} files hold nothing that {platform} delivers")


def _print_file(file: Path, connector: Connector, *, received_at: datetime) -> None:
    body, content_type = file.read_bytes(), _CONTENT_TYPES.get(file.suffix.lower(), "")
    interactions = connector.normalise_body(body, content_type=content_type, received_at=received_at)
    unheeded = list_unheeded(connector, body, interactions, content_type=content_type, received_at=received_at)
    for interaction, pointers in zip(interactions, unheeded, strict=True):
        said = {**_whole(interaction), "not_understood": pointers}
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


def _whole(value: Any) -> Any:
    """A fact with the fields that a wire leaves out because they are as usual; what is not known stays out."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: _whole(each) for name, each in fields.items() if each is not None}
    if isinstance(value, tuple):
        return [_whole(each) for each in value]
    return value


def score_command(
    tsv: Annotated[Path, typer.Option("--tsv", exists=True, dir_okay=False, help="label<TAB>text; neg, neu, pos.")],
) -> None:
    """Measure the sentiment model on labelled texts and print the figures as JSON."""
    found = score_file(tsv, model=TextModel.load(COMMITTED_WEIGHTS))
    typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
