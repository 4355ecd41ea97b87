"""Writes docs/settings.md: every setting with its type, unit, default and meaning."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from scripts.generated import ROOT, write_or_check
from scripts.settings_fields import SERVICES, Setting, own_settings, shared_settings

TARGET = ROOT / "docs/settings.md"

HEADER = """\
<!-- Made by `make contracts` from the settings classes; do not edit. -->

# Settings

Read once, at start, from environment variables or from files of these names in `/run/secrets`. Durations are ISO 8601:
`PT8S` is eight seconds. A value that does not fit stops the process before it serves anything. A secret has no default
here; `make up` writes a `.env` with fresh ones. `huiying run` uses the embedded bus whatever `HUIYING_BUS__KIND` says.

"""

_KINDS: dict[object, str] = {bool: "true or false", int: "whole number", float: "number", str: "text", Path: "path"}


def text() -> str:
    """The whole reference."""
    parts = [HEADER, "## Every service\n\n", *_table(shared_settings())]
    for service in SERVICES:
        own = own_settings(service)
        parts.append(f"\n## {service}\n\n")
        parts.extend(_table(own) if own else ["Nothing of its own.\n"])
    return "".join(parts)


def _table(settings: Iterable[Setting]) -> Iterator[str]:
    yield "| variable | type | unit | default | meaning |\n|---|---|---|---|---|\n"
    for setting in settings:
        default = f"`{setting.shown_default}`" if setting.shown_default else ""
        meaning = setting.description.replace("|", "\\|")
        yield f"| `{setting.variable}` | {_kind(setting)} | {_unit(setting)} | {default} | {meaning} |\n"


def _kind(setting: Setting) -> str:
    if setting.choices:
        return " or ".join(f"`{choice}`" for choice in setting.choices)
    if setting.is_secret:
        return "secret text"
    return "duration" if setting.type is timedelta else _KINDS[setting.type]


def _unit(setting: Setting) -> str:
    if setting.type is timedelta:
        return "ISO 8601"
    if setting.type not in {int, float}:
        return ""
    unit = setting.field.rpartition("_")[2]
    return "" if unit == "port" else unit


if __name__ == "__main__":
    write_or_check({TARGET: text()})
